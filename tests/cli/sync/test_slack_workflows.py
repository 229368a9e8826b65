"""Workflows of Slack's own functions: checked, in a manifest of their own, and started by their triggers."""

from __future__ import annotations

import json

import pytest

from pdslack_cli.engine.slack_app.workflows import UNFINISHED
from pdslack_cli.sandbox.faults import Fault

STACK = """\
owner: payments
slack: {workspace: T0ACME}
slack_app: {name: Incidents, socket_mode: true}
channels: {incidents: {}}
slack_workflows:
  page-payments:
    description: For senders that can do no better
    trigger: {webhook: {}}
    inputs: {summary: "{{data.summary}}"}
    steps:
      - {function: send_message, id: post, inputs: {channel: incidents, message: "{{inputs.summary}}"}}
      - {function: reply_in_thread, inputs: {message_context: "{{steps.post.message_context}}", message: OK}}
  ask:
    trigger: {shortcut: {button: Ask}}
    steps: [{function: send_message, inputs: {channel: incidents, message: Help}}]
  eyes:
    trigger: {event: {type: reaction_added, channels: [incidents], filter: "{{data.reaction}} == eyes"}}
    steps: [{function: send_message, inputs: {channel: incidents, message: Seen}}]
  weekly:
    trigger: {schedule: {start: "2099-01-05T09:00:00Z", every: weekly}}
    steps: [{function: send_dm, inputs: {user: maya, message: Handover}}]
people: {maya: maya@acme.example}
"""


BEGINNING, _ = STACK.split("slack_workflows:")


@pytest.fixture
def begun(accounts):
    """The accounts with all but the workflows: Slack lets us make one app a minute."""
    accounts.cli.write(f"{BEGINNING}people: {{maya: maya@acme.example}}\n")
    accounts.cli("apply", "--yes")
    accounts.cli.write(STACK)
    return accounts


@pytest.fixture
def made(begun):
    """The accounts with the stack applied, apps and triggers included."""
    begun.cli("apply", "--yes")
    return begun


def planned(accounts) -> dict[str, dict]:
    return {
        one["address"]: one["change"]
        for one in accounts.cli("plan", "--format", "json").json["resource_changes"]
    }


def stored_address(accounts) -> str:
    kept = json.loads((accounts.cli.folder / ".pdslack/secrets.json").read_text())
    return kept["slack_workflow/page-payments"]["webhook_url"]


def triggers(accounts) -> dict[tuple[str, str], dict]:
    found = accounts.sandbox.store.all("slack.workflow_trigger")
    return {(one["workflow"]["callback_id"], one["type"]): one for one in found}


def test_a_masked_value_in_the_name_of_the_app_is_masked_where_the_name_is_cut(cli, monkeypatch):
    cli.write(STACK.replace("name: Incidents", 'name: "Acme pagers ${suffix}"'))
    monkeypatch.setenv("PDSLACK_VAR_suffix", "glorious-secret")
    manifest = cli("app", "--format", "json").json["workflows_manifest"]
    assert manifest["display_information"]["name"] == "Acme pagers ***… workflows"


def test_the_manifest_has_the_workflows_of_the_file(cli):
    cli.write(STACK)
    manifest = cli("app", "--format", "json").json["workflows_manifest"]
    workflow = manifest["workflows"]["page_payments"]
    assert workflow["steps"][0] == {
        "id": "post",
        "function_id": "slack#/functions/send_message",
        "inputs": {"channel_id": "channel/incidents", "message": "{{inputs.summary}}"},
    }
    assert workflow["input_parameters"]["required"] == ["summary"]
    assert manifest["settings"]["function_runtime"] == "slack"
    assert "experimental" in cli("app").out


@pytest.mark.slow
def test_a_plan_shows_the_workflows_and_an_apply_makes_them(begun):
    shown = begun.cli("plan").out
    assert "slack_workflows_app/app" in shown
    assert "experimental" in shown
    after = planned(begun)["slack_workflows_app/app"]["after"]["workflows"]
    assert set(after) == {"page-payments", "ask", "eyes", "weekly"}
    assert after["eyes"]["trigger"]["event"]["channel_ids"] == ["channel/incidents"]

    done = begun.cli("apply", "--yes")
    (channel,) = begun.sandbox.store.find("slack.channel", name="incidents")
    first = triggers(begun)
    assert set(first) == {
        ("page_payments", "webhook"),
        ("ask", "shortcut"),
        ("eyes", "event"),
        ("weekly", "scheduled"),
    }
    assert first["eyes", "event"]["event"]["channel_ids"] == [channel["id"]]
    assert first["ask", "shortcut"]["shortcut_url"] in done.out + done.err
    assert stored_address(begun) == first["page_payments", "webhook"]["webhook_url"]
    assert stored_address(begun) not in done.out + done.err
    assert planned(begun) == {}
    assert len(begun.sandbox.store.all("slack.app")) == 2


@pytest.mark.slow
def test_an_apply_makes_the_workflows_as_the_file_says(made):
    first = triggers(made)
    made.cli.write(
        STACK.replace("button: Ask", "button: Help")
        .replace("message: OK", "message: Done")
        .split("  weekly:")[0]
    )
    shown = made.cli("plan").out
    for difference in ("Ask -> Help", "OK -> Done", "- weekly"):
        assert difference in shown
    made.cli("apply", "--yes")
    after = triggers(made)
    assert set(after) == set(first) - {("weekly", "scheduled")}
    assert after["ask", "shortcut"]["shortcut"] == {"button_text": "Help"}
    assert after["ask", "shortcut"]["id"] == first["ask", "shortcut"]["id"]
    assert planned(made) == {}

    made.cli.write(STACK.replace("trigger: {shortcut: {button: Ask}}", "trigger: {webhook: {}}"))
    made.cli("apply", "--yes")
    assert {one for one in triggers(made) if one[0] == "ask"} == {("ask", "webhook")}
    assert planned(made) == {}

    made.cli.write(BEGINNING)
    said = made.cli("plan").out
    assert "left behind: page_payments" in said
    assert "Left behind: slack_workflow/page_payments, slack_workflow/ask," in said
    made.cli.write(f"{BEGINNING}slack_workflows: {{}}\n")
    made.cli("apply", "--yes")
    assert triggers(made) == {}
    assert planned(made) == {}


@pytest.mark.slow
def test_removed_workflows_are_deletes(made):
    before = triggers(made)
    made.cli.write(STACK.replace("  weekly:", "  daily:"))

    refused = made.cli("plan", "--max-deletes", "0", code=1).err
    kept = made.cli("apply", "--no-delete", "--yes").out

    assert "the plan deletes 1, --max-deletes allows 0" in refused
    assert "slack_workflows_app/app" in kept
    assert triggers(made) == before
    made.cli("apply", "--max-deletes", "1", "--yes")
    assert ("weekly", "scheduled") not in triggers(made)


def by_hand(store, trigger, **changes):
    store.replace("slack.workflow_trigger", trigger["id"], {**trigger, **changes})


@pytest.mark.slow
@pytest.mark.parametrize(
    "named", ["slack_workflow/ask", "slack_workflow/*", "slack_workflow*", "slack_workflows_app/app"]
)
def test_only_workflows_are_made_with_the_channels_that_they_need(begun, named):
    begun.cli("apply", "--yes", "--only", named)
    made = {one["name"] for one in begun.sandbox.store.all("slack.channel")}
    assert "incidents" in made
    assert len(triggers(begun)) == 4
    begun.cli("apply", "--yes", "--only", "slack_app/app")
    for again in (named, "slack_app/app"):
        assert "No changes to what --only names" in begun.cli("plan", "--only", again).out


@pytest.mark.slow
@pytest.mark.parametrize(
    "meddle",
    [
        lambda store, found: store.delete("slack.workflow_trigger", found["ask", "shortcut"]["id"]),
        lambda store, found: by_hand(store, found["ask", "shortcut"], name="By hand"),
        lambda store, found: store.insert(
            "slack.workflow_trigger", "FtTWICE", {**found["ask", "shortcut"], "id": "FtTWICE"}
        ),
    ],
    ids=["deleted", "renamed", "twice"],
)
def test_what_somebody_changed_by_hand_is_put_right(made, meddle):
    before = triggers(made)
    meddle(made.sandbox.store, before)
    assert set(planned(made)) == {"slack_workflows_app/app"}
    made.cli("apply", "--yes")
    assert set(triggers(made)) == set(before)
    assert len(made.sandbox.store.all("slack.workflow_trigger")) == len(before)
    assert planned(made) == {}


@pytest.mark.slow
@pytest.mark.slow_after(2)
@pytest.mark.parametrize("times", range(1, 5))
def test_an_apply_finds_the_trigger_of_an_answer_that_was_lost(begun, times):
    begun.sandbox.faults.add(Fault("lost", "slack", "POST", "workflows.triggers.create", nth=times))
    begun.cli("apply", "--yes")
    found = triggers(begun)
    assert len(found) == len(begun.sandbox.store.all("slack.workflow_trigger")) == 4
    assert stored_address(begun) == found["page_payments", "webhook"]["webhook_url"]
    assert planned(begun) == {}


@pytest.mark.slow
def test_of_two_triggers_the_one_whose_address_is_stored_stays(made):
    store, kept = made.sandbox.store, triggers(made)["page_payments", "webhook"]
    unfinished = {
        "id": "FtUNFINISHED",
        "description": UNFINISHED,
        "webhook_url": "https://hooks.example/other",
    }
    store.delete("slack.workflow_trigger", kept["id"])
    store.insert("slack.workflow_trigger", "FtUNFINISHED", {**kept, **unfinished})  # is listed first
    store.insert("slack.workflow_trigger", kept["id"], kept)
    made.cli("apply", "--yes")
    assert triggers(made)["page_payments", "webhook"]["id"] == kept["id"]
    assert len(store.all("slack.workflow_trigger")) == 4
    assert stored_address(made) == kept["webhook_url"]
    assert planned(made) == {}


@pytest.mark.slow
def test_a_plan_right_after_waits_for_the_triggers_that_an_apply_made(begun):
    begun.sandbox.clock.advance(60)
    begun.cli("apply", "--yes")
    begun.sandbox.faults.add(Fault("lag", "slack", path="triggers.list", seconds=1, times=100))
    assert planned(begun) == {}


@pytest.mark.slow
def test_a_run_that_was_killed_while_it_made_triggers_is_waited_for(made, monkeypatch):
    waited = []
    made.cli.write(STACK.replace("  weekly:", "  daily:"))
    made.cli("apply", "--yes")
    log = made.cli.folder / ".pdslack/audit.jsonl"
    lines = log.read_text().splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if "slack_workflows_app/app" in line]
    started = json.loads(lines[places[-3]])
    assert (started["action"], started["outcome"], started["creates"]) == ("update", "started", True)
    log.write_text("".join(lines[: places[-3] + 1]))
    monkeypatch.setattr("pdslack_cli.clients.http.throttle.SystemClock.sleep", lambda _, s: waited.append(s))

    said = "a run was killed, or still runs, that began to write slack_workflows_app/app: waited 10 s"

    assert said in made.cli("plan").out
    assert said in made.cli("apply", "--yes").out
    assert said not in made.cli("plan").out
    assert waited.count(10) == 2


@pytest.mark.slow
def test_a_sandbox_keeps_its_workflows_apart(cli):
    cli.write(STACK)
    cli("apply", "--sandbox", "--yes")
    assert cli("plan", "--sandbox", "--format", "json").json["resource_changes"] == []
    kept = json.loads((cli.folder / ".pdslack/secrets.json").read_text())
    assert {ref.partition("/")[0] for ref in kept} == {
        "slack_app_sandbox",
        "slack_workflows_app_sandbox",
        "slack_workflow_sandbox",
    }


def test_without_a_token_the_workflows_are_not_compared(accounts, monkeypatch):
    accounts.cli.write(STACK)
    monkeypatch.delenv("SLACK_CONFIG_TOKEN")
    assert "slack_workflows: they are not compared without SLACK_CONFIG_TOKEN" in accounts.cli("plan").out


@pytest.mark.slow
def test_in_ci_an_address_needs_a_store(made, monkeypatch):
    monkeypatch.setenv("CI", "true")
    made.cli("plan")
    made.cli.write(STACK.replace("trigger: {shortcut: {button: Ask}}", "trigger: {webhook: {}}"))
    assert "slack_workflow/ask creates a secret" in made.cli("plan", code=1).err


@pytest.mark.slow
def test_the_command_makes_them_alone(made):
    first = triggers(made)
    made.cli.write(STACK.replace("button: Ask", "button: Help"))
    again = made.cli("app", "--update", "--yes", "--format", "json").json["workflows"]
    assert "slack_workflow/ask: its trigger was updated" in again["triggers"]
    assert triggers(made)["ask", "shortcut"]["id"] == first["ask", "shortcut"]["id"]
    assert planned(made) == {}


def test_a_channel_that_is_not_there_yet_is_said(accounts):
    accounts.cli.write(STACK)
    accounts.cli("app", "--create", "--yes")
    said = accounts.cli("app", "--update", "--yes", code=1).err
    assert "not in Slack: channel/incidents" in said
    assert "pdslack apply" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    "members", ["{}", "{members: [maya]}"], ids=["by a workflow alone", "by a channel, too"]
)
def test_who_is_deactivated_is_called_that_once(accounts, members):
    accounts.cli.write(STACK.replace("incidents: {}", f"incidents: {members}"))
    (maya,) = accounts.sandbox.store.find("slack.user", name="maya")
    accounts.sandbox.store.replace("slack.user", maya["id"], {**maya, "deleted": True})
    for words in (["plan"], ["apply", "--yes"]):
        said = accounts.cli(*words, code=1).err
        assert said.count("the Slack user 'maya@acme.example' is deactivated") == 1
        assert "not in Slack" not in said


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{webhook: {}}", "{}", "expected one of webhook, shortcut, event and schedule, got none"),
        ("{webhook: {}}", "{webhook: {}, shortcut: {button: B}}", "expected one of webhook"),
        ("type: reaction_added", "type: reaction", "unknown event 'reaction'"),
        ("type: reaction_added", "type: message_posted", None),
        (
            "function: send_message, id: post",
            "function: send_mesage, id: post",
            "unknown function 'send_mesage'",
        ),
        ('message: "{{inputs.summary}}"', 'text: "{{inputs.summary}}"', "send_message has no input 'text'"),
        ("{channel: incidents, message: Help}", "{channel: nowhere, message: Help}", "nowhere"),
        ('"2099-01-05T09:00:00Z"', "monday", "'monday' is not a valid time"),
    ],
)
def test_a_workflow_is_checked_when_the_file_is_read(cli, old, new, message):
    cli.write(STACK.replace(old, new, 1))
    said = cli("validate", code=1 if message else 0).err
    assert (message or "") in said


@pytest.mark.slow
def test_destroy_says_that_the_app_of_the_workflows_is_left_behind(made):
    (own,) = [app["id"] for app in made.sandbox.store.all("slack.app") if app["manifest"].get("workflows")]
    left = f"slack_workflows_app/app is left behind ({own}), with what it holds"
    assert left in made.cli("destroy", "--yes").out
