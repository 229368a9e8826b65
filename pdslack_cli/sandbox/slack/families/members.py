"""`conversations.*`: who is in a channel (slack.md 2.2)."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.channels import (
    demand_scope,
    is_member,
    members_channel,
    named_channel,
    new_channel,
    real_channel,
    save_channel,
    show_channel,
)
from pdslack_cli.sandbox.slack.paging import page, strict_limit
from pdslack_cli.sandbox.slack.refused import SlackRefusal, invalid_arguments
from pdslack_cli.sandbox.slack.runtime import events

LARGEST_PAGE = 1000
INVITED_AT_ONCE = 100
PEOPLE_IN_A_CONVERSATION = 8


def invite(call: SlackCall) -> Json:
    """`conversations.invite`: without `force` one who cannot come keeps all others out."""
    channel = members_channel(call)
    users = call.arguments.words("users")
    if not users:
        raise SlackRefusal("no_user")
    if len(users) > INVITED_AT_ONCE:
        raise invalid_arguments(f"no more than {INVITED_AT_ONCE} items allowed [json-pointer:/users]")
    problems = {user: error for user in users if (error := _why_not_invited(call, channel, user))}
    errors = [{"user": user, "ok": False, "error": error} for user, error in problems.items()]
    welcome = [user for user in dict.fromkeys(users) if user not in problems]
    if problems and not (welcome and call.arguments.flag("force")):
        raise SlackRefusal(next(iter(problems.values())), errors=errors)
    channel["members"] += welcome
    save_channel(call, channel)
    for user in welcome:
        events.member_joined(call, channel, user)
    return {"channel": show_channel(call, channel), **({"errors": errors} if errors else {})}


def _why_not_invited(call: SlackCall, channel: Json, user: str) -> str:
    person = call.store.get("slack.user", user)
    if person is None:
        return "user_not_found"
    if user == call.caller.user:
        return "cant_invite_self"
    if person["deleted"]:
        return "cant_invite"
    return "already_in_channel" if user in channel["members"] else ""


def kick(call: SlackCall) -> Json:
    """`conversations.kick`: one user at a time, never oneself, never out of #general."""
    channel = real_channel(call)
    user = call.arguments.text("user")
    if channel["is_general"]:
        raise SlackRefusal("cant_kick_from_general")
    if call.store.get("slack.user", user) is None:
        raise SlackRefusal("user_not_found")
    if user == call.caller.user:
        raise SlackRefusal("cant_kick_self")
    if not is_member(call, channel) or user not in channel["members"]:
        raise SlackRefusal("not_in_channel")
    channel["members"].remove(user)
    save_channel(call, channel)
    events.member_left(call, channel, user)
    return {"errors": {}}


def list_members(call: SlackCall) -> Json:
    """`conversations.members`: the ids of all who are in, bots included."""
    channel = named_channel(call)
    strict_limit(call, LARGEST_PAGE)
    members, metadata = page(call, channel["members"], str)
    return {"members": members, "response_metadata": metadata}


def join(call: SlackCall) -> Json:
    """`conversations.join`: public channels only."""
    channel = real_channel(call)
    if channel["is_private"]:
        raise SlackRefusal("method_not_supported_for_channel_type")
    if channel["is_archived"]:
        raise SlackRefusal("is_archived")
    if is_member(call, channel):
        warning = "already_in_channel"
        already = {"warning": warning, "response_metadata": {"warnings": [warning]}}
        return {"channel": show_channel(call, channel), **already}
    channel["members"].append(call.caller.user)
    save_channel(call, channel)
    events.member_joined(call, channel, call.caller.user)
    return {"channel": show_channel(call, channel)}


def leave(call: SlackCall) -> Json:
    """`conversations.leave`."""
    channel = real_channel(call)
    if channel["is_archived"]:
        raise SlackRefusal("is_archived")
    if channel["is_general"]:
        raise SlackRefusal("cant_leave_general")
    if not is_member(call, channel):
        return {"not_in_channel": True}
    if channel["members"] == [call.caller.user]:
        raise SlackRefusal("last_member")
    channel["members"].remove(call.caller.user)
    save_channel(call, channel)
    events.member_left(call, channel, call.caller.user)
    return {}


def open_conversation(call: SlackCall) -> Json:
    """`conversations.open`: a direct message to one person, or a group of up to eight."""
    if "channel" in call.arguments:
        channel = named_channel(call)
        if not (channel["is_im"] or channel["is_mpim"]):
            raise SlackRefusal("method_not_supported_for_channel_type")
        return _opened(call, channel) | {"no_op": True, "already_open": True}
    users = [user for user in dict.fromkeys(call.arguments.words("users")) if user != call.caller.user]
    if not users:
        raise SlackRefusal("not_enough_users" if "users" in call.arguments else "users_list_not_supplied")
    if len(users) > PEOPLE_IN_A_CONVERSATION:
        raise SlackRefusal("too_many_users")
    for user in users:
        check_addressee(call, user)
    demand_scope(call, "mpim" if len(users) > 1 else "im")
    existing = conversation_with(call, users)
    if existing:
        return _opened(call, existing) | {"no_op": True, "already_open": True}
    if call.arguments.flag("prevent_creation"):
        raise SlackRefusal("channel_not_found")
    return _opened(call, new_conversation(call, users))


def check_addressee(call: SlackCall, user: str) -> None:
    """Refuse somebody who does not exist or was deactivated."""
    person = call.store.get("slack.user", user)
    if person is None:
        raise SlackRefusal("user_not_found")
    if person["deleted"]:
        raise SlackRefusal("user_disabled")


def conversation_with(call: SlackCall, users: list[str]) -> Json | None:
    """The direct messages among the caller and exactly these users, if they ever opened any."""
    everybody = {call.caller.user, *users}
    for channel in call.store.all("slack.channel"):
        if (channel["is_im"] or channel["is_mpim"]) and set(channel["members"]) == everybody:
            return channel
    return None


def new_conversation(call: SlackCall, users: list[str]) -> Json:
    """Open direct messages with these users."""
    members = [call.caller.user, *users]
    if len(users) == 1:
        return new_channel(call, id=call.new_id("D"), is_im=True, is_private=True, members=members)
    name = f"mpdm-{'--'.join(sorted(members)).lower()}-1"
    return new_channel(call, id=call.new_id("G"), name=name, is_mpim=True, is_private=True, members=members)


def _opened(call: SlackCall, channel: Json) -> Json:
    if not call.arguments.flag("return_im"):
        return {"channel": {"id": channel["id"]}}
    shown = show_channel(call, channel)
    return {"channel": {name: shown[name] for name in ("id", "created", "is_archived", "is_im")}}
