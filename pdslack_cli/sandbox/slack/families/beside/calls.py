"""`calls.*`: a war room elsewhere, shown in Slack (slack.md 2.13)."""

from __future__ import annotations

from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.refused import SlackRefusal

KIND = "slack.call"
TEXTS = ("external_display_id", "desktop_app_join_url", "title")


def add_call(call: SlackCall) -> Json:
    """`calls.add`: a bot says in whose name."""
    arguments = call.arguments
    author = arguments.text("created_by") or ("" if call.caller.kind == "bot" else call.caller.user)
    if call.store.get("slack.user", author) is None:
        raise SlackRefusal("invalid_created_by")
    document: Json = {
        "id": call.new_id("R"),
        "external_unique_id": arguments.text("external_unique_id"),
        "join_url": arguments.text("join_url"),
        "date_start": _number(call, "date_start", call.now),
        **{name: arguments.text(name) for name in TEXTS if name in arguments},
        "users": _users(call),
        "_by": author,
    }
    call.store.insert(KIND, document["id"], document)
    return {"call": shown(document)}


def call_info(call: SlackCall) -> Json:
    """`calls.info`."""
    return {"call": shown(_existing(call))}


def update_call(call: SlackCall) -> Json:
    """`calls.update`."""
    changes = {
        name: call.arguments.text(name)
        for name in ("title", "join_url", "desktop_app_join_url")
        if name in call.arguments
    }
    return {"call": shown(_saved(call, {**_existing(call), **changes}))}


def end_call(call: SlackCall) -> Json:
    """`calls.end`."""
    document = _active(call)
    ended = document["date_start"] + _number(call, "duration", max(0, call.now - document["date_start"]))
    return {"call": {**shown(_saved(call, {**document, "_ended": ended})), "date_end": ended}}


def add_participants(call: SlackCall) -> Json:
    """`calls.participants.add`."""
    document = _active(call)
    here = [_who(user) for user in document["users"]]
    new = [user for user in _users(call) if _who(user) not in here]
    return {"call": shown(_saved(call, {**document, "users": [*document["users"], *new]}))}


def remove_participants(call: SlackCall) -> Json:
    """`calls.participants.remove`."""
    document = _active(call)
    gone = [_who(user) for user in _users(call)]
    kept = [user for user in document["users"] if _who(user) not in gone]
    return {"call": shown(_saved(call, {**document, "users": kept}))}


def shown(document: Json) -> Json:
    """A call as Slack answers it."""
    return {name: value for name, value in document.items() if not name.startswith("_")}


def _existing(call: SlackCall) -> Json:
    document = call.store.get(KIND, call.arguments.text("id"))
    if document is None:
        raise SlackRefusal("invalid_call_id")
    return document


def _active(call: SlackCall) -> Json:
    document = _existing(call)
    if "_ended" in document:
        raise SlackRefusal("inactive_call")
    return document


def _saved(call: SlackCall, document: Json) -> Json:
    call.store.replace(KIND, document["id"], document)
    return document


def _users(call: SlackCall) -> list[Json]:
    """People of the workspace by `slack_id`, others by `external_id` and a name."""
    users: Any = call.arguments.structure("users") or []
    if not isinstance(users, list) or not all(isinstance(user, dict) for user in users):
        raise SlackRefusal("bad_users")
    for user in users:
        if "slack_id" in user and call.store.get("slack.user", str(user["slack_id"])) is None:
            raise SlackRefusal("user_not_found")
        if not (user.get("slack_id") or (user.get("external_id") and user.get("display_name"))):
            raise SlackRefusal("bad_users")
    return users


def _who(user: Json) -> tuple[str, str]:
    return str(user.get("slack_id") or ""), str(user.get("external_id") or "")


def _number(call: SlackCall, name: str, usual: int) -> int:
    asked = call.arguments.text(name)
    return int(asked) if asked.isdecimal() else usual
