"""A channel: how it is kept, who may see it, and how it is shown (slack.md 2.2)."""

from __future__ import annotations

from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.refused import SlackRefusal

NAME_LENGTH = 80
RESERVED = frozenset({"channel", "everyone", "group", "here"})
"""What people write to call everybody, so nothing else may be called that."""

SCOPE_PREFIX = {
    "public_channel": "channels:",
    "private_channel": "groups:",
    "im": "im:",
    "mpim": "mpim:",
}


def kind_of(channel: Json) -> str:
    """Its type, as `types` of `conversations.list` names it."""
    if channel["is_im"]:
        return "im"
    if channel["is_mpim"]:
        return "mpim"
    return "private_channel" if channel["is_private"] else "public_channel"


def is_member(call: SlackCall, channel: Json) -> bool:
    """Whether the caller is in it."""
    return call.caller.user in channel["members"]


def is_visible(call: SlackCall, channel: Json) -> bool:
    """Whether the caller can know of it: what is not public shows itself to its members only."""
    return kind_of(channel) == "public_channel" or is_member(call, channel)


def demand_scope(call: SlackCall, kind: str) -> None:
    """Require those of the method's scopes that are for this type of channel."""
    call.demand(*(scope for scope in call.accepted if scope.startswith(SCOPE_PREFIX[kind])))


def find_channel(call: SlackCall, id: str) -> Json:  # noqa: A002 - the vendor's own word
    """The channel, if the caller can see it and the token reaches that far."""
    channel = call.store.get("slack.channel", id)
    if channel is None or not is_visible(call, channel):
        raise SlackRefusal("channel_not_found")
    demand_scope(call, kind_of(channel))
    return channel


def named_channel(call: SlackCall) -> Json:
    """The channel in the argument `channel`."""
    return find_channel(call, call.arguments.text("channel"))


def real_channel(call: SlackCall) -> Json:
    """The same, and no direct message."""
    channel = named_channel(call)
    if channel["is_im"] or channel["is_mpim"]:
        raise SlackRefusal("method_not_supported_for_channel_type")
    return channel


def members_channel(call: SlackCall) -> Json:
    """The same, alive, and the caller is in it."""
    channel = real_channel(call)
    if channel["is_archived"]:
        raise SlackRefusal("is_archived")
    if not is_member(call, channel):
        raise SlackRefusal("not_in_channel")
    return channel


def check_name(name: str) -> None:
    """Refuse a name that breaks the rules (slack.md 5). Slack mends nothing by itself."""
    if not name:
        raise SlackRefusal("invalid_name_required")
    if any(not (letter.isalnum() and letter == letter.lower()) and letter not in "-_" for letter in name):
        raise SlackRefusal("invalid_name_specials")
    if not any(letter.isalnum() for letter in name):
        raise SlackRefusal("invalid_name_punctuation")
    if len(name) > NAME_LENGTH:
        raise SlackRefusal("invalid_name_maxlength")


def name_in_use(call: SlackCall, name: str) -> bool:
    """Whether a channel (archived and invisible ones included) or the handle of a user group has the name."""
    return name in RESERVED or any(
        call.store.find(kind, **{field: name})
        for kind, field in (("slack.channel", "name"), ("slack.user_group", "handle"))
    )


def new_channel(call: SlackCall, **fields: Any) -> Json:
    """Keep a channel that the caller makes; `fields` are what differs from an empty public one."""
    channel: Json = {
        "id": call.new_id("C"),
        "name": "",
        "is_private": False,
        "is_im": False,
        "is_mpim": False,
        "is_archived": False,
        "is_general": False,
        "creator": call.caller.user,
        "members": [call.caller.user],
        "created": call.now,
        "updated": _milliseconds(call),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
        **fields,
    }
    call.store.insert("slack.channel", channel["id"], channel)
    return channel


def save_channel(call: SlackCall, channel: Json) -> None:
    """Store a changed channel."""
    channel["updated"] = _milliseconds(call)
    call.store.replace("slack.channel", channel["id"], channel)


def show_channel(call: SlackCall, channel: Json) -> Json:
    """The channel as Slack answers it to this caller."""
    if channel["is_im"]:
        return _show_direct_message(call, channel)
    return {
        **{
            name: channel[name]
            for name in ("id", "name", "is_private", "is_archived", "is_general", "is_mpim")
        },
        **{
            name: channel[name]
            for name in ("creator", "created", "updated", "topic", "purpose", "previous_names")
        },
        "name_normalized": channel["name"],
        "is_channel": not channel["is_mpim"],
        "is_group": False,
        "is_im": False,
        "is_member": is_member(call, channel),
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "pending_connected_team_ids": [],
        "shared_team_ids": [call.team["id"]],
        "unlinked": 0,
        "context_team_id": call.team["id"],
        **_properties(call, channel),
    }


def _properties(call: SlackCall, channel: Json) -> Json:
    """What is fixed to a channel: its canvas, by id alone."""
    canvas = call.store.get("slack.file", channel.get("canvas") or "")
    if canvas is None:
        return {}
    return {"properties": {"canvas": {"file_id": canvas["id"], "is_empty": not canvas["markdown"]}}}


def _show_direct_message(call: SlackCall, channel: Json) -> Json:
    (other,) = [user for user in channel["members"] if user != call.caller.user]
    return {
        **{name: channel[name] for name in ("id", "created", "updated", "is_im", "is_archived")},
        "user": other,
        "is_org_shared": False,
        "context_team_id": call.team["id"],
    }


def _milliseconds(call: SlackCall) -> int:
    return int(call.clock.now().timestamp() * 1000)
