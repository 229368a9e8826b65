"""`response_url` and `trigger_id`: what an app may do in answer to one act of a person (slack.md 7.4)."""

from __future__ import annotations

import hashlib
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.messages import (
    change_message,
    delete_message,
    new_message,
    new_timestamp,
)
from pdslack_cli.sandbox.slack.refused import SlackRefusal, invalid_arguments

EPHEMERAL = "slack.ephemeral"
MOST_USES = 5
URL_SECONDS = 30 * 60
TRIGGER_SECONDS = 3


def new_response_url(call: SlackCall, base: str, channel: str, user: str, message: Json | None) -> str:
    """A URL that answers this act: five times within half an hour."""
    number = call.store.next_number()
    key = hashlib.sha256(f"response {number}".encode()).hexdigest()[:24]
    document = {
        "id": key,
        "channel": channel,
        "user": user,
        "message": message and message["id"],
        "ephemeral": bool(message and "only_for" in message),
        "uses": 0,
        "until": call.now + URL_SECONDS,
    }
    call.store.insert("slack.response_url", key, document)
    return f"{base}/slack/hooks/actions/{workspace.TEAM}/{number}/{key}"


def new_trigger(call: SlackCall, user: str) -> str:
    """A trigger: good once, for three seconds, to open a view for that person."""
    number = call.store.next_number()
    trigger = f"{number}.{call.now}.{hashlib.sha256(f'trigger {number}'.encode()).hexdigest()[:32]}"
    document = {"id": trigger, "user": user, "until": call.clock.now().timestamp() + TRIGGER_SECONDS}
    call.store.insert("slack.trigger", trigger, document)
    return trigger


def use_trigger(call: SlackCall, trigger: str) -> str:
    """The person of a trigger, which is then used up. Raises SlackRefusal."""
    if not trigger:
        raise invalid_arguments("missing required field: trigger_id")
    document = call.store.get("slack.trigger", trigger)
    if document is None:
        raise SlackRefusal("invalid_trigger_id")
    if document.get("used"):
        raise SlackRefusal("exchanged_trigger_id")
    if call.clock.now().timestamp() > document["until"]:
        raise SlackRefusal("expired_trigger_id")
    call.store.replace("slack.trigger", trigger, {**document, "used": True})
    return str(document["user"])


def respond(call: SlackCall, key: str, content: Json, wanted: dict[str, Any]) -> None:
    """Do what was posted to a `response_url`. Raises SlackRefusal."""
    document = call.store.get("slack.response_url", key)
    if document is None:
        raise SlackRefusal("used_url")
    if call.now > document["until"] or document["uses"] >= MOST_USES:
        raise SlackRefusal("expired_url")
    call.store.replace("slack.response_url", key, {**document, "uses": document["uses"] + 1})
    kind = EPHEMERAL if document["ephemeral"] else "slack.message"
    message = document["message"] and call.store.get(kind, document["message"])
    if message and wanted.get("delete_original"):
        if document["ephemeral"]:
            call.store.delete(kind, message["id"])
        else:
            delete_message(call, message)
    elif message and wanted.get("replace_original", not wanted.get("response_type")):
        kept = {name: value for name, value in message.items() if name != "blocks"}
        edited = {"user": message["user"], "ts": new_timestamp(call)}
        changed = {**kept, **content, "edited": edited}
        if document["ephemeral"]:
            call.store.replace(kind, message["id"], changed)
        else:
            change_message(call, message, changed)
    elif content:
        to_all = wanted.get("response_type") == "in_channel"
        thread = {"thread_ts": wanted["thread_ts"]} if wanted.get("thread_ts") else {}
        answer(call, document["channel"], "" if to_all else document["user"], {**content, **thread})


def answer(call: SlackCall, channel: str, only_for: str, content: Json) -> Json:
    """A message of the app: for everybody, or for one person, whom no method shows it to (slack.md 2.6)."""
    if not only_for:
        return new_message(call, {"id": channel}, **content)
    ts = new_timestamp(call)
    message = {
        "id": f"{channel}:{ts}",
        "channel": channel,
        "ts": ts,
        "user": call.caller.user,
        "bot_id": workspace.BOT,
        "app_id": workspace.APP,
        "only_for": only_for,
        "reactions": [],
        **content,
    }
    call.store.insert(EPHEMERAL, message["id"], message)
    return message
