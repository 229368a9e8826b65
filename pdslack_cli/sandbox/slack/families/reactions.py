"""`reactions.*` and `pins.*`: marks on messages (slack.md 2.7)."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.channels import is_member, named_channel
from pdslack_cli.sandbox.slack.content.emoji import is_emoji
from pdslack_cli.sandbox.slack.content.messages import (
    find_message,
    save_message,
    show_message,
    show_reactions,
)
from pdslack_cli.sandbox.slack.families.chat import permalink_of
from pdslack_cli.sandbox.slack.refused import SlackRefusal
from pdslack_cli.sandbox.slack.runtime import events

PINS_PER_CHANNEL = 100


def add_reaction(call: SlackCall) -> Json:
    """`reactions.add`."""
    channel, message = _marked(call, "no_access")
    if channel["is_archived"]:
        raise SlackRefusal("is_archived")
    name = _emoji(call)
    reaction = next((given for given in message["reactions"] if given["name"] == name), None)
    if reaction is None:
        reaction = {"name": name, "users": []}
        message["reactions"].append(reaction)
    if call.caller.user in reaction["users"]:
        raise SlackRefusal("already_reacted")
    reaction["users"].append(call.caller.user)
    save_message(call, message)
    events.reaction(call, channel, message, name, added=True)
    return {}


def remove_reaction(call: SlackCall) -> Json:
    """`reactions.remove`."""
    channel, message = _marked(call, "no_access")
    name = _emoji(call)
    mine = [
        given
        for given in message["reactions"]
        if given["name"] == name and call.caller.user in given["users"]
    ]
    if not mine:
        raise SlackRefusal("no_reaction")
    mine[0]["users"].remove(call.caller.user)
    message["reactions"] = [given for given in message["reactions"] if given["users"]]
    save_message(call, message)
    events.reaction(call, channel, message, name, added=False)
    return {}


def get_reactions(call: SlackCall) -> Json:
    """`reactions.get`."""
    channel, message = _message(call)
    shown = {**show_message(call, message), "permalink": permalink_of(call, channel, message)}
    if message["reactions"]:
        shown["reactions"] = show_reactions(message)
    return {"type": "message", "channel": channel["id"], "message": shown}


def add_pin(call: SlackCall) -> Json:
    """`pins.add`."""
    channel, message = _marked(call, "not_in_channel")
    if "pinned" in message:
        raise SlackRefusal("already_pinned")
    if len(_pinned(call, channel)) >= PINS_PER_CHANNEL:
        raise SlackRefusal("too_many_pins")
    message["pinned"] = {"created": call.now, "created_by": call.caller.user}
    save_message(call, message)
    events.pin(call, channel, message["pinned"], show_message(call, message), added=True)
    return {}


def remove_pin(call: SlackCall) -> Json:
    """`pins.remove`."""
    channel, message = _marked(call, "restricted_action")
    if "pinned" not in message:
        raise SlackRefusal("no_pin")
    pinned = message.pop("pinned")
    save_message(call, message)
    events.pin(call, channel, pinned, show_message(call, message), added=False)
    return {}


def list_pins(call: SlackCall) -> Json:
    """`pins.list`: newest first."""
    pinned = sorted(_pinned(call, named_channel(call)), key=lambda message: -message["pinned"]["created"])
    items = [
        {"type": "message", **message["pinned"], "message": show_message(call, message)} for message in pinned
    ]
    return {"items": items}


def _pinned(call: SlackCall, channel: Json) -> list[Json]:
    return [
        message for message in call.store.find("slack.message", channel=channel["id"]) if "pinned" in message
    ]


def _message(call: SlackCall) -> tuple[Json, Json]:
    if not call.arguments.text("timestamp"):
        raise SlackRefusal("no_item_specified")
    channel = named_channel(call)
    return channel, find_message(call, channel, call.arguments.text("timestamp"))


def _marked(call: SlackCall, outsider: str) -> tuple[Json, Json]:
    """The channel and message to mark; a caller who is not in the channel is refused as `outsider`."""
    channel, message = _message(call)
    if not is_member(call, channel):
        raise SlackRefusal(outsider)
    return channel, message


def _emoji(call: SlackCall) -> str:
    name = call.arguments.text("name")
    if not is_emoji(call.store, name):
        raise SlackRefusal("invalid_name")
    return name
