"""Workflows of Slack's own functions: checked, in a manifest of their own, and started by their triggers."""

from __future__ import annotations

import json

import pytest

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
    steps: [{function: send_message, inputs: {channel: incidents, message: Handover}}]
"""


@pytest.fixture
def made(accounts):
    """The accounts with the stack applied, and both apps made."""
    accounts.cli.write(STACK)
    accounts.cli("apply", "--yes")
    return accounts


def triggers(accounts) -> dict[tuple[str, str], dict]:
    found = accounts.sandbox.store.all("slack.workflow_trigger")
    return {(one["workflow"]["callback_id"], one["type"]): one for one in found}


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


def test_the_app_and_the_triggers_are_made_once_and_follow_the_file(made):
    done = made.cli("app", "--update", "--yes")
    (channel,) = made.sandbox.store.find("slack.channel", name="incidents")
    first = triggers(made)
    assert set(first) == {
        ("page_payments", "webhook"),
        ("ask", "shortcut"),
        ("eyes", "event"),
        ("weekly", "scheduled"),
    }
    assert first["eyes", "event"]["event"]["channel_ids"] == [channel["id"]]
    assert first["ask", "shortcut"]["shortcut_url"] in done.out
    kept = json.loads((made.cli.folder / ".pdslack/secrets.json").read_text())
    address = kept["slack_workflow/page-payments"]["webhook_url"]
    assert address == first["page_payments", "webhook"]["webhook_url"]
    assert address not in done.out + done.err

    # What is as the file says stays; what changes is updated; what is gone is deleted.
    made.cli("app", "--update", "--yes")
    assert triggers(made) == first
    changed = STACK.replace("button: Ask", "button: Help").split("  weekly:")[0]
    made.cli.write(changed)
    again = made.cli("app", "--update", "--yes", "--format", "json").json["workflows"]
    after = triggers(made)
    assert set(after) == set(first) - {("weekly", "scheduled")}
    assert after["ask", "shortcut"]["shortcut"] == {"button_text": "Help"}
    assert after["ask", "shortcut"]["id"] == first["ask", "shortcut"]["id"]
    assert again["changed"]
    app = made.sandbox.store.get("slack.app", again["app_id"])
    assert "weekly" not in app["manifest"]["workflows"]
    assert len(made.sandbox.store.all("slack.app")) == 2


def test_a_channel_that_is_not_there_yet_is_said(accounts):
    accounts.cli.write(STACK)
    accounts.cli("app", "--create", "--yes")
    said = accounts.cli("app", "--update", "--yes", code=1).err
    assert "not in Slack: channel/incidents" in said
    assert "pdslack apply" in said


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{webhook: {}}", "{}", "needs exactly one of webhook, shortcut, event and schedule"),
        ("{webhook: {}}", "{webhook: {}, shortcut: {button: B}}", "needs exactly one of"),
        ("type: reaction_added", "type: reaction", "unknown event 'reaction'"),
        ("type: reaction_added", "type: message_posted", None),
        (
            "function: send_message, id: post",
            "function: send_mesage, id: post",
            "unknown function 'send_mesage'",
        ),
        ('message: "{{inputs.summary}}"', 'text: "{{inputs.summary}}"', "send_message needs message"),
        ("{channel: incidents, message: Help}", "{channel: nowhere, message: Help}", "nowhere"),
        ('"2099-01-05T09:00:00Z"', "monday", "'monday' is not a valid time"),
    ],
)
def test_a_workflow_is_checked_when_the_file_is_read(cli, old, new, message):
    cli.write(STACK.replace(old, new, 1))
    said = cli("validate", code=1 if message else 0).err
    assert (message or "") in said
