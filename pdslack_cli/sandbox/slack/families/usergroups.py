"""`usergroups.*` (slack.md 2.4)."""

from __future__ import annotations

import re
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.channels import RESERVED
from pdslack_cli.sandbox.slack.content.text import escaped
from pdslack_cli.sandbox.slack.refused import SlackRefusal

HANDLE = re.compile(r"[a-z0-9._-]+")
DESCRIPTION_LENGTH = 140
DEFAULT_CHANNELS = 100


def list_groups(call: SlackCall) -> Json:
    """`usergroups.list`: all at once; disabled groups only if asked for."""
    with_disabled = call.arguments.flag("include_disabled")
    shown = []
    for group in call.store.all("slack.user_group"):
        if group["date_delete"] and not with_disabled:
            continue
        users = {"users": group["users"]} if call.arguments.flag("include_users") else {}
        count = {"user_count": len(group["users"])} if call.arguments.flag("include_count") else {}
        shown.append({**show_group(call, group), **users, **count})
    return {"usergroups": shown}


def create_group(call: SlackCall) -> Json:
    """`usergroups.create`: a group without members."""
    name = call.arguments.text("name")
    if not name.strip():
        raise SlackRefusal("missing_subteam_name")
    handle = call.arguments.text("handle")
    _check_free(call, name, handle)
    group = new_group(
        call,
        name=escaped(name),
        handle=handle,
        description=_description(call),
        channels=_channels(call),
    )
    return _answer(call, group)


def update_group(call: SlackCall) -> Json:
    """`usergroups.update`: what is left out stays; `channels` replaces the list."""
    group = _group(call)
    arguments = call.arguments
    name = arguments.text("name", group["name"])
    handle = arguments.text("handle", group["handle"])
    _check_free(call, name, handle, group["id"])
    group |= {"name": escaped(name), "handle": handle}
    if "description" in arguments:
        group["description"] = _description(call)
    if "channels" in arguments:
        group["channels"] = _channels(call)
        if len(group["channels"]) > DEFAULT_CHANNELS:
            raise SlackRefusal("too_many_linked_channels")
    _save(call, group)
    _pull_in(call, group)
    return _answer(call, group)


def enable_group(call: SlackCall) -> Json:
    """`usergroups.enable`."""
    group = _group(call)
    if not group["date_delete"]:
        raise SlackRefusal("already_enabled")
    group |= {"date_delete": 0, "deleted_by": None}
    _save(call, group)
    return _answer(call, group)


def disable_group(call: SlackCall) -> Json:
    """`usergroups.disable`: the nearest thing to deleting one; name and handle stay taken."""
    group = _group(call)
    if group["date_delete"]:
        raise SlackRefusal("already_disabled")
    group |= {"date_delete": call.now, "deleted_by": call.caller.user}
    _save(call, group)
    return _answer(call, group)


def list_group_users(call: SlackCall) -> Json:
    """`usergroups.users.list`."""
    group = _group(call)
    if group["date_delete"] and not call.arguments.flag("include_disabled"):
        raise SlackRefusal("no_such_subteam")
    return {"users": group["users"]}


def update_group_users(call: SlackCall) -> Json:
    """`usergroups.users.update`: the whole list, never empty; one who cannot be a member fails all."""
    group = _group(call)
    users = list(dict.fromkeys(call.arguments.words("users")))
    if not users:
        raise SlackRefusal("no_users_provided")
    people = [call.store.get("slack.user", user) for user in users]
    if any(person is None or person["deleted"] or person["is_bot"] for person in people):
        raise SlackRefusal("invalid_users")
    group["users"] = users
    _save(call, group)
    _pull_in(call, group)
    return _answer(call, group)


def new_group(call: SlackCall, **fields: Any) -> Json:
    """Keep a group that the caller makes."""
    group: Json = {
        "id": call.new_id("S"),
        "description": "",
        "channels": [],
        "users": [],
        "date_create": call.now,
        "date_update": call.now,
        "date_delete": 0,
        "created_by": call.caller.user,
        "updated_by": call.caller.user,
        "deleted_by": None,
        **fields,
    }
    call.store.insert("slack.user_group", group["id"], group)
    return group


def show_group(call: SlackCall, group: Json) -> Json:
    """The group as Slack answers it."""
    stamps = ("date_create", "date_update", "date_delete", "created_by", "updated_by")
    deleted_by = {"deleted_by": group["deleted_by"]} if group["date_delete"] else {}
    return {
        **{name: group[name] for name in ("id", "name", "handle", "description", *stamps)},
        **deleted_by,
        "team_id": call.team["id"],
        "is_usergroup": True,
        "is_subteam": True,
        "is_external": False,
        "is_idp_group": False,
        "is_membership_locked": False,
        "is_editing_restricted": False,
        "is_section": False,
        "auto_provision": False,
        "prefs": {"channels": group["channels"], "groups": []},
        "channel_count": len(group["channels"]),
    }


def _answer(call: SlackCall, group: Json) -> Json:
    shown = {**show_group(call, group), "users": group["users"]}
    if call.arguments.flag("include_count"):
        # After a write Slack answers the count as text, in listings as a number.
        shown["user_count"] = str(len(group["users"]))
    return {"usergroup": shown}


def _group(call: SlackCall) -> Json:
    group = call.store.get("slack.user_group", call.arguments.text("usergroup"))
    if group is None:
        raise SlackRefusal("no_such_subteam")
    return group


def _check_free(call: SlackCall, name: str, handle: str, own_id: str = "") -> None:
    if handle in RESERVED:
        raise SlackRefusal("forbidden_handle")
    if handle and not HANDLE.fullmatch(handle):
        raise SlackRefusal("bad_handle")
    others = [group for group in call.store.all("slack.user_group") if group["id"] != own_id]
    if any(group["name"] == escaped(name) for group in others):
        raise SlackRefusal("name_already_exists")
    # Handles, channel names and people's names are one namespace, because all of them can be mentioned.
    if handle and (
        any(group["handle"] == handle for group in others)
        or call.store.find("slack.channel", name=handle)
        or call.store.find("slack.user", name=handle)
    ):
        raise SlackRefusal("handle_already_exists")


def _description(call: SlackCall) -> str:
    text = " ".join(call.arguments.text("description").splitlines())
    if len(text) > DESCRIPTION_LENGTH:
        raise SlackRefusal("description_too_long")
    return escaped(text)


def _channels(call: SlackCall) -> list[str]:
    channels = call.arguments.words("channels")
    if any(call.store.get("slack.channel", channel) is None for channel in channels):
        raise SlackRefusal("invalid_channel_provided")
    return channels


def _pull_in(call: SlackCall, group: Json) -> None:
    """Put the members into the default channels; nobody is ever put out of one."""
    for id_ in group["channels"]:
        channel = call.store.get("slack.channel", id_)
        newcomers = [user for user in group["users"] if channel and user not in channel["members"]]
        if channel and newcomers:
            channel["members"] += newcomers
            call.store.replace("slack.channel", id_, channel)


def _save(call: SlackCall, group: Json) -> None:
    group |= {"date_update": call.now, "updated_by": call.caller.user}
    call.store.replace("slack.user_group", group["id"], group)
