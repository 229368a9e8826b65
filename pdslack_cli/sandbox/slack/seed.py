"""The objects of a new workspace: the fixed catalogue, and those that a seed asks for."""

from __future__ import annotations

from collections.abc import Mapping

from pdslack_cli.model import Json
from pdslack_cli.sandbox.settings import Token, TokenKind
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.auth import token_pair
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content import emoji
from pdslack_cli.sandbox.slack.content.channels import new_channel
from pdslack_cli.sandbox.slack.content.text import escaped
from pdslack_cli.sandbox.slack.families.apps import new_token_pair
from pdslack_cli.sandbox.slack.families.usergroups import new_group
from pdslack_cli.sandbox.slack.families.users import new_user

TOKENS: Mapping[str, TokenKind] = {
    workspace.BOT_TOKEN: "bot",
    workspace.USER_TOKEN: "user",
    workspace.APP_TOKEN: "app",
}


def seed_catalogue(call: SlackCall) -> None:
    """The workspace with its admin, our app's bot, Slackbot, #general and the tokens; what exists stays."""
    if not call.store.all("slack.team"):
        team = {"id": workspace.TEAM, "name": "Sandbox", "domain": workspace.DOMAIN, "created": call.now}
        call.store.insert("slack.team", "team", team)
        admin = {"email": "admin@sandbox.example", "is_admin": True}
        new_user(call, workspace.ADMIN, "admin", "Sandbox Admin", **admin)
        bot = {"is_bot": True, "bot_id": workspace.BOT, "app_id": workspace.APP}
        new_user(call, workspace.BOT_USER, "pdslack", "pdslack", **bot)
        native = {"is_bot": True, "bot_id": workspace.PAGERDUTY_BOT, "app_id": workspace.PAGERDUTY_APP}
        new_user(call, workspace.PAGERDUTY_USER, "pagerduty", "PagerDuty", **native)
        new_user(call, workspace.SLACKBOT, "slackbot", "Slackbot")
        new_channel(call, id=workspace.GENERAL, name="general", is_general=True)
        for token, kind in TOKENS.items():
            Token("slack", kind).save(call.store, token)
    _renew_config_token(call)


def _renew_config_token(call: SlackCall) -> None:
    """The first pair is made by hand on Slack's site; ours comes back when it is gone, as if made again."""
    pair = token_pair(call.store, workspace.CONFIG_TOKEN)
    if pair and pair["exp"] > call.now:
        return
    if pair:
        call.store.delete("slack.token_pair", pair["token"])
    new_token_pair(call, workspace.CONFIG_TOKEN, workspace.REFRESH_TOKEN)


def seed_wanted(call: SlackCall, wanted: Json) -> None:
    """The workspace id, people, channels, user groups and emoji that `wanted` names; what exists stays."""
    if wanted.get("workspace"):
        call.store.replace("slack.team", "team", {**call.team, "id": wanted["workspace"]})
    for person in wanted.get("people") or ():
        _seed_person(call, person)
    for channel in wanted.get("channels") or ():
        _seed_channel(call, {"name": channel} if isinstance(channel, str) else channel)
    for group in wanted.get("user_groups") or ():
        _seed_group(call, {"name": group, "handle": group} if isinstance(group, str) else group)
    for name in wanted.get("emoji") or ():
        if call.store.get(emoji.KIND, name) is None:
            url = f"https://emoji.slack-edge.com/{call.team['id']}/{name}/0.png"
            call.store.insert(emoji.KIND, name, {"id": name, "name": name, "url": url})


def _seed_person(call: SlackCall, person: Json) -> None:
    # Who has a Slack id of their own has it because the two products know them by different addresses.
    email = f"{person['slack']}@slack.example" if person.get("slack") else person["email"]
    if _find_person(call, person.get("slack") or email):
        return
    id_ = person.get("slack") or call.new_id("U")
    address, deleted = email.lower(), bool(person.get("deleted"))
    new_user(
        call, id_, address.partition("@")[0], person.get("name") or address, email=address, deleted=deleted
    )
    general = call.store.get("slack.channel", workspace.GENERAL)
    if general and not deleted:
        general["members"].append(id_)
        call.store.replace("slack.channel", workspace.GENERAL, general)


def _seed_channel(call: SlackCall, channel: Json) -> None:
    if channel.get("workspace") and channel["workspace"] != call.team["id"]:
        # Of other workspaces the sandbox knows the channels, for PagerDuty's app, and nothing else.
        id_ = channel.get("id") or call.new_id("C")
        if call.store.get("slack.channel_elsewhere", id_) is None:
            there = {"id": id_, "name": channel["name"], "workspace": channel["workspace"]}
            call.store.insert("slack.channel_elsewhere", id_, there)
        return
    if call.store.find("slack.channel", name=channel["name"]):
        return
    creator = _person(call, channel.get("creator") or call.caller.user)
    members = [creator, *(_person(call, member) for member in channel.get("members") or ())]
    if channel.get("bot"):
        members.append(workspace.BOT_USER)
    new_channel(
        call,
        name=channel["name"],
        is_private=bool(channel.get("private")),
        is_archived=bool(channel.get("archived")),
        creator=creator,
        members=list(dict.fromkeys(members)),
    )


def _seed_group(call: SlackCall, group: Json) -> None:
    name, handle = escaped(group["name"]), group.get("handle") or ""
    if any(
        name == known["name"] or handle == known["handle"] for known in call.store.all("slack.user_group")
    ):
        return
    users = [_person(call, user) for user in group.get("users") or [call.caller.user]]
    new_group(
        call, name=name, handle=handle, description=escaped(group.get("description") or ""), users=users
    )


def _person(call: SlackCall, wanted: str) -> str:
    """The id of a person named by id, e-mail or name. Raises ValueError if there is none."""
    if not (found := _find_person(call, wanted)):
        raise ValueError(f"nobody in the workspace is called {wanted!r}")
    return found


def _find_person(call: SlackCall, wanted: str) -> str:
    if call.store.get("slack.user", wanted):
        return wanted
    # An index has the addresses: thousands of people may be seeded.
    field, value = ("email", wanted.lower()) if "@" in wanted else ("real_name", wanted)
    found = call.store.find("slack.user", **{field: value})
    return str(found[0]["id"]) if found else ""
