"""Who am I, and where (slack.md 2.1)."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.settings import Token
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.auth import token_pair
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content import emoji
from pdslack_cli.sandbox.slack.refused import SlackRefusal


def api_test(call: SlackCall) -> Json:
    """`api.test`: returns its arguments; `error` makes it fail with that code."""
    arguments = {"args": call.arguments.all()} if call.arguments.all() else {}
    if "error" in call.arguments:
        raise SlackRefusal(call.arguments.text("error"), **arguments)
    return arguments


def auth_test(call: SlackCall) -> Json:
    """`auth.test`."""
    user = call.store.get("slack.user", call.caller.user) or {}
    shown = {
        "url": workspace_url(call),
        "team": call.team["name"],
        "team_id": call.team["id"],
        "user": user["name"],
        "user_id": user["id"],
        "is_enterprise_install": False,
    }
    if "bot_id" in user:
        shown["bot_id"] = user["bot_id"]
    if call.caller.kind == "app":
        shown |= {"app_id": workspace.APP, "app_name": "pdslack"}
    if pair := token_pair(call.store, call.caller.token):
        shown["expires_in"] = pair["exp"] - call.now
    return shown


def revoke(call: SlackCall) -> Json:
    """`auth.revoke`: the token that calls is good for nothing any more."""
    if call.arguments.flag("test"):
        return {"revoked": False}
    Token("slack", "revoked").save(call.store, call.caller.token)
    return {"revoked": True}


def team_info(call: SlackCall) -> Json:
    """`team.info`: the one workspace there is."""
    if call.arguments.text("team", call.team["id"]) != call.team["id"]:
        raise SlackRefusal("team_not_found")
    if call.arguments.text("domain", call.team["domain"]) != call.team["domain"]:
        raise SlackRefusal("team_not_found")
    shown = {name: call.team[name] for name in ("id", "name", "domain")}
    return {
        "team": {**shown, "email_domain": "", "icon": {"image_default": True}, "url": workspace_url(call)}
    }


def bot_info(call: SlackCall) -> Json:
    """`bots.info`."""
    wanted = call.arguments.text("bot")
    for user in call.store.all("slack.user"):
        if wanted and user.get("bot_id") == wanted:
            bot = {"id": wanted, "app_id": user["app_id"], "user_id": user["id"], "name": user["real_name"]}
            return {"bot": {**bot, "deleted": user["deleted"], "updated": user["updated"], "icons": {}}}
    raise SlackRefusal("bot_not_found")


def custom_emoji(call: SlackCall) -> Json:
    """`emoji.list`: those that the workspace has of its own, with their pictures."""
    own = {one["name"]: one["url"] for one in call.store.all(emoji.KIND)}
    return {"emoji": own, "cache_ts": f"{call.now}.000000"}


def workspace_url(call: SlackCall) -> str:
    """Where people open the workspace."""
    return f"https://{call.team['domain']}.slack.com/"
