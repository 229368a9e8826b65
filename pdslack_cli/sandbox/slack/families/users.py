"""`users.*`: the people and bots of the workspace (slack.md 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.paging import page
from pdslack_cli.sandbox.slack.refused import SlackRefusal

UNPAGED = 1000
"""How many users Slack lists at once when no limit is given."""
UNDISTURBED: Mapping[str, Any] = {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}
"""The rest of somebody who asked for none."""


def new_user(call: SlackCall, id: str, name: str, real_name: str, **fields: Any) -> Json:  # noqa: A002
    """Keep a user; `fields` are what differs from an ordinary person without e-mail."""
    user: Json = {
        "id": id,
        "name": name,
        "real_name": real_name,
        "email": "",
        "deleted": False,
        "is_bot": False,
        "is_admin": False,
        "updated": call.now,
        **fields,
    }
    call.store.insert("slack.user", id, user)
    return user


def show_user(call: SlackCall, user: Json) -> Json:
    """The user as Slack answers it; the e-mail needs a scope of its own."""
    profile: Json = {
        "real_name": user["real_name"],
        "real_name_normalized": user["real_name"],
        "display_name": user["name"],
        "display_name_normalized": user["name"],
        "status_text": "",
        "status_emoji": "",
        "status_expiration": 0,
        "team": user.get("team_id", call.team["id"]),
    }
    if user["email"] and call.has("users:read.email"):
        profile["email"] = user["email"]
    if "bot_id" in user:
        profile |= {"bot_id": user["bot_id"], "api_app_id": user["app_id"]}
    return {
        **{
            name: user[name]
            for name in ("id", "name", "real_name", "deleted", "is_bot", "is_admin", "updated")
        },
        "team_id": user.get("team_id", call.team["id"]),
        "tz": "Etc/UTC",
        "tz_label": "Coordinated Universal Time",
        "tz_offset": 0,
        "profile": profile,
        "is_owner": user["is_admin"],
        "is_primary_owner": user["is_admin"],
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_app_user": False,
    }


def user_profile(call: SlackCall) -> Json:
    """`users.profile.get`: of oneself, where nobody is named."""
    shown = show_user(call, _existing(call, call.arguments.text("user") or call.caller.user))
    return {"profile": {name: value for name, value in shown["profile"].items() if name != "team"}}


def presence(call: SlackCall) -> Json:
    """`users.getPresence`: active users are present; callers get more details about themselves."""
    asked = call.arguments.text("user") or call.caller.user
    shown: Json = {"presence": "away" if _existing(call, asked)["deleted"] else "active"}
    if asked == call.caller.user:
        shown |= {"online": True, "auto_away": False, "manual_away": False, "connection_count": 1}
    return shown


def do_not_disturb(call: SlackCall) -> Json:
    """`dnd.info`: nobody has asked for rest."""
    _existing(call, call.arguments.text("user") or call.caller.user)
    return dict(UNDISTURBED)


def do_not_disturb_of_team(call: SlackCall) -> Json:
    """`dnd.teamInfo`: of the users who exist."""
    asked = call.arguments.words("users")
    return {"users": {id_: UNDISTURBED for id_ in asked if call.store.get("slack.user", id_)}}


def _existing(call: SlackCall, id_: str) -> Json:
    user = call.store.get("slack.user", id_)
    if user is None:
        raise SlackRefusal("user_not_found")
    return user


def look_up_by_email(call: SlackCall) -> Json:
    """`users.lookupByEmail`: who was deactivated is not found."""
    email = call.arguments.text("email").casefold()
    for user in call.store.all("slack.user"):
        if email and user["email"].casefold() == email and not user["deleted"]:
            return {"user": show_user(call, user)}
    raise SlackRefusal("users_not_found")


def user_info(call: SlackCall) -> Json:
    """`users.info`."""
    return {"user": show_user(call, _existing(call, call.arguments.text("user")))}


def list_users(call: SlackCall) -> Json:
    """`users.list`: everybody, deactivated people and bots included."""
    users, metadata = call.store.all("slack.user"), {"next_cursor": ""}
    if "limit" in call.arguments or "cursor" in call.arguments:
        users, metadata = page(call, users, lambda user: str(user["id"]))
    elif len(users) > UNPAGED:
        raise SlackRefusal("limit_required")
    return {
        "members": [show_user(call, user) for user in users],
        "cache_ts": call.now,
        "response_metadata": metadata,
    }
