"""What the app is sent when people act (slack.md 7.5)."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.messages import new_timestamp, show_message
from pdslack_cli.sandbox.slack.runtime.filling import ActiveElement

COPIED = ("type", "action_id", "value", "style", "text", "url")


def common(call: SlackCall, kind: str, user: str) -> Json:
    """The part of every payload."""
    person = call.store.get("slack.user", user) or {"name": user}
    return {
        "type": kind,
        "user": {"id": user, "username": person["name"], "name": person["name"], "team_id": call.team["id"]},
        "api_app_id": workspace.APP,
        "token": "sandbox-verification-token",
        "team": {"id": call.team["id"], "domain": call.team["domain"]},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def block_actions(
    call: SlackCall, user: str, message: Json, acted: ActiveElement, chosen: Json, state: Json
) -> Json:
    """A click on an element of a message; `chosen` is what a select or picker was set to."""
    return {
        **common(call, "block_actions", user),
        **in_message(call, message, acted),
        "state": {"values": state},
        "actions": [action(call, acted, chosen)],
    }


def in_message(call: SlackCall, message: Json, acted: ActiveElement) -> Json:
    """Where an element is that somebody uses in a message."""
    channel = call.store.get("slack.channel", message["channel"]) or {"id": message["channel"], "name": ""}
    container = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel["id"],
        "is_ephemeral": "only_for" in message,
        **({"thread_ts": message["thread_ts"]} if "thread_ts" in message else {}),
        **_attachment(message, acted),
    }
    shown = {} if "only_for" in message else {"message": show_message(call, message)}
    return {
        "container": container,
        "channel": {"id": channel["id"], "name": channel.get("name") or "directmessage"},
        **shown,
    }


def in_view(view: Json) -> Json:
    """Where an element is that somebody uses in a view."""
    return {"container": {"type": "view", "view_id": view["id"]}, "view": view}


def _attachment(message: Json, acted: ActiveElement) -> Json:
    """Which attachment of a message an element is in, where it is in one."""
    for number, entry in enumerate(message.get("attachments") or (), 1):
        if any(block.get("block_id") == acted.block_id for block in entry.get("blocks") or ()):
            return {"type": "message_attachment", "attachment_id": number, "is_app_unfurl": False}
    return {}


def view_actions(call: SlackCall, user: str, view: Json, acted: ActiveElement, chosen: Json) -> Json:
    """A click on an element of a view: no channel, no message."""
    return {
        **common(call, "block_actions", user),
        **in_view(view),
        "actions": [action(call, acted, chosen)],
    }


def action(call: SlackCall, acted: ActiveElement, chosen: Json) -> Json:
    """One entry of `actions`."""
    copied = {name: acted.element[name] for name in COPIED if name in acted.element}
    return {**copied, "block_id": acted.block_id, **chosen, "action_ts": new_timestamp(call)}


def view_submission(call: SlackCall, user: str, view: Json) -> Json:
    """The form of a view, sent off."""
    return {**common(call, "view_submission", user), "view": view, "response_urls": []}


def shortcut(call: SlackCall, user: str, callback_id: str) -> Json:
    """A global shortcut: it knows no channel."""
    return {
        **common(call, "shortcut", user),
        "callback_id": callback_id,
        "action_ts": new_timestamp(call),
    }


def message_shortcut(call: SlackCall, user: str, callback_id: str, message: Json) -> Json:
    """A shortcut from the menu of a message."""
    channel = call.store.get("slack.channel", message["channel"]) or {"id": message["channel"], "name": ""}
    return {
        **common(call, "message_action", user),
        "callback_id": callback_id,
        "action_ts": new_timestamp(call),
        "message_ts": message["ts"],
        "channel": {"id": channel["id"], "name": channel.get("name") or "directmessage"},
        "message": show_message(call, message),
    }


def block_suggestion(call: SlackCall, user: str, place: Json, acted: ActiveElement, typed: str) -> Json:
    """Somebody types into a select whose options the app knows; `place` is what block actions say of it."""
    return {
        **common(call, "block_suggestion", user),
        **place,
        "action_id": acted.id,
        "block_id": acted.block_id,
        "value": typed,
    }


def slash_command(call: SlackCall, user: str, channel: Json, command: str, text: str) -> Json:
    """A slash command: flat fields of a form."""
    person = call.store.get("slack.user", user) or {"name": user}
    return {
        "token": "sandbox-verification-token",
        "team_id": call.team["id"],
        "team_domain": call.team["domain"],
        "channel_id": channel["id"],
        "channel_name": channel.get("name") or "directmessage",
        "user_id": user,
        "user_name": person["name"],
        "command": command,
        "text": text,
        "api_app_id": workspace.APP,
        "enterprise_id": "",
        "enterprise_name": "",
        "is_enterprise_install": "false",
    }
