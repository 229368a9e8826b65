"""A message: how it is kept, found and shown, and a channel's listings (slack.md 2.2, 2.6)."""

from __future__ import annotations

from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.channels import is_member, named_channel
from pdslack_cli.sandbox.slack.paging import page
from pdslack_cli.sandbox.slack.refused import SlackRefusal
from pdslack_cli.sandbox.slack.runtime import events

OPTIONAL = (
    "bot_id",
    "app_id",
    "blocks",
    "attachments",
    "files",
    "upload",
    "subtype",
    "topic",
    "purpose",
    "username",
    "icons",
    "edited",
)


def new_timestamp(call: SlackCall) -> str:
    """A `ts` that no other message has and that sorts after all before it. Text, never a number."""
    return f"{call.now}.{call.store.next_number() % 1_000_000:06d}"


def new_message(call: SlackCall, channel: Json, **fields: Any) -> Json:
    """Keep a message of the caller."""
    message = message_of(call, channel, **fields)
    call.store.insert("slack.message", message["id"], message)
    events.message_posted(call, message, show_message(call, message))
    return message


def message_of(call: SlackCall, channel: Json, **fields: Any) -> Json:
    """A message of the caller that is not kept yet."""
    ts = new_timestamp(call)
    return {
        "id": f"{channel['id']}:{ts}",
        "channel": channel["id"],
        "ts": ts,
        "user": call.caller.user,
        "reactions": [],
        **_as_bot(call),
        **fields,
    }


def _as_bot(call: SlackCall) -> Json:
    """Which bot and app write a message, where it is one of an app."""
    if call.caller.kind != "bot":
        return {}
    user = call.store.get("slack.user", call.caller.user) or {}
    return {"bot_id": user.get("bot_id", workspace.BOT), "app_id": user.get("app_id", workspace.APP)}


def announce(call: SlackCall, channel: Json, subtype: str, text: str, **fields: str) -> None:
    """The line that everybody in the channel sees when somebody changes it."""
    new_message(call, channel, text=f"<@{call.caller.user}> {text}", subtype=subtype, **fields)


def save_message(call: SlackCall, message: Json) -> None:
    """Store a changed message."""
    call.store.replace("slack.message", message["id"], message)


def change_message(call: SlackCall, before: Json, after: Json) -> None:
    """Keep an edited message, of which apps hear."""
    save_message(call, after)
    events.message_changed(call, after, show_message(call, after), show_message(call, before))


def delete_message(call: SlackCall, message: Json) -> None:
    """Take a message back, of which apps hear."""
    call.store.delete("slack.message", message["id"])
    events.message_deleted(call, message, show_message(call, message))


def find_message(call: SlackCall, channel: Json, ts: str) -> Json:
    """The message of that `ts`."""
    message = call.store.get("slack.message", f"{channel['id']}:{ts}")
    if message is None:
        raise SlackRefusal("message_not_found")
    return message


def replies_to(call: SlackCall, message: Json) -> list[Json]:
    """The thread under a message, oldest first."""
    return call.store.find("slack.message", channel=message["channel"], thread_ts=message["ts"])


def show_message(call: SlackCall, message: Json) -> Json:
    """The message as Slack answers it."""
    shown: Json = {
        "type": "message",
        "ts": message["ts"],
        "user": message["user"],
        "team": call.team["id"],
        "text": message["text"],
        **{name: message[name] for name in OPTIONAL if name in message},
    }
    if "bot_id" in message:
        shown["bot_profile"] = show_bot_profile(call, message)
    if "thread_ts" in message:
        shown["thread_ts"] = message["thread_ts"]
        parent = call.store.get("slack.message", f"{message['channel']}:{message['thread_ts']}")
        if parent:
            shown["parent_user_id"] = parent["user"]
    return shown


def show_listed(call: SlackCall, message: Json) -> Json:
    """The same as a listing shows it: with its reactions and its thread, and with metadata if asked."""
    shown = show_message(call, message)
    if message["reactions"]:
        shown["reactions"] = show_reactions(message)
    if "metadata" in message and call.arguments.flag("include_all_metadata"):
        shown["metadata"] = message["metadata"]
    replies = replies_to(call, message)
    if replies:
        people = list(dict.fromkeys(reply["user"] for reply in replies))
        shown |= {
            "thread_ts": message["ts"],
            "reply_count": len(replies),
            "reply_users": people,
            "reply_users_count": len(people),
            "latest_reply": replies[-1]["ts"],
            "subscribed": False,
            "is_locked": False,
        }
    return shown


def show_reactions(message: Json) -> list[Json]:
    """The reactions, with who gave them."""
    return [{**reaction, "count": len(reaction["users"])} for reaction in message["reactions"]]


def show_bot_profile(call: SlackCall, message: Json) -> Json:
    """The bot that wrote a message, as messages carry it."""
    user = call.store.get("slack.user", message["user"]) or {"real_name": "pdslack"}
    return {
        "id": message["bot_id"],
        "app_id": message["app_id"],
        "name": user["real_name"],
        "deleted": False,
        "updated": call.team["created"],
        "icons": {},
        "team_id": call.team["id"],
    }


def history(call: SlackCall) -> Json:
    """`conversations.history`: newest first, without the replies in threads."""
    channel = _readable_channel(call)
    rows = [
        message
        for message in call.store.find("slack.message", channel=channel["id"])
        if ("thread_ts" not in message or message.get("broadcast")) and _is_between(call, message["ts"])
    ]
    messages, metadata = page(call, rows[::-1], lambda message: str(message["ts"]))
    pins = [row for row in call.store.find("slack.message", channel=channel["id"]) if "pinned" in row]
    return {
        "messages": [show_listed(call, message) for message in messages],
        "pin_count": len(pins),
        **_more(metadata),
    }


def replies(call: SlackCall) -> Json:
    """`conversations.replies`: the parent, then its thread, oldest first; `ts` may be any message's in it."""
    channel = _readable_channel(call)
    found = call.store.get("slack.message", f"{channel['id']}:{call.arguments.text('ts')}")
    parent = found and call.store.get(
        "slack.message", f"{channel['id']}:{found.get('thread_ts', found['ts'])}"
    )
    if not parent:
        raise SlackRefusal("thread_not_found")
    rows = [parent, *(reply for reply in replies_to(call, parent) if _is_between(call, reply["ts"]))]
    messages, metadata = page(call, rows, lambda message: str(message["ts"]))
    return {"messages": [show_listed(call, message) for message in messages], **_more(metadata)}


def _more(metadata: Json) -> Json:
    if not metadata["next_cursor"]:
        return {"has_more": False}
    return {"has_more": True, "response_metadata": metadata}


def _is_between(call: SlackCall, ts: str) -> bool:
    oldest, latest = call.arguments.text("oldest", "0"), call.arguments.text("latest")
    if call.arguments.flag("inclusive") and ts in (oldest, latest):
        return True
    return float(ts) > _seconds(oldest, "oldest") and (not latest or float(ts) < _seconds(latest, "latest"))


def _seconds(ts: str, argument: str) -> float:
    try:
        return float(ts)
    except ValueError as error:
        raise SlackRefusal(f"invalid_ts_{argument}") from error


def _readable_channel(call: SlackCall) -> Json:
    channel = named_channel(call)
    if call.caller.kind == "bot" and not is_member(call, channel):
        raise SlackRefusal("not_in_channel")
    return channel
