"""`chat.scheduleMessage`, `chat.scheduledMessages.list`, `chat.deleteScheduledMessage` (slack.md 2.6)."""

from __future__ import annotations

from datetime import UTC, datetime

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.channels import named_channel
from pdslack_cli.sandbox.slack.content.messages import message_of, new_message, show_message
from pdslack_cli.sandbox.slack.families.chat import content_to_post
from pdslack_cli.sandbox.slack.paging import page
from pdslack_cli.sandbox.slack.refused import SlackRefusal

KIND = "slack.scheduled_message"
FURTHEST = 120 * 24 * 3600
STAMP = "%Y-%m-%dT%H:%M:%SZ"
SHOWN = ("id", "channel_id", "post_at", "date_created", "text")


def schedule_message(call: SlackCall) -> Json:
    """`chat.scheduleMessage`."""
    channel, content = content_to_post(call)
    post_at = _moment(call)
    document: Json = {
        "id": call.new_id("Q"),
        "channel_id": channel["id"],
        "post_at": post_at,
        "date_created": call.now,
        "text": content["text"],
        "_due": datetime.fromtimestamp(post_at, UTC).strftime(STAMP),
        "_by": {"kind": call.caller.kind, "user": call.caller.user},
        "_content": content,
    }
    call.store.insert(KIND, document["id"], document)
    shown = show_message(call, message_of(call, channel, **content))
    return {
        "channel": channel["id"],
        "scheduled_message_id": document["id"],
        "post_at": post_at,
        "message": {name: value for name, value in shown.items() if name not in ("ts", "thread_ts")},
    }


def _moment(call: SlackCall) -> int:
    asked = call.arguments.text("post_at")
    if not asked.isdecimal():
        raise SlackRefusal("invalid_time")
    if int(asked) <= call.now:
        raise SlackRefusal("time_in_past")
    if int(asked) > call.now + FURTHEST:
        raise SlackRefusal("time_too_far")
    return int(asked)


def list_scheduled(call: SlackCall) -> Json:
    """`chat.scheduledMessages.list`: the caller's own."""
    wanted = call.arguments.text("channel")
    if wanted and call.store.get("slack.channel", wanted) is None:
        raise SlackRefusal("invalid_channel")
    rows = [
        document
        for document in call.store.all(KIND)
        if document["_by"]["user"] == call.caller.user and wanted in ("", document["channel_id"])
    ]
    shown, metadata = page(call, rows, lambda document: str(document["id"]))
    listed = [{name: document[name] for name in SHOWN} for document in shown]
    return {"scheduled_messages": listed, "response_metadata": metadata}


def delete_scheduled(call: SlackCall) -> Json:
    """`chat.deleteScheduledMessage`."""
    channel = named_channel(call)
    document = call.store.get(KIND, call.arguments.text("scheduled_message_id"))
    if document is None or document["channel_id"] != channel["id"]:
        raise SlackRefusal("invalid_scheduled_message_id")
    if document["_by"]["user"] != call.caller.user:
        raise SlackRefusal("invalid_scheduled_message_id")
    call.store.delete(KIND, document["id"])
    return {}


def post_due(call: SlackCall, document: Json) -> None:
    """Write a message whose time has come, if its channel still takes any. `call` is of its author."""
    call.store.delete(KIND, document["id"])
    channel = call.store.get("slack.channel", document["channel_id"])
    if channel is not None and not channel["is_archived"]:
        new_message(call, channel, **document["_content"])
