"""Block Kit in calls: blocks, attachments and views are checked against the table, and get ids."""

from __future__ import annotations

from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.arguments import Arguments
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.block_kit import BLOCK_KIT
from pdslack_cli.sandbox.slack.content.shapes import Place
from pdslack_cli.sandbox.slack.content.text import marked_up
from pdslack_cli.sandbox.slack.refused import SlackRefusal, messages

MOST_ATTACHMENTS = 100


def read_blocks(arguments: Arguments) -> list[Any] | None:
    """The blocks of a call, checked; None where it names none."""
    blocks = arguments.structure("blocks", error_code="invalid_blocks_format")
    if blocks is None:
        return None
    if not isinstance(blocks, list):
        raise SlackRefusal("invalid_blocks_format")
    check_surface({"blocks": blocks}, "message", "", "invalid_blocks")
    return blocks


def read_attachments(call: SlackCall) -> list[Json] | None:
    """The attachments of a call, whose blocks are checked and get ids; None where it names none."""
    attachments = call.arguments.structure("attachments")
    if not attachments:
        return attachments if isinstance(attachments, list) else None
    if not (isinstance(attachments, list) and all(isinstance(entry, dict) for entry in attachments)):
        raise SlackRefusal("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackRefusal("too_many_attachments")
    return [_attachment(call, entry, number) for number, entry in enumerate(attachments)]


def _attachment(call: SlackCall, entry: Json, number: int) -> Json:
    if entry.get("blocks") is None:
        return entry
    check_surface(entry, "message", f"/attachments/{number}", "invalid_attachments")
    return {**entry, "blocks": with_ids(call, entry["blocks"])}


def read_content(call: SlackCall) -> Json:
    """What an app writes without a method: text, blocks, attachments, as far as they are there."""
    content: Json = {}
    if "text" in call.arguments:
        content["text"] = marked_up(call.arguments.text("text"))
    blocks = read_blocks(call.arguments)
    if blocks is not None:
        content["blocks"] = with_ids(call, blocks)
    attachments = read_attachments(call)
    return {**content, "attachments": attachments} if attachments else content


def check_surface(holder: Json, surface: str, pointer: str, error: str) -> None:
    """Check a message, modal or Home tab against Block Kit. Raises SlackRefusal with the error."""
    if problems := surface_problems(holder, surface, pointer):
        raise SlackRefusal(error, errors=problems, response_metadata=messages(*problems))


def surface_problems(holder: Json, surface: str, pointer: str) -> list[str]:
    """What is wrong with a message, modal or Home tab."""
    place = Place(pointer, surface, BLOCK_KIT)
    return list(BLOCK_KIT[f"surface/{surface}"].problems(holder, place))


def with_ids(call: SlackCall, blocks: list[Json]) -> list[Json]:
    """The blocks as Slack keeps them: each, and what people can act on in it, with an id."""
    return [_with_ids(call, block) for block in blocks]


def _with_ids(call: SlackCall, block: Json) -> Json:
    named: Json = {name: _acting(call, block[name]) for name in ("accessory", "element") if name in block}
    if block["type"] in ("actions", "context_actions"):
        named["elements"] = [_acting(call, element) for element in block["elements"]]
    return {**_identified(call, block, "block_id"), **named}


def _acting(call: SlackCall, element: Json) -> Json:
    return element if element["type"] == "image" else _identified(call, element, "action_id")


def _identified(call: SlackCall, named: Json, id_: str) -> Json:
    return named if named.get(id_) else {**named, id_: f"sb{call.store.next_number()}"}
