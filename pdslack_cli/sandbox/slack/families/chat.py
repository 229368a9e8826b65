"""`chat.*`: writing messages (slack.md 2.6)."""

from __future__ import annotations

import re
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content import messages
from pdslack_cli.sandbox.slack.content.blocks import read_attachments, read_blocks, with_ids
from pdslack_cli.sandbox.slack.content.channels import find_channel, is_member, kind_of, named_channel
from pdslack_cli.sandbox.slack.content.messages import (
    change_message,
    find_message,
    new_message,
    new_timestamp,
    show_message,
)
from pdslack_cli.sandbox.slack.content.text import marked_up
from pdslack_cli.sandbox.slack.families.identity import workspace_url
from pdslack_cli.sandbox.slack.families.members import conversation_with, new_conversation
from pdslack_cli.sandbox.slack.refused import SlackRefusal
from pdslack_cli.sandbox.slack.runtime.response_urls import answer

TRUNCATED_AT = 40_000
UPDATE_LENGTH = 4_000
MARKDOWN_LENGTH = 12_000
EVENT_TYPE = re.compile(r"\w+", re.ASCII)
MADE_UP = ("username", "icon_emoji", "icon_url")

CLEARABLE = ("blocks", "attachments", "metadata")
"""What an update takes away by sending it empty."""

NOT_IN_AN_UPDATE = {"ts", "thread_ts", "parent_user_id", "username", "icons", "subtype"}
"""What the message in the answer to `chat.update` lacks."""


def post_message(call: SlackCall) -> Json:
    """`chat.postMessage`."""
    channel, content, warning = _to_post(call)
    message = new_message(call, channel, **content)
    shown = show_message(call, message)
    if "metadata" in message:
        shown["metadata"] = message["metadata"]
    return {"channel": channel["id"], "ts": message["ts"], "message": shown, **warning}


def content_to_post(call: SlackCall) -> tuple[Json, Json]:
    """The channel that a call may post to, and what the message will contain. Raises SlackRefusal."""
    channel, content, _ = _to_post(call)
    return channel, content


def _to_post(call: SlackCall) -> tuple[Json, Json, Json]:
    channel = _addressed(call)
    _check_may_post(call, channel)
    if any(name in call.arguments for name in MADE_UP):
        call.demand("chat:write.customize")
    content, warning = _content(call)
    return channel, {**content, **_thread(call, channel), **_made_up_author(call)}, warning


def update_message(call: SlackCall) -> Json:
    """`chat.update`: of what is left out blocks go when a text comes; attachments and metadata stay."""
    channel = named_channel(call)
    message = find_message(call, channel, call.arguments.text("ts"))
    if channel["is_archived"]:
        raise SlackRefusal("is_inactive")
    if message["user"] != call.caller.user:
        raise SlackRefusal("cant_update_message")
    if len(call.arguments.text("text")) > UPDATE_LENGTH:
        raise SlackRefusal("msg_too_long")
    before = dict(message)
    content = {} if _changes_metadata_only(call) else _content(call)[0]
    if "text" in content and "blocks" not in content:
        message.pop("blocks", None)
    message |= content
    if "metadata" in call.arguments:
        message["metadata"] = _metadata(call)
    if "blocks" not in content:
        message["edited"] = {"user": call.caller.user, "ts": new_timestamp(call)}
    message = {name: value for name, value in message.items() if value or name not in CLEARABLE}
    change_message(call, before, message)
    shown = {
        name: value for name, value in show_message(call, message).items() if name not in NOT_IN_AN_UPDATE
    }
    if "metadata" in message:
        shown["metadata"] = message["metadata"]
    return {"channel": channel["id"], "ts": message["ts"], "text": message["text"], "message": shown}


def delete_message(call: SlackCall) -> Json:
    """`chat.delete`: one's own only."""
    channel = named_channel(call)
    message = find_message(call, channel, call.arguments.text("ts"))
    if message["user"] != call.caller.user:
        raise SlackRefusal("cant_delete_message")
    messages.delete_message(call, message)
    return {"channel": channel["id"], "ts": message["ts"]}


def post_ephemeral(call: SlackCall) -> Json:
    """`chat.postEphemeral`: seen by one person, and by no method."""
    channel = _addressed(call)
    if channel["is_archived"]:
        raise SlackRefusal("is_archived")
    if not is_member(call, channel):
        raise SlackRefusal("not_in_channel")
    if call.arguments.text("user") not in channel["members"]:
        raise SlackRefusal("user_not_in_channel")
    content, _ = _content(call)
    message = answer(call, channel["id"], call.arguments.text("user"), content)
    return {"message_ts": message["ts"]}


def permalink(call: SlackCall) -> Json:
    """`chat.getPermalink`."""
    channel = named_channel(call)
    message = find_message(call, channel, call.arguments.text("message_ts"))
    return {"channel": channel["id"], "permalink": permalink_of(call, channel, message)}


def permalink_of(call: SlackCall, channel: Json, message: Json) -> str:
    """Where people open the message."""
    link = f"{workspace_url(call)}archives/{channel['id']}/p{message['ts'].replace('.', '')}"
    if "thread_ts" in message:
        link += f"?thread_ts={message['thread_ts']}&cid={channel['id']}"
    return link


def _addressed(call: SlackCall) -> Json:
    """The channel by id or name, or the direct messages with a user."""
    wanted = call.arguments.text("channel")
    if call.store.get("slack.user", wanted):
        return conversation_with(call, [wanted]) or new_conversation(call, [wanted])
    named = call.store.find("slack.channel", name=wanted.removeprefix("#"))
    return find_channel(call, named[0]["id"] if named else wanted)


def _check_may_post(call: SlackCall, channel: Json) -> None:
    if channel["is_archived"]:
        raise SlackRefusal("is_archived")
    public = kind_of(channel) == "public_channel" and call.has("chat:write.public")
    if not (public or is_member(call, channel)):
        raise SlackRefusal("not_in_channel")


def _content(call: SlackCall) -> tuple[Json, Json]:
    """The text of a message as stored, and a warning if Slack truncated it."""
    arguments = call.arguments
    text, warning = arguments.text("text"), {}
    blocks = read_blocks(arguments)
    attachments = read_attachments(call)
    if "markdown_text" in arguments:
        if text or blocks:
            raise SlackRefusal("markdown_text_conflict")
        text = arguments.text("markdown_text")
        if len(text) > MARKDOWN_LENGTH:
            raise SlackRefusal("msg_too_long")
    if not (text or blocks or attachments):
        raise SlackRefusal("no_text")
    if len(text) > TRUNCATED_AT:
        text = text[:TRUNCATED_AT]
        warning = {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}
    content: Json = {"text": marked_up(text)}
    if blocks is not None:
        content["blocks"] = with_ids(call, blocks)
    if attachments is not None:
        content["attachments"] = attachments
    metadata = _metadata(call)
    return {**content, **({"metadata": metadata} if metadata else {})}, warning


def _changes_metadata_only(call: SlackCall) -> bool:
    written = ("text", "blocks", "attachments", "markdown_text")
    return "metadata" in call.arguments and not any(name in call.arguments for name in written)


def _metadata(call: SlackCall) -> Json:
    metadata: Any = call.arguments.structure("metadata", error_code="invalid_metadata_format")
    if not metadata:
        return {}
    if not isinstance(metadata, dict):
        raise SlackRefusal("invalid_metadata_format")
    type_, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not (isinstance(type_, str) and EVENT_TYPE.fullmatch(type_) and isinstance(payload, dict)):
        raise SlackRefusal("invalid_metadata_schema")
    return {"event_type": type_, "event_payload": payload}


def _thread(call: SlackCall, channel: Json) -> Json:
    ts = call.arguments.text("thread_ts")
    if not ts:
        return {}
    parent = call.store.get("slack.message", f"{channel['id']}:{ts}")
    if parent is None:
        raise SlackRefusal("cannot_reply_to_message")
    broadcast = {"broadcast": True} if call.arguments.flag("reply_broadcast") else {}
    return {"thread_ts": parent.get("thread_ts", ts), **broadcast}


def _made_up_author(call: SlackCall) -> Json:
    arguments = call.arguments
    author: Json = {}
    if "username" in arguments:
        author["username"] = arguments.text("username")
    if "icon_emoji" in arguments:
        author["icons"] = {"emoji": arguments.text("icon_emoji")}
    elif "icon_url" in arguments:
        author["icons"] = {"image_64": arguments.text("icon_url")}
    return author
