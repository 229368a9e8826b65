"""Every method against Slack's own reference: what we say of it, and what it answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pdslack_cli.sandbox.slack.methods import METHODS, SPECIAL
from tests.sandbox.slack.conftest import Workspace
from tests.support import slack_contract
from tests.support.slack_contract import facts, needs_samples

KINDS = {"bot": "bot", "user": "user", "configuration": "config"}

ASKED_FOR_TOO = {("conversations.kick", "user")}
"""Required by slack.md 2.2, which says so of an argument that the reference calls optional."""


UNLISTED = frozenset(
    name
    for name in METHODS
    if name.startswith("workflows.triggers.") or name in ("users.profile.get", "dnd.info", "emoji.list")
)
"""Absent from the reference beside this project; `test_triggers.py` and `test_users.py` have them."""


@needs_samples
@pytest.mark.parametrize("name", sorted(METHODS.keys() - UNLISTED))
def test_the_table_says_what_slack_documents(name: str) -> None:
    method, fact = METHODS[name], facts()[name]
    assert fact["tier"] in (None, f"t{method.tier}")
    assert method.json_body == fact["json_body"]
    required = {argument for argument, known in fact["args"].items() if known["required"]}
    assert {argument for argument in method.required if (name, argument) not in ASKED_FOR_TOO} == required
    for kind, scopes in fact["scopes"].items():
        if kind in KINDS:
            assert set(method.tokens[KINDS[kind]]) == set(scopes), kind


def test_special_tiers_are_numbered_as_the_reference_does() -> None:
    assert {name for name, method in METHODS.items() if method.tier == SPECIAL} == {
        "auth.test",
        "blocks.validate",
        "chat.postMessage",
        "chat.getPermalink",
        "tooling.tokens.rotate",
    }


MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Note"}, "blocks": []}
MARKDOWN = json.dumps({"type": "markdown", "markdown": "# Card declined\nCall the bank."})
MANIFEST = json.dumps({"display_information": {"name": "pdslack"}})


@pytest.mark.slow
def test_every_method_answers_in_the_documented_shape(slack: Workspace) -> None:
    maya, tom = slack.person("maya"), slack.person("tom")
    slack.sandbox.seed({"channels": ["others"]})
    payments = slack.channel("payments")
    posted = slack.ok("chat.postMessage", channel=payments, text="Card declined")["ts"]
    mark = {"channel": payments, "timestamp": posted}
    soon = int(slack.sandbox.clock.now().timestamp()) + 600
    group = slack.ok("usergroups.create", name="On call", handle="oncall", include_count=1)["usergroup"]["id"]
    bookmark = {"channel_id": payments}
    bookmark["bookmark_id"] = slack.ok(
        "bookmarks.add", **bookmark, title="Runbook", type="link", link="https://x/y"
    )["bookmark"]["id"]
    app = slack.ok("apps.manifest.create", "config", manifest=MANIFEST)["app_id"]
    conversation = slack.ok("conversations.open", users=maya, return_im=1)["channel"]["id"]
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("api.test", "", {}),
        ("auth.test", "bot", {}),
        ("auth.test", "app", {}),
        ("auth.test", "config", {}),
        ("auth.revoke", "bot", {"test": "1"}),
        ("blocks.validate", "", {"view": json.dumps(MODAL)}),
        ("team.info", "bot", {}),
        ("bots.info", "bot", {"bot": "B0SANDBOXBT"}),
        ("conversations.info", "bot", {"channel": payments, "include_num_members": 1}),
        ("conversations.info", "bot", {"channel": conversation}),
        ("conversations.rename", "bot", {"channel": payments, "name": "payments-2"}),
        ("conversations.setTopic", "bot", {"channel": payments, "topic": "Cards & more"}),
        ("conversations.setPurpose", "bot", {"channel": payments, "purpose": "https://wiki.acme.example"}),
        ("conversations.invite", "bot", {"channel": payments, "users": f"{maya},{tom}"}),
        ("conversations.kick", "bot", {"channel": payments, "user": tom}),
        ("conversations.members", "bot", {"channel": payments}),
        ("conversations.join", "bot", {"channel": slack.channel_id("others")}),
        ("conversations.join", "bot", {"channel": slack.channel_id("others")}),
        ("conversations.list", "bot", {"types": "public_channel,private_channel,im,mpim"}),
        ("conversations.open", "bot", {"users": f"{maya},{tom}"}),
        ("conversations.open", "bot", {"channel": conversation}),
        ("users.conversations", "bot", {"types": "public_channel,im,mpim"}),
        ("users.lookupByEmail", "bot", {"email": "maya@acme.example"}),
        ("users.info", "bot", {"user": maya}),
        ("users.list", "bot", {}),
        ("users.getPresence", "bot", {}),
        ("dnd.teamInfo", "bot", {"users": maya}),
        ("usergroups.users.update", "bot", {"usergroup": group, "users": maya}),
        (
            "usergroups.update",
            "bot",
            {"usergroup": group, "description": "Who answers", "channels": payments},
        ),
        ("usergroups.list", "bot", {"include_users": 1, "include_count": 1}),
        ("usergroups.users.list", "bot", {"usergroup": group}),
        ("usergroups.disable", "bot", {"usergroup": group}),
        ("usergroups.list", "bot", {"include_disabled": 1}),
        ("usergroups.enable", "bot", {"usergroup": group}),
        ("bookmarks.edit", "bot", {**bookmark, "title": "The runbook"}),
        ("bookmarks.list", "bot", {"channel_id": payments}),
        ("bookmarks.remove", "bot", bookmark),
        (
            "chat.postMessage",
            "bot",
            {"channel": payments, "text": "Seen", "thread_ts": posted, "username": "Sam"},
        ),
        ("chat.update", "bot", {"channel": payments, "ts": posted, "text": "Card accepted"}),
        ("chat.getPermalink", "bot", {"channel": payments, "message_ts": posted}),
        ("chat.postEphemeral", "bot", {"channel": payments, "user": maya, "text": "Only you"}),
        ("reactions.add", "bot", {**mark, "name": "eyes"}),
        ("reactions.get", "bot", mark),
        ("conversations.history", "bot", {"channel": payments}),
        ("conversations.replies", "bot", {"channel": payments, "ts": posted}),
        ("reactions.remove", "bot", {**mark, "name": "eyes"}),
        ("pins.add", "bot", mark),
        ("pins.list", "bot", {"channel": payments}),
        ("pins.remove", "bot", mark),
        ("chat.delete", "bot", {"channel": payments, "ts": posted}),
        ("chat.scheduleMessage", "bot", {"channel": payments, "text": "Later", "post_at": soon}),
        ("chat.scheduledMessages.list", "bot", {"channel": payments}),
        ("canvases.create", "bot", {"title": "Notes", "document_content": MARKDOWN}),
        ("conversations.canvases.create", "bot", {"channel_id": payments, "document_content": MARKDOWN}),
        ("conversations.info", "bot", {"channel": payments}),
        ("files.list", "bot", {"types": "canvases"}),
        ("apps.connections.open", "app", {}),
        ("apps.manifest.validate", "config", {"manifest": MANIFEST, "app_id": app}),
        ("apps.manifest.update", "config", {"manifest": MANIFEST, "app_id": app}),
        ("apps.manifest.export", "config", {"app_id": app}),
        ("apps.manifest.delete", "config", {"app_id": app}),
        ("tooling.tokens.rotate", "", {"refresh_token": "xoxe-1-sandbox-refresh"}),
        ("conversations.leave", "bot", {"channel": payments}),
        ("conversations.leave", "bot", {"channel": payments}),
        ("conversations.archive", "user", {"channel": slack.channel_id("others")}),
        ("conversations.unarchive", "user", {"channel": slack.channel_id("others")}),
    ]
    for method, token, arguments in calls:
        slack.ok(method, token, **arguments)
        if slack_contract.AVAILABLE:
            assert slack_contract.request_problems(method, arguments) == []
    answers_to_an_act(slack, maya)
    answers_about_canvases_and_calls(slack, maya, payments)
    called = {call.path.removeprefix("/") for call in slack.sandbox.calls}
    assert {name for name in called if not name.startswith("upload/")} == METHODS.keys() - UNLISTED


def answers_about_canvases_and_calls(slack: Workspace, person: str, channel: str) -> None:
    """The methods that need an id which another one has answered, and Slack Connect."""
    (planned,) = slack.sandbox.store.all("slack.scheduled_message")
    slack.ok("conversations.join", channel=channel)
    slack.ok("chat.deleteScheduledMessage", channel=channel, scheduled_message_id=planned["id"])
    canvas = slack.ok("canvases.create", title="Runbook", document_content=MARKDOWN)["canvas_id"]
    change = json.dumps([{"operation": "insert_at_end", "document_content": json.loads(MARKDOWN)}])
    slack.ok("canvases.edit", canvas_id=canvas, changes=change)
    criteria = json.dumps({"section_types": ["any_header"]})
    assert len(slack.ok("canvases.sections.lookup", canvas_id=canvas, criteria=criteria)["sections"]) == 2
    shared = {"canvas_id": canvas, "user_ids": person}
    slack.ok("canvases.access.set", access_level="read", **shared)
    slack.ok("canvases.access.delete", **shared)
    slack.ok("conversations.inviteShared", channel=channel, emails="ana@bank.example")
    assert len(slack.ok("conversations.listConnectInvites")["invites"]) == 1
    slack.ok("files.info", file=canvas)
    slack.ok("files.delete", file=canvas)
    slack.ok("canvases.delete", canvas_id=slack.ok("canvases.create")["canvas_id"])
    url = slack.ok("files.getUploadURLExternal", filename="log.txt", length=1)
    slack.session.post(url["upload_url"], data=b"x").raise_for_status()
    uploaded = json.dumps([{"id": url["file_id"], "title": "Log"}])
    slack.ok("files.completeUploadExternal", files=uploaded, channel_id=channel, initial_comment="See")
    assert slack.ok("conversations.history", channel=channel, limit=1)["messages"][0]["files"]
    slack.ok("files.list")
    slack.ok("files.info", file=url["file_id"])
    room = {"external_unique_id": "Q1", "join_url": "https://meet.acme.example/1", "created_by": person}
    id_ = slack.ok("calls.add", **room)["call"]["id"]
    users = json.dumps([{"slack_id": person}, {"external_id": "7", "display_name": "Guest"}])
    assert len(slack.ok("calls.participants.add", id=id_, users=users)["call"]["users"]) == 2
    slack.ok("calls.participants.remove", id=id_, users=users)
    slack.ok("calls.update", id=id_, title="War room")
    assert slack.ok("calls.info", id=id_)["call"]["title"] == "War room"
    slack.ok("calls.end", id=id_)
    assert slack.error("calls.end", id=id_) == "inactive_call"


def answers_to_an_act(slack: Workspace, person: str) -> None:
    """The methods that need a trigger, which only what people do makes."""

    def trigger() -> str:
        slack.control("POST", "slack/command", {"user": person, "channel": "others", "command": "/x"})
        return str(slack.sandbox.store.all("slack.trigger")[-1]["id"])

    for name in ("title", "private_metadata"):
        odd = json.dumps({**MODAL, name: 5})
        assert slack.error("views.open", trigger_id=trigger(), view=odd) == "invalid_arguments"
    view = slack.ok("views.open", trigger_id=trigger(), view=json.dumps(MODAL))["view"]
    slack.ok("views.push", trigger_id=trigger(), view=json.dumps(MODAL))
    slack.ok("views.update", view_id=view["id"], hash=view["hash"], view=json.dumps(MODAL))
    slack.ok("views.publish", user_id=person, view=json.dumps({"type": "home", "blocks": []}))


@needs_samples
@pytest.mark.parametrize(
    ("method", "arguments", "is_json", "problem"),
    [
        pytest.param("conversations.frobnicate", {}, False, "no such method", id="unknown method"),
        pytest.param("conversations.info", {}, False, "channel is required", id="missing argument"),
        pytest.param("users.list", {"page": "2"}, False, "no argument is called page", id="unknown argument"),
        pytest.param("users.list", {"limit": "many"}, False, "is no number", id="wrong type"),
        pytest.param(
            "conversations.create", {"name": "a", "is_private": "yes"}, False, "is no boolean", id="boolean"
        ),
        pytest.param(
            "conversations.kick", {"channel": "#a", "user": "U1"}, False, "is no id:channel", id="name for id"
        ),
        pytest.param(
            "users.info", {"user": "U1"}, True, "takes no JSON body", id="JSON where a form is wanted"
        ),
        pytest.param("bookmarks.edit", {"title": "x" * 257}, False, "longer than 256", id="too long"),
        pytest.param(
            "conversations.replies",
            {"channel": "C1", "ts": "1.1", "limit": "1001"},
            False,
            "out of range",
            id="range",
        ),
    ],
)
def test_the_judge_finds_what_is_wrong_with_a_request(
    method: str, arguments: dict[str, Any], is_json: bool, problem: str
) -> None:
    (found,) = slack_contract.request_problems(method, arguments, is_json)
    assert problem in found


@needs_samples
@pytest.mark.parametrize(
    ("method", "body", "problem"),
    [
        pytest.param("auth.test", {"ok": True, "bot": "x"}, "/bot is not in the sample", id="unknown key"),
        pytest.param("auth.test", {"ok": True, "team": 7}, "/team is int", id="wrong type"),
        pytest.param(
            "conversations.list",
            {"ok": True, "channels": [{"nmae": "x"}]},
            "/channels/nmae is not",
            id="in a list",
        ),
        pytest.param(
            "auth.test", {"ok": False, "error": "name_taken"}, "name_taken is documented", id="wrong code"
        ),
    ],
)
def test_the_judge_finds_what_is_wrong_with_an_answer(
    method: str, body: dict[str, Any], problem: str
) -> None:
    (found,) = slack_contract.answer_problems(method, body)
    assert problem in found
