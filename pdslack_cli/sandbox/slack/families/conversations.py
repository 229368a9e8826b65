"""`conversations.*`: channels themselves (slack.md 2.2)."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.channels import (
    SCOPE_PREFIX,
    check_name,
    demand_scope,
    find_channel,
    is_member,
    is_visible,
    kind_of,
    members_channel,
    name_in_use,
    named_channel,
    new_channel,
    real_channel,
    save_channel,
    show_channel,
)
from pdslack_cli.sandbox.slack.content.messages import announce
from pdslack_cli.sandbox.slack.content.text import marked_up
from pdslack_cli.sandbox.slack.paging import page, strict_limit
from pdslack_cli.sandbox.slack.refused import SlackRefusal
from pdslack_cli.sandbox.slack.runtime import events

LARGEST_PAGE = 999
TEXT_LENGTH = 250


def list_channels(call: SlackCall) -> Json:
    """`conversations.list`: every public channel, and the others the caller is in.

    Slack filters after it cuts pages, so a page may be short or empty while more follow (slack.md 1.7).
    """
    wanted = wanted_types(call)
    channels, metadata = channel_page(call, call.store.all("slack.channel"))
    shown = [
        show_channel(call, channel) | ({} if channel["is_im"] else {"num_members": len(channel["members"])})
        for channel in channels
        if kind_of(channel) in wanted and is_visible(call, channel)
    ]
    return {"channels": shown, "response_metadata": metadata}


def list_channels_of_user(call: SlackCall) -> Json:
    """`users.conversations`: the channels that the user, by default the caller, is in."""
    user = call.arguments.text("user") or call.caller.user
    wanted = wanted_types(call)
    inside = [channel for channel in call.store.all("slack.channel") if user in channel["members"]]
    channels, metadata = channel_page(call, inside)
    shown = [
        {name: value for name, value in show_channel(call, channel).items() if name != "is_member"}
        for channel in channels
        if kind_of(channel) in wanted and is_visible(call, channel)
    ]
    return {"channels": shown, "response_metadata": metadata}


def channel_page(call: SlackCall, channels: list[Json]) -> tuple[list[Json], Json]:
    """One page of `channels`; of those in it, the archived ones only if the call does not exclude them."""
    strict_limit(call, LARGEST_PAGE)
    shown, metadata = page(call, channels, lambda channel: str(channel["id"]))
    without_archived = call.arguments.flag("exclude_archived")
    return [channel for channel in shown if not (without_archived and channel["is_archived"])], metadata


def wanted_types(call: SlackCall) -> set[str]:
    """The types of channel asked for. A space after a comma hides what follows it (slack.md 1.7)."""
    names = call.arguments.text("types", "public_channel").split(",")
    spaced = next((index for index, name in enumerate(names) if name != name.strip()), len(names))
    wanted = set(names[:spaced])
    if not wanted <= SCOPE_PREFIX.keys():
        raise SlackRefusal("invalid_types")
    for kind in wanted:
        try:
            demand_scope(call, kind)
        except SlackRefusal as refused:
            raise SlackRefusal("invalid_types") from refused
    return wanted


def channel_info(call: SlackCall) -> Json:
    """`conversations.info`."""
    channel = named_channel(call)
    shown = show_channel(call, channel)
    if call.arguments.flag("include_num_members"):
        shown["num_members"] = len(channel["members"])
    return {"channel": shown}


def create_channel(call: SlackCall) -> Json:
    """`conversations.create`: the caller becomes creator and member."""
    name, is_private = call.arguments.text("name"), call.arguments.flag("is_private")
    demand_scope(call, "private_channel" if is_private else "public_channel")
    check_name(name)
    if name_in_use(call, name):
        raise SlackRefusal("name_taken")
    channel = new_channel(call, name=name, is_private=is_private)
    events.channel_created(call, channel)
    return {"channel": show_channel(call, channel)}


def rename_channel(call: SlackCall) -> Json:
    """`conversations.rename`: for its creator and for admins."""
    channel = members_channel(call)
    name = call.arguments.text("name")
    caller = call.store.get("slack.user", call.caller.user)
    if channel["creator"] != call.caller.user and not (caller and caller["is_admin"]):
        raise SlackRefusal("not_authorized")
    check_name(name)
    if name != channel["name"]:
        if name_in_use(call, name):
            raise SlackRefusal("name_taken")
        channel["previous_names"].insert(0, channel["name"])
        channel["name"] = name
        save_channel(call, channel)
        events.channel_renamed(call, channel)
    return {"channel": show_channel(call, channel)}


def archive_channel(call: SlackCall) -> Json:
    """`conversations.archive`: puts the channel away and its bots out."""
    channel = real_channel(call)
    if channel["is_archived"]:
        raise SlackRefusal("already_archived")
    if channel["is_general"]:
        raise SlackRefusal("cant_archive_general")
    if not is_member(call, channel):
        raise SlackRefusal("not_in_channel")
    events.channel_archived(call, channel)
    bots = {user["id"] for user in call.store.all("slack.user") if user["is_bot"]}
    channel["members"] = [user for user in channel["members"] if user not in bots]
    channel["is_archived"] = True
    save_channel(call, channel)
    return {}


def unarchive_channel(call: SlackCall) -> Json:
    """`conversations.unarchive`: not for bots, which archiving put out (slack.md 6)."""
    channel = real_channel(call)
    if not channel["is_archived"]:
        raise SlackRefusal("not_archived")
    if call.caller.kind == "bot":
        raise SlackRefusal("not_in_channel")
    channel["is_archived"] = False
    save_channel(call, channel)
    events.channel_unarchived(call, channel)
    return {}


def set_topic(call: SlackCall) -> Json:
    """`conversations.setTopic`."""
    return _set_text(call, "topic")


def set_purpose(call: SlackCall) -> Json:
    """`conversations.setPurpose`."""
    return _set_text(call, "purpose")


def _set_text(call: SlackCall, field: str) -> Json:
    channel = members_channel(call)
    text = call.arguments.text(field)
    if len(text) > TEXT_LENGTH:
        raise SlackRefusal("too_long")
    value = marked_up(text)
    channel[field] = {"value": value, "creator": call.caller.user, "last_set": call.now}
    save_channel(call, channel)
    announce(call, channel, f"channel_{field}", f"set the channel {field}: {value}", **{field: value})
    return {"channel": show_channel(call, find_channel(call, channel["id"]))}
