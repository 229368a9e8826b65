"""Events of the Events API: what happened in the channels of the app's bot (slack.md 7.6)."""

from __future__ import annotations

import json
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.channels import kind_of, show_channel
from pdslack_cli.sandbox.slack.runtime.app_endpoints import AppEndpoints

KIND = "slack.event_delivery"
STAMP = "%Y-%m-%dT%H:%M:%SZ"
CHANNEL_TYPES = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
"""How events call the types of channel."""

SUBSCRIPTIONS = {"channel": "channels", "group": "groups"}
RENAMED = ("id", "name", "created")


def happened(call: SlackCall, type_: str, subscription: str = "", /, **fields: Any) -> None:
    """Queue an event for the app, if it listens and asked for it."""
    app = AppEndpoints.read(call.store)
    wanted = app.events is None or (subscription or type_) in app.events or type_ in app.events
    if not (wanted and app.listens(call.store)):
        return
    stamp = f"{call.now}.{call.store.next_number() % 1_000_000:06d}"
    bot = {"enterprise_id": None, "team_id": call.team["id"], "user_id": workspace.BOT_USER}
    event_id = call.new_id("Ev")
    body = {
        "token": "sandbox-verification-token",
        "team_id": call.team["id"],
        "api_app_id": workspace.APP,
        "event": {"type": type_, **fields, "event_ts": fields.get("event_ts", stamp)},
        "type": "event_callback",
        "event_id": event_id,
        "event_time": call.now,
        "authorizations": [{**bot, "is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }
    document = {
        "id": event_id,
        "_due": call.clock.now().strftime(STAMP),
        "body": json.dumps(body),
        "event_type": type_,
        "attempts": 0,
        "reason": "",
        "state": "waiting",
    }
    call.store.insert(KIND, event_id, document)


def in_channel(call: SlackCall, place: Json, type_: str, /, **fields: Any) -> None:
    """An event of a channel, which only an app in it hears of."""
    if workspace.BOT_USER in place["members"]:
        happened(call, type_, **fields)


def message_posted(call: SlackCall, message: Json, shown: Json) -> None:
    """A message, and that it mentions the app's bot."""
    _message(call, message, event_ts=message["ts"], **shown)
    channel = call.store.get("slack.channel", message["channel"])
    if channel and f"<@{workspace.BOT_USER}>" in message.get("text", ""):
        in_channel(call, channel, "app_mention", **{**shown, "type": "app_mention"}, channel=channel["id"])


def message_changed(call: SlackCall, message: Json, shown: Json, before: Json) -> None:
    """A message was edited."""
    changed = {
        "message": shown,
        "previous_message": before,
        "ts": f"{call.now}.{call.store.next_number():06d}",
    }
    _message(call, message, subtype="message_changed", hidden=True, **changed)


def message_deleted(call: SlackCall, message: Json, before: Json) -> None:
    """A message was taken back."""
    gone = {"deleted_ts": message["ts"], "previous_message": before}
    stamp = f"{call.now}.{call.store.next_number():06d}"
    _message(call, message, subtype="message_deleted", hidden=True, ts=stamp, **gone)


def _message(call: SlackCall, about: Json, /, **fields: Any) -> None:
    channel = call.store.get("slack.channel", about["channel"])
    if channel is None or workspace.BOT_USER not in channel["members"]:
        return
    type_ = CHANNEL_TYPES[kind_of(channel)]
    fields = {**fields, "channel": channel["id"], "channel_type": type_}
    fields.pop("type", None)
    happened(call, "message", f"message.{SUBSCRIPTIONS.get(type_, type_)}", **fields)


def member_joined(call: SlackCall, channel: Json, user: str) -> None:
    """Somebody is in a channel now; whoever made it so, if it was another."""
    inviter = {"inviter": call.caller.user} if call.caller.user != user else {}
    in_channel(call, channel, "member_joined_channel", **_member(call, channel, user), **inviter)


def member_left(call: SlackCall, channel: Json, user: str) -> None:
    """Somebody is not in a channel any more; the bot hears that of itself too."""
    audience = {**channel, "members": [*channel["members"], user]}
    in_channel(call, audience, "member_left_channel", **_member(call, channel, user))


def _member(call: SlackCall, channel: Json, user: str) -> Json:
    letter = "C" if kind_of(channel) == "public_channel" else "G"
    return {"user": user, "channel": channel["id"], "channel_type": letter, "team": call.team["id"]}


def channel_created(call: SlackCall, channel: Json) -> None:
    """A public channel is new; everybody may know."""
    if kind_of(channel) == "public_channel":
        shown = show_channel(call, channel)
        happened(call, "channel_created", channel={k: v for k, v in shown.items() if k != "is_member"})


def channel_renamed(call: SlackCall, channel: Json) -> None:
    """A channel has another name."""
    renamed = {**{name: channel[name] for name in RENAMED}, "name_normalized": channel["name"]}
    in_channel(
        call,
        channel,
        _of_channel(channel, "rename"),
        channel={**renamed, "is_channel": True, "is_mpim": False},
    )


def channel_archived(call: SlackCall, channel: Json) -> None:
    """A channel was put away; called before that puts the bots out."""
    in_channel(
        call,
        channel,
        _of_channel(channel, "archive"),
        channel=channel["id"],
        user=call.caller.user,
        is_moved=0,
    )


def channel_unarchived(call: SlackCall, channel: Json) -> None:
    """A public channel is back; the bot, which is not in it any more, may know."""
    if kind_of(channel) == "public_channel":
        happened(call, "channel_unarchive", channel=channel["id"], user=call.caller.user)


def _of_channel(channel: Json, what: str) -> str:
    return f"{'group' if channel['is_private'] else 'channel'}_{what}"


def reaction(call: SlackCall, channel: Json, message: Json, name: str, *, added: bool) -> None:
    """A reaction came or went."""
    item = {"type": "message", "channel": channel["id"], "ts": message["ts"]}
    fields = {"user": call.caller.user, "reaction": name, "item": item, "item_user": message["user"]}
    in_channel(call, channel, f"reaction_{'added' if added else 'removed'}", **fields)


def pin(call: SlackCall, channel: Json, pinned: Json, shown: Json, *, added: bool) -> None:
    """A message was pinned, or is not any more."""
    item = {"type": "message", "channel": channel["id"], "message": shown, **pinned}
    fields = {"user": call.caller.user, "channel_id": channel["id"], "item": item}
    in_channel(call, channel, f"pin_{'added' if added else 'removed'}", **fields)


def home_opened(call: SlackCall, user: str, channel: str, view: Json | None) -> None:
    """Somebody opened the app's Home tab; `view` is what it shows them."""
    shown: Json = {} if view is None else {"view": view}
    happened(call, "app_home_opened", user=user, channel=channel, tab="home", **shown)
