"""`bookmarks.*` (slack.md 2.5)."""

from __future__ import annotations

import re

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.channels import find_channel, is_member
from pdslack_cli.sandbox.slack.content.text import escaped
from pdslack_cli.sandbox.slack.refused import SlackRefusal, invalid_arguments

PER_CHANNEL = 100
LENGTHS = {"title": 256, "link": 2048}
LINK = re.compile(r"https?://[^\s/?#]+\S*")
EMOJI = re.compile(r":[a-z0-9_+'-]+:")


def list_bookmarks(call: SlackCall) -> Json:
    """`bookmarks.list`: all of a channel, in the order of their rank."""
    channel = find_channel(call, call.arguments.text("channel_id"))
    return {"bookmarks": [_show(call, bookmark) for bookmark in _of_channel(call, channel)]}


def add_bookmark(call: SlackCall) -> Json:
    """`bookmarks.add`: adds another one, also where the same is there already."""
    channel = _own_channel(call)
    if call.arguments.text("type") != "link":
        raise SlackRefusal("invalid_bookmark_type")
    _check_lengths(call)
    link = _checked_link(call.arguments.text("link"))
    emoji = _checked_emoji(call.arguments.text("emoji"))
    if len(_of_channel(call, channel)) >= PER_CHANNEL:
        raise SlackRefusal("too_many_bookmarks")
    bookmark = {
        "id": call.new_id("Bk"),
        "channel_id": channel["id"],
        "title": escaped(call.arguments.text("title")),
        "link": link,
        "emoji": emoji,
        "date_created": call.now,
        "date_updated": 0,
        "rank": f"{call.store.next_number():08d}",
        "last_updated_by_user_id": call.caller.user,
    }
    call.store.insert("slack.bookmark", bookmark["id"], bookmark)
    return {"bookmark": _show(call, bookmark)}


def edit_bookmark(call: SlackCall) -> Json:
    """`bookmarks.edit`: what is left out stays, yet the time of change moves."""
    bookmark = _own_bookmark(call)
    _check_lengths(call)
    if "title" in call.arguments:
        bookmark["title"] = escaped(call.arguments.text("title"))
    if "link" in call.arguments:
        bookmark["link"] = _checked_link(call.arguments.text("link"))
    if "emoji" in call.arguments:
        bookmark["emoji"] = _checked_emoji(call.arguments.text("emoji"))
    bookmark |= {"date_updated": call.now, "last_updated_by_user_id": call.caller.user}
    call.store.replace("slack.bookmark", bookmark["id"], bookmark)
    return {"bookmark": _show(call, bookmark)}


def remove_bookmark(call: SlackCall) -> Json:
    """`bookmarks.remove`."""
    call.store.delete("slack.bookmark", _own_bookmark(call)["id"])
    return {}


def _of_channel(call: SlackCall, channel: Json) -> list[Json]:
    found = call.store.find("slack.bookmark", channel_id=channel["id"])
    return sorted(found, key=lambda bookmark: str(bookmark["rank"]))


def _own_channel(call: SlackCall) -> Json:
    channel = find_channel(call, call.arguments.text("channel_id"))
    if not is_member(call, channel):
        raise SlackRefusal("permission_denied")
    return channel


def _own_bookmark(call: SlackCall) -> Json:
    channel = _own_channel(call)
    bookmark = call.store.get("slack.bookmark", call.arguments.text("bookmark_id"))
    if bookmark is None or bookmark["channel_id"] != channel["id"]:
        raise SlackRefusal("not_found")
    return bookmark


def _check_lengths(call: SlackCall) -> None:
    for name, most in LENGTHS.items():
        if len(call.arguments.text(name)) > most:
            raise invalid_arguments(f"must be less than {most + 1} characters [json-pointer:/{name}]")


def _checked_link(link: str) -> str:
    if not LINK.fullmatch(link):
        raise SlackRefusal("invalid_link")
    return link


def _checked_emoji(emoji: str) -> str:
    if emoji and not EMOJI.fullmatch(emoji):
        raise SlackRefusal("invalid_emoji")
    return emoji


def _show(call: SlackCall, bookmark: Json) -> Json:
    return {
        **bookmark,
        "type": "link",
        "entity_id": None,
        "icon_url": "",
        "last_updated_by_team_id": call.team["id"],
        "shortcut_id": None,
        "app_id": None,
    }
