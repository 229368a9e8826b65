"""What people ask for from Slack: done once, as themselves, or refused with a reason that they alone see."""

from __future__ import annotations

from functools import partial

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.sandbox.slack.workspace import BOT_USER
from pdslack_cli.sync.receive.commands import answer_mention
from tests.sync.world import CHANNEL, MAYA, NIA, STACK, TOM, until


@pytest.fixture
def incident(world):
    id_ = world.trigger("Something is wrong")
    world.shows(id_, "triggered")
    until(lambda: world.row(id_).ts)  # Slack shows the message before the service has noted where it is
    return id_


def log_of(world, id_, kind):
    entries = world.pagerduty("GET", f"/incidents/{id_}/log_entries")["log_entries"]
    return [entry for entry in entries if entry["type"] == f"{kind}_log_entry"]


def told(world, who, words):
    """Wait until a person alone was told something."""
    return until(lambda: [text for text in world.told(who) if words in text])


@pytest.mark.slow
def test_two_people_at_once_acknowledge_once(world, incident):
    message = world.message(incident)
    for who in (MAYA, TOM):
        assert world.sandbox.click(who, CHANNEL, message["ts"], "pdslack_acknowledge")["ok"]
    told(world, TOM, "acknowledged already by maya")
    assert len(log_of(world, incident, "acknowledge")) == 1
    outcomes = {(entry["who"], entry["outcome"]) for entry in world.audit(incident)}
    assert outcomes == {(MAYA, "done"), (TOM, "refused")}


@pytest.mark.slow
def test_a_button_of_a_resolved_incident_does_nothing(world, incident):
    stale = world.message(incident)
    world.sandbox.app(interactivity_url="")  # the click is recorded before the message changes
    world.set_status(incident, "resolved")
    world.attach()
    payload = world.payload(TOM, stale, "pdslack_acknowledge")
    assert world.slack("actions", payload=payload).status_code == 200
    told(world, TOM, "resolved already")
    assert log_of(world, incident, "acknowledge") == []


@pytest.mark.slow
def test_a_form_that_is_sent_off_after_the_incident_was_resolved_does_nothing(world, incident):
    world.choose(MAYA, incident, "reassign")
    world.set_status(incident, "resolved")
    world.submit(MAYA, user=world.slack_user(TOM))
    told(world, MAYA, "Not done (reassign): the incident is resolved already")
    assert len(log_of(world, incident, "assign")) == 1


def click_from(world, message, team):
    """A click of somebody who has Maya's id, in another workspace."""
    payload = world.payload(MAYA, message, "pdslack_acknowledge")
    payload["user"]["team_id"] = team
    return "actions", payload


def note_from(field, world, message, team):
    """A note of theirs; a shared channel's message has the workspace of its author."""
    said = {"channel": message["channel"], "thread_ts": message["ts"], "ts": f"2.{field}", field: team}
    event = {"type": "app_mention", "user": world.slack_user(MAYA), "text": f"<@{BOT_USER}> note x", **said}
    return "events", {"type": "event_callback", "team_id": "T0ACME", "event": event}


@pytest.mark.slow
@pytest.mark.parametrize("sent", [click_from, partial(note_from, "team"), partial(note_from, "user_team")])
def test_somebody_of_another_workspace_is_refused(world, incident, sent):
    path, payload = sent(world, world.message(incident), "T0OTHER")
    assert world.slack(path, payload=payload).status_code == 200
    (refused,) = until(lambda: world.audit(incident))
    assert (refused["outcome"], refused["reason"]) == (
        "refused",
        "only members of this workspace may do that",
    )


@pytest.mark.slow
def test_somebody_whom_pagerduty_does_not_know_is_refused(world, incident):
    payload = world.payload(TOM, world.message(incident), "pdslack_acknowledge")
    payload["user"]["id"] = BOT_USER  # without an e-mail address
    world.slack("actions", payload=payload)
    until(lambda: world.audit(incident))
    assert world.incident(incident)["status"] == "triggered"
    assert world.audit(incident)[0]["outcome"] == "refused"


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("allowed", "who", "outcome"),
    [
        ("anyone", NIA, "done"),
        ("on_call", MAYA, "done"),
        ("on_call", TOM, "done"),  # of the second level
        ("on_call", NIA, "refused"),
        ("team", MAYA, "refused"),  # the service has no team
    ],
)
def test_the_template_says_who_may_act(world, tmp_path, allowed, who, outcome):
    path, current = tmp_path / "pdslack.yaml", world.service.current
    path.write_text(STACK + f"messages: {{default: {{buttons_for: {allowed}}}}}\n")
    usual = current.stack
    current.replace(load([path], {}), current.webhook_secrets)
    try:
        id_ = world.trigger(f"For {allowed}")
        world.shows(id_, "triggered")
        world.click(who, id_, "pdslack_acknowledge")
        until(lambda: world.audit(id_))
        assert [(entry["who"], entry["outcome"]) for entry in world.audit(id_)] == [(who, outcome)]
        assert (world.incident(id_)["status"] == "acknowledged") == (outcome == "done")
        if outcome == "refused":
            told(world, who, "only ")
    finally:
        current.replace(usual, current.webhook_secrets)


@pytest.mark.slow
def test_escalating_ends_at_the_last_level(world, incident):
    world.click(MAYA, incident, "pdslack_escalate")
    until(lambda: world.incident(incident)["assignments"][0]["assignee"]["summary"] == "tom")
    world.click(TOM, incident, "pdslack_escalate")
    told(world, TOM, "has no level above 2")
    assert len(log_of(world, incident, "escalate")) == 1


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("action", "values", "shown"),
    [
        ("note", {"note": "looked at <it>"}, "looked at &lt;it&gt;"),
        ("status_update", {"message": "We are on it"}, "We are on it"),
    ],
)
def test_a_text_is_asked_for_and_told_in_the_thread(world, incident, action, values, shown):
    world.choose(MAYA, incident, action)
    world.submit(MAYA, **values)
    until(lambda: any(shown in text and "by maya" in text for text in world.replies(incident)))


@pytest.mark.slow
def test_reassigning_and_snoozing(world, incident):
    world.choose(MAYA, incident, "reassign")
    world.submit(MAYA, user=world.slack_user(TOM))
    until(lambda: world.incident(incident)["assignments"][0]["assignee"]["summary"] == "tom")
    world.click(TOM, incident, "pdslack_acknowledge")
    world.shows(incident, "acknowledged")
    world.choose(TOM, incident, "snooze")
    world.submit(TOM, hours="4")
    until(lambda: log_of(world, incident, "snooze"))


@pytest.mark.slow
def test_a_workflow_is_chosen_and_run(world, incident):
    body = {"incident_workflow": {"name": "Call everyone", "steps": []}}
    made = world.pagerduty("POST", "/incident_workflows", body)["incident_workflow"]
    world.choose(MAYA, incident, "workflow")
    world.submit(MAYA, workflow=made["id"])
    told(world, MAYA, "workflow was started")


@pytest.mark.slow
def test_a_note_is_written_in_the_thread(world, incident):
    message = world.message(incident)
    typed = f"restarted &lt;all&gt; pods :tada: with <@{world.slack_user(TOM)}> <https://x.example/a|as here>"
    world.sandbox.write(MAYA, CHANNEL, f"<@U0SANDBOXBU> note {typed}", message["ts"])
    until(lambda: any("pods" in text for text in world.replies(incident)))
    (note,) = world.pagerduty("GET", f"/incidents/{incident}/notes")["notes"]
    assert note["content"] == "restarted <all> pods :tada: with @tom as here (https://x.example/a)"


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "message_changed", "bot_message"])
def test_a_note_may_come_with_a_file_and_only_from_people(world, incident, subtype):
    until(lambda: world.row(incident).ts)
    message = world.message(incident)
    event = {"text": "<@U0SANDBOXBU> note seen", "user": "U1", "channel": message["channel"], "ts": "2.1",
             "thread_ts": message["ts"], "subtype": subtype,
             "files": [{"permalink": "https://files.example/graph.png"}]}  # fmt: skip
    arrival = answer_mention(world.service.database, {"event": event})
    assert (arrival is not None) == (subtype in ("file_share", "thread_broadcast"))
    assert not arrival or arrival.body["values"] == {"markup": "seen https://files.example/graph.png"}


@pytest.mark.slow
def test_the_command_lists_and_acts(world, incident):
    number = world.incident(incident)["incident_number"]
    world.sandbox.command(MAYA, CHANNEL, "/incident", "list")
    told(world, MAYA, f"#{number}")
    world.sandbox.command(MAYA, CHANNEL, "/incident", f"ack {number}")
    world.shows(incident, "acknowledged")
    world.sandbox.command(MAYA, CHANNEL, "/incident", "ack 99999")
    told(world, MAYA, "no message of an incident #99999")


def test_the_list_shows_no_title_that_misleads(world):
    id_ = world.trigger("<!channel> \u202egnp.exe\u202c " + "x" * 900, dedup_key="misleads")
    world.shows(id_, "triggered")
    number = world.incident(id_)["incident_number"]
    world.sandbox.command(MAYA, CHANNEL, "/incident", "list")
    (line,) = (line for line in told(world, MAYA, f"#{number}")[-1].splitlines() if f"#{number}>" in line)
    assert "&lt;!channel&gt; gnp.exe x" in line
    assert len(line) < 300


@pytest.mark.slow
def test_a_click_that_is_repeated_is_done_once(world, incident):
    payload = world.payload(MAYA, world.message(incident), "pdslack_escalate")
    for _ in range(3):
        assert world.slack("actions", payload=payload).status_code == 200
    until(lambda: world.audit(incident))
    assert len(log_of(world, incident, "escalate")) == 1
    assert len(world.audit(incident)) == 1
