"""What goes wrong at 3 a.m.: storms, outages, lost answers, missed and mixed up webhooks."""

from __future__ import annotations

import json
import operator
from functools import partial

import pytest
from sqlalchemy import select, update

from pdslack_cli.sync.operate.queue import QueueEntry, parked, retry
from pdslack_cli.sync.storage.tables import inbox, incidents
from pdslack_cli.sync.vendors.reading import stamp_of
from pdslack_cli.sync.work.storms import QUIET
from tests.sync.world import CHANNEL, MAYA, until

pytestmark = pytest.mark.slow_after(3)


def test_missed_webhooks_are_healed(world, clock):
    secrets = world.service.current.webhook_secrets
    world.service.current.replace(world.service.current.stack, [])  # no event can be trusted
    missed = world.trigger("Nobody heard of it")
    world.service.current.replace(world.service.current.stack, secrets)
    clock.advance(300)
    world.shows(missed, "triggered")


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"status": "acknowledged"}, "acknowledged"),
        ({"urgency": "low"}, r"urgency:*\nlow"),
        ({"title": "Renamed"}, "renamed"),
    ],
)
def test_a_missed_change_in_the_second_of_the_last_reading_is_healed(world, clock, change, word):
    """The times of incidents have whole seconds, so that the time alone does not show it."""
    id_ = world.trigger("Within a second", dedup_key=f"second {word}")
    world.shows(id_, "triggered")
    until(lambda: world.row(id_).state == "shown")
    secrets = world.service.current.webhook_secrets
    world.service.current.replace(world.service.current.stack, [])
    refused = partial(world.metric, "refused_total", reason="webhook: wrong signature")
    before = refused()
    world.pagerduty("PUT", f"/incidents/{id_}", {"incident": {"type": "incident_reference", **change}})
    if "status" in change:  # there is no event of the others
        until(lambda: refused() > before)
    stamped = update(incidents).where(incidents.c.id == id_).values(stamp=stamp_of(world.incident(id_)))
    world.service.database.write(lambda connection: connection.execute(stamped))
    world.service.current.replace(world.service.current.stack, secrets)
    clock.advance(300)
    world.shows(id_, word)


@pytest.mark.parametrize("seen_by", ["a change", "healing"])
def test_a_deleted_message_is_posted_once_more(world, clock, seen_by):
    id_ = world.trigger("Somebody tidies up", dedup_key=seen_by)
    message = world.shows(id_, "triggered")
    until(lambda: world.row(id_).state == "shown")
    world.slack_api("chat.delete", channel=message["channel"], ts=message["ts"])
    if seen_by == "a change":
        world.set_status(id_, "acknowledged")
        again = world.shows(id_, "acknowledged")
    else:
        clock.advance(300)
        again = world.shows(id_, "triggered")
    world.slack_api("chat.delete", channel=again["channel"], ts=again["ts"])
    world.set_status(id_, "resolved")
    until(lambda: world.row(id_).state == "dropped")
    assert world.message(id_) is None
    (given_up,) = world.service.database.read(lambda connection: dropped_of(connection, id_))
    assert "message_not_found" in given_up.error
    if seen_by == "a change":  # an operator wants it all the same
        world.service.database.write(lambda connection: retry(connection, [given_up.id], clock.now()))
        world.shows(id_, "resolved")


def dropped_of(connection, id_: str) -> list[QueueEntry]:
    found = parked(connection, dropped=True)
    return [one for one in found if id_ in one.about and one.state == "dropped"]


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["lost", "500", "reset", "429"])
def test_a_post_with_a_lost_answer_is_not_repeated(world, fault):
    world.sandbox.fault(fault, provider="slack", path="/chat.postMessage", times=2)
    id_ = world.trigger(f"With {fault}")
    world.shows(id_, "triggered")
    world.set_status(id_, "resolved")
    world.shows(id_, "resolved")
    until(lambda: any("Summary" in text for text in world.replies(id_)))
    assert len(world.replies(id_)) == len(set(world.replies(id_))) == 2


@pytest.mark.slow
def test_an_hour_without_slack_ends_in_the_last_state(world, clock):
    world.shows(world.trigger("Before the outage"), "triggered")  # from then on, people are known
    world.sandbox.fault("500", provider="slack", times=10_000)
    ids = [world.trigger(f"While Slack is down {number}", dedup_key=f"down-{number}") for number in range(3)]
    for id_ in ids:
        until(lambda id_=id_: world.row(id_))
        world.set_status(id_, "acknowledged")
    for id_ in ids:
        until(lambda id_=id_: world.row(id_).attempts)  # none is under way while the clock jumps
    clock.advance(3600)
    for id_ in ids:
        until(lambda id_=id_: world.row(id_).attempts > 1)
    world.set_status(ids[0], "resolved")
    world.sandbox.sandbox.faults.clear()
    clock.advance(300)
    world.shows(ids[0], "resolved")
    for id_ in ids[1:]:
        world.shows(id_, "acknowledged")


def tries(world, *ids: str) -> list[int]:
    """How often the first event that waits of each incident has failed."""
    query = select(inbox.c.attempts).where(inbox.c.state == "ready").order_by(inbox.c.id).limit(1)
    return [
        world.service.database.read(
            lambda connection, id_=id_: connection.execute(query.where(inbox.c.key == id_)).scalar() or 0
        )
        for id_ in ids
    ]


@pytest.mark.slow
def test_an_hour_without_pagerduty_ends_in_the_last_state(world, clock):
    clicked, changed = (
        world.trigger("Before", dedup_key="before"),
        world.trigger("Changes", dedup_key="changes"),
    )
    for id_ in (clicked, changed):
        world.shows(id_, "triggered")
    world.sandbox.fault("500", provider="pagerduty", method="GET", times=10_000)
    world.click(MAYA, clicked, "pdslack_acknowledge")
    world.set_status(changed, "acknowledged")
    missed = world.trigger("While PagerDuty is down", dedup_key="missed")
    for _ in range(4):
        tried = tries(world, clicked, changed, missed)
        clock.advance(900)
        until(lambda tried=tried: all(map(operator.gt, tries(world, clicked, changed, missed), tried)))
    # Ten minutes after the click it is too late to act in somebody's name.
    assert world.audit(clicked)[0]["outcome"] == "refused"
    world.set_status(changed, "resolved")
    world.sandbox.sandbox.faults.clear()
    clock.advance(300)
    world.shows(changed, "resolved")
    world.shows(missed, "triggered")
    assert any("could not be done in time" in text for text in world.told(MAYA))
    assert world.incident(clicked)["status"] == "triggered"
    world.set_status(clicked, "resolved")
    world.shows(clicked, "resolved")


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("variable", ["SLACK_BOT_TOKEN", "PAGERDUTY_API_KEY"])
def test_a_token_that_stops_working_is_a_state_that_an_operator_sees(world, clock, variable):
    store, token = world.sandbox.sandbox.store, world.sandbox.environment[variable]
    known = store.get("sandbox.token", token)
    store.delete("sandbox.token", token)
    try:
        id_ = world.trigger(f"Without {variable}", dedup_key=variable)

        def failing() -> list[str]:
            found = world.service.database.read(lambda connection: parked(connection, failing=True))
            return [entry.error for entry in found if id_ in entry.about and entry.state != "parked"]

        (error,) = until(failing)
        assert variable in error
    finally:
        store.insert("sandbox.token", token, known)
    clock.advance(300)
    world.shows(id_, "triggered")


@pytest.mark.slow
def test_work_that_fails_for_a_day_is_parked_and_can_be_retried(world, clock):
    world.sandbox.fault("500", provider="slack", path="/chat.postMessage", times=10_000)
    id_ = world.trigger("For a day")
    until(lambda: world.row(id_) and world.row(id_).attempts)
    clock.advance(25 * 3600)
    until(lambda: world.row(id_).state == "parked")
    world.sandbox.sandbox.faults.clear()
    assert world.message(id_) is None
    world.set_status(id_, "acknowledged")  # a new state is a new try
    world.shows(id_, "acknowledged")


@pytest.mark.slow
def test_a_storm_becomes_one_summary(world, clock):
    began, before = clock.now(), len(world.sandbox.messages(CHANNEL))
    clock.set_pace(0.1)  # the channel takes a message every ten seconds
    ids = [world.trigger(f"Storm {number}", dedup_key=f"storm-{number}") for number in range(60)]
    until(lambda: all(world.row(id_) for id_ in ids))

    clock.set_pace(20)

    def summary():
        found = [m for m in world.sandbox.messages(CHANNEL) if "in a short time" in m["text"]]
        return found and found[-1]

    until(summary)
    posted = [world.message(id_) for id_ in ids]
    assert sum(message is not None for message in posted) < 20
    for id_ in ids:
        world.set_status(id_, "resolved")
    summarized = [id_ for id_ in ids if world.row(id_).storm]
    until(
        lambda: (
            f"{len(summarized)} incidents in a short time: {len(summarized)} resolved" in summary()["text"]
        )
    )
    for id_ in set(ids) - set(summarized):
        world.shows(id_, "resolved")

    def pages():
        return json.dumps(
            [m["blocks"] for m in world.sandbox.messages(CHANNEL) if m.get("thread_ts") == summary()["ts"]],
            ensure_ascii=False,
        )

    until(lambda: pages().count("🟢") == len(summarized) and "🔴" not in pages())
    # Slack takes one message a second.
    assert len(world.sandbox.messages(CHANNEL)) - before <= clock.now() - began + 1
    clock.advance(QUIET + 1)  # or what the next test triggers would still join this storm


@pytest.mark.slow
def test_a_clock_that_is_set_back_holds_nothing_up(world, clock):
    before = world.trigger("Before the clock was set back", dedup_key="before back")
    world.shows(before, "triggered")
    world.sandbox.fault("500", provider="slack", path="/chat.update", times=1000)
    world.set_status(before, "acknowledged")
    until(lambda: world.row(before).error)  # and waits to be tried again
    clock.advance(-7200)
    world.sandbox.sandbox.faults.clear()
    after = world.trigger("After the clock was set back", dedup_key="after back")
    world.shows(after, "triggered")
    world.shows(before, "acknowledged")
    clock.advance(7200)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["duplicate", "reorder"])
def test_webhooks_that_come_twice_or_late_change_nothing(world, fault):
    world.sandbox.fault(fault, provider="webhook", seconds=1, times=3)
    id_ = world.trigger(f"Webhooks {fault}")
    world.set_status(id_, "acknowledged")
    world.set_status(id_, "resolved")
    world.sandbox.advance(5)
    world.shows(id_, "resolved")
    until(lambda: len(world.replies(id_)) == 3)
    assert len(set(world.replies(id_))) == 3


@pytest.mark.slow
def test_an_archived_channel_falls_back(world):
    before = world.trigger("Before the channel is archived")
    message = world.shows(before, "triggered")
    world.slack_api("conversations.archive", channel=message["channel"])
    try:
        world.set_status(before, "acknowledged")
        after = world.trigger("After the channel is archived")
        for id_, state in ((before, "acknowledged"), (after, "triggered")):
            until(lambda id_=id_: world.message(id_, "elsewhere"))
            assert world.message(id_, "elsewhere")["text"].startswith(state)
    finally:
        world.slack_api("conversations.unarchive", channel=message["channel"], token="user")
        world.slack_api("conversations.join", channel=message["channel"])
