"""The service keeps user groups and topics on whoever is on call, and a plan finds nothing to change then."""

from __future__ import annotations

import pytest

from pdslack_cli.analysis.oncall.following import follow_on_call
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.sync.storage.audit_trail import entries
from tests.support.runs import Runner
from tests.sync.world import STACK, until
from tests.sync.world import world as running_world

DAY = 24 * 60 * 60
FOLLOWING = (
    STACK.replace("  incidents: {", "  incidents: {topic: Cards, topic_on_call: schedule/primary, ")
    + """\
schedules:
  primary:
    time_zone: Europe/London
    layers: [{name: Daily, start: "2026-01-05T00:00:00", rotate: 1 day, people: [maya, tom]}]
user_groups:
  oncall: {name: On call, description: Who is on call, on_call: [schedule/primary]}
"""
)


@pytest.fixture(scope="module")
def world(tmp_path_factory, clock):
    with running_world(tmp_path_factory.mktemp("serve"), FOLLOWING, clock=clock) as running:
        until(lambda: on_call(running))  # the service fills at its start what the apply left empty
        yield running


def on_call(world) -> str:
    """The only member of the group, if the topic names the same person."""
    users = {one["id"]: one["name"] for one in world.sandbox.sandbox.store.all("slack.user")}
    (group,) = world.sandbox.sandbox.store.all("slack.user_group")
    (channel,) = world.sandbox.sandbox.store.find("slack.channel", name="incidents")
    members = group["users"]
    same = len(members) == 1 and channel["topic"]["value"] == f"Cards | On call: <@{members[0]}>"
    return users[members[0]] if same else ""


def planned(world):
    """The changes that a plan would show now."""
    runner, stack = Runner(world.sandbox.sandbox), world.service.current.stack
    clients = runner.clients(stack)
    live = runner.read(stack, clients)
    followed = follow_on_call(stack, live, clients, make_plan(stack, live))
    return make_plan(followed.stack, followed.live).changes


def trail(world) -> list[dict]:
    """What the audit trail tells of what was written."""
    return list(world.service.database.read(entries))


def rounds(world, count: int) -> None:
    """Let the service begin to look at who is on call that many times: what it did before is done then."""
    for _ in range(count):
        before = looks(world)
        world.service.clock.advance(61)
        until(lambda before=before: looks(world) > before)


def looks(world) -> int:
    return sum("usergroups.list" in call.path for call in world.sandbox.sandbox.calls)


@pytest.mark.slow
def test_a_handover_is_followed_within_a_minute_and_is_no_drift(world):
    before = on_call(world)
    assert planned(world) == ()
    world.sandbox.advance(DAY)
    assert {str(change.ref) for change in planned(world)} == {"user_group/oncall", "channel/incidents"}
    world.service.clock.advance(61)
    assert until(lambda: {on_call(world)} - {before, ""})
    until(lambda: len(trail(world)) == 4)  # both at the start, and both now
    assert {line["ref"] for line in trail(world)[2:]} == {"user_group/oncall", "channel/incidents"}
    for line in trail(world):
        assert (line["who"], line["action"], line["outcome"]) == ("pdslack serve", "update", "done")
        assert line["fields"] == (["members"] if line["ref"].startswith("user_group") else ["topic"])
    assert planned(world) == ()


def test_an_event_makes_it_look_at_once(world):
    before = on_call(world)
    world.sandbox.advance(DAY)
    world.service.clock.advance(6)
    world.trigger("Cards are declined")
    assert until(lambda: {on_call(world)} - {before, ""})


@pytest.mark.slow
def test_it_writes_nothing_else_and_nothing_twice(world):
    rounds(world, 1)
    changed = world.metric("followed_total", kind="user_group")
    (group,) = world.sandbox.sandbox.store.all("slack.user_group")
    by_hand = {**group, "description": "by hand " + group["description"]}
    world.sandbox.sandbox.store.replace("slack.user_group", group["id"], by_hand)
    rounds(world, 2)
    (after,) = world.sandbox.sandbox.store.all("slack.user_group")
    assert after == by_hand
    assert world.metric("followed_total", kind="user_group") == changed
