"""People do in elements and forms what Slack's client lets them do, and the app hears of the whole state."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.slack.conftest import Json, Workspace
from tests.sandbox.slack.runtime.test_events import Listener, listener

__all__ = ["listener"]

TEXT: Json = {"type": "plain_text", "text": "x"}
OPTIONS = [{"text": TEXT, "value": value} for value in ("one", "two", "three")]


def field(kind: str, **more: Any) -> Json:
    """A field of a form that must be filled in."""
    return {
        "type": "input", "block_id": kind, "label": TEXT, "element": {"type": kind, "action_id": "a", **more},
    }  # fmt: skip


FIELDS = [
    field("plain_text_input", min_length=2, max_length=5),
    field("number_input", min_value="1", max_value="9"),
    field("email_text_input"),
    field("url_text_input"),
    field("datepicker", initial_date="2026-11-29"),
    field("timepicker"),
    field("static_select", options=OPTIONS),
    field("multi_static_select", options=OPTIONS, max_selected_items=2),
    field("checkboxes", options=OPTIONS, initial_options=OPTIONS[:1]),
    field("users_select"),
    field("channels_select"),
]
HELD: Json = {
    "plain_text_input": ("value", "four"),
    "number_input": ("value", "4"),
    "email_text_input": ("value", "maya@acme.example"),
    "url_text_input": ("value", "https://acme.example"),
    "timepicker": ("selected_time", "09:30"),
    "static_select": ("selected_option", {"value": "two"}),
    "multi_static_select": ("selected_options", OPTIONS[:2]),
    "users_select": ("selected_user", "U0SANDBOXAD"),
    "channels_select": ("selected_channel", "C0SANDBOXGE"),
}
VALUES = {kind: {"a": {name: value}} for kind, (name, value) in HELD.items()}


def opened(slack: Workspace, listener: Listener, *blocks: Json, **more: Any) -> Json:
    """A modal of the app, open for Maya, who gave a command."""
    slack.person("maya")
    slack.channel("ops")
    slack.control("PUT", "slack/app", dict.fromkeys(("interactivity_url", "command_url"), listener.url))
    slack.control("POST", "slack/command", {"user": "Maya", "channel": "ops", "command": "/page"})
    view = {"type": "modal", "title": TEXT, "submit": TEXT, "blocks": blocks, **more}
    trigger = listener.requests[-1][1]["trigger_id"]
    return slack.ok("views.open", trigger_id=trigger, view=json.dumps(view))["view"]


def refused(slack: Workspace, act: str, **body: Any) -> str:
    """Why nobody could do that."""
    url = f"{slack.sandbox.url}/_sandbox/slack/{act}"
    answer = slack.session.post(url, json={"user": "Maya", **body})
    assert answer.status_code == 400, answer.text
    return str(answer.json()["error"])


def test_a_form_is_sent_with_all_that_it_holds(slack: Workspace, listener: Listener) -> None:
    view = opened(slack, listener, *FIELDS)
    assert slack.control("POST", "slack/submit", {"user": "Maya", "view_id": view["id"], "values": VALUES})[
        "ok"
    ]
    values = listener.requests[-1][1]["view"]["state"]["values"]
    assert values["static_select"]["a"] == {"type": "static_select", "selected_option": OPTIONS[1]}
    assert values["datepicker"]["a"] == {"type": "datepicker", "selected_date": "2026-11-29"}
    assert values["checkboxes"]["a"] == {"type": "checkboxes", "selected_options": OPTIONS[:1]}
    assert values.keys() == {block["block_id"] for block in FIELDS}


REFUSED: list[tuple[str, Json, str]] = [
    ("plain_text_input", {"value": ""}, "please complete this required field"),
    ("plain_text_input", {"value": "x"}, "expected 2 to 5 characters, got 1"),
    ("plain_text_input", {"value": "x" * 6}, "expected 2 to 5 characters, got 6"),
    ("plain_text_input", {"value": 5}, "expected a text in value"),
    ("plain_text_input", {"selected_user": "x"}, "expected an object with 'value'"),
    ("plain_text_input", {"type": "datepicker"}, "it is a plain_text_input, not a datepicker"),
    ("number_input", {"value": "10"}, "expected 1 to 9, got 10"),
    ("number_input", {"value": "1.5"}, "expected a whole number, got 1.5"),
    ("number_input", {"value": "many"}, "expected a number, got 'many'"),
    ("email_text_input", {"value": "maya"}, "expected an e-mail address"),
    ("url_text_input", {"value": "acme"}, "expected a web address"),
    ("timepicker", {"selected_time": "noon"}, "expected a time like 09:30"),
    (
        "static_select",
        {"selected_option": {"value": "four"}},
        "the option 'four' is not offered; choose one of 'one', ",
    ),
    ("multi_static_select", {"selected_options": OPTIONS}, "choose at most 2"),
    ("multi_static_select", {"selected_options": OPTIONS[0]}, "expected a list in selected_options"),
    ("users_select", {"selected_user": "U0NOBODY"}, "there is no user 'U0NOBODY'"),
    ("channels_select", {"selected_channel": "x"}, "there is no channel 'x' to choose"),
    ("banner", {"value": "x"}, "nothing with the action_id 'a' can be filled in there"),
]


def test_what_the_client_would_not_send_is_refused(slack: Workspace, listener: Listener) -> None:
    view = opened(slack, listener, *FIELDS)
    for kind, given, why in REFUSED:
        values = {**VALUES, kind: {"a": given}}
        assert f"{kind}: {why}" in refused(slack, "submit", view_id=view["id"], values=values)
    assert [body.get("type") for _, body in listener.requests] == [None]  # the command alone


def test_forms_are_sent_by_those_who_see_them(slack: Workspace, listener: Listener) -> None:
    view = opened(slack, listener, {"type": "section", "text": TEXT}, submit=None)
    slack.person("tom")
    named = {"view_id": view["id"], "values": {}}
    assert "is open for somebody else" in refused(slack, "submit", **{**named, "user": "Tom"})
    assert "has no button that sends it" in refused(slack, "submit", **named)


BUTTON: Json = {"type": "button", "action_id": "go", "value": "v", "text": TEXT}
SELECT: Json = {
    "type": "static_select",
    "action_id": "pick",
    "options": OPTIONS,
    "initial_option": OPTIONS[0],
}
ACTIONS: Json = {"type": "actions", "block_id": "b", "elements": [BUTTON, SELECT]}
NOTE: Json = {**field("plain_text_input"), "block_id": "note"}


def posted(slack: Workspace, listener: Listener, **message: Any) -> Json:
    slack.person("maya")
    slack.control("PUT", "slack/app", {"interactivity_url": listener.url})
    body = {"channel": slack.channel("ops"), "text": "x", **message}
    return {"channel": "ops", "ts": slack.send("chat.postMessage", json=body).json()["ts"]}


def test_a_click_in_a_message_brings_all_that_was_filled_in(slack: Workspace, listener: Listener) -> None:
    message = posted(slack, listener, blocks=[ACTIONS, NOTE])
    one = {"user": "Maya", **message}
    slack.control(
        "POST", "slack/click", {**one, "action_id": "pick", "chosen": {"selected_option": {"value": "two"}}}
    )
    written = {"note": {"a": {"value": "hello"}}}
    slack.control("POST", "slack/click", {**one, "action_id": "go", "values": written})
    first, last = (body for _, body in listener.requests)
    assert first["actions"][0]["selected_option"] == OPTIONS[1]
    assert first["state"]["values"]["note"]["a"] == {"type": "plain_text_input", "value": None}
    assert last["state"]["values"] == {
        "b": {"pick": {"type": "static_select", "selected_option": OPTIONS[1]}},
        "note": {"a": {"type": "plain_text_input", "value": "hello"}},
    }


def test_nobody_chooses_what_cannot_be_chosen(slack: Workspace, listener: Listener) -> None:
    slack.deactivated("Nia")
    message = posted(slack, listener, blocks=[ACTIONS, NOTE])
    for action_id, chosen, why in (
        ("pick", {}, "`chosen` must have 'selected_option'"),
        ("pick", {"selected_option": {"value": "four"}}, "'four' is not offered"),
        ("go", {"selected_option": OPTIONS[0]}, "nothing is chosen in a button"),
        ("a", {"value": "x"}, "an input is sent with its form alone"),
    ):
        assert why in refused(slack, "click", **message, action_id=action_id, chosen=chosen)
    slack.ok("conversations.archive", channel=slack.channel_id("ops"))
    assert "is archived" in refused(slack, "write", channel="ops", text="x")
    assert listener.requests == []


def test_a_button_in_an_attachment_is_clicked_there(slack: Workspace, listener: Listener) -> None:
    message = posted(slack, listener, attachments=[{"text": "x"}, {"color": "#d00", "blocks": [ACTIONS]}])
    slack.control("POST", "slack/click", {"user": "Maya", **message, "action_id": "go"})
    container = listener.requests[0][1]["container"]
    assert (container["type"], container["attachment_id"]) == ("message_attachment", 2)


def test_an_answer_that_slack_does_not_take_is_told(slack: Workspace, listener: Listener) -> None:
    view = opened(slack, listener, NOTE)
    values = {"note": {"a": {"value": "x"}}}
    for answer, why in (
        ({"response_action": "errors", "errors": {"text": "x"}}, "an error for 'text', which is no input"),
        ({"response_action": "errors"}, "`errors` names no block"),
        ({"response_action": "close"}, "the unknown response_action 'close'"),
        ({"response_action": "update"}, "invalid_arguments"),
    ):
        listener.answer = answer
        assert why in refused(slack, "submit", view_id=view["id"], values=values)


@pytest.mark.parametrize("notify", [True, False])
def test_an_app_hears_of_a_closed_view_if_it_asked(
    slack: Workspace, listener: Listener, notify: bool
) -> None:
    view = opened(slack, listener, NOTE, notify_on_close=notify, clear_on_close=True)
    assert slack.control("POST", "slack/close", {"user": "Maya", "view_id": view["id"]}) == {"ok": True}
    heard = [body for _, body in listener.requests if body.get("type") == "view_closed"]
    assert [body["is_cleared"] for body in heard] == [True] * notify
    assert slack.sandbox.store.all("slack.view") == []
