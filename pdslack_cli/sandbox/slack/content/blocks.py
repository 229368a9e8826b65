"""Block Kit's limits, as far as one message is concerned (slack.md 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pdslack_cli.sandbox.slack.arguments import Arguments
from pdslack_cli.sandbox.slack.refused import SlackRefusal, messages

BLOCKS_IN_A_MESSAGE = 50

TEXTS = {
    ("section", "text"): 3000,
    ("header", "text"): 150,
    ("image", "title"): 2000,
    ("button", "text"): 75,
    ("options", "text"): 75,
    ("option_groups", "label"): 75,
    ("confirm", "title"): 100,
    ("confirm", "text"): 300,
    ("confirm", "confirm"): 30,
    ("confirm", "deny"): 30,
}
"""The most characters of a text object, by what it is in: a type, or a field for what has no type."""

PLACEHOLDER = 150

STRINGS = {
    "block_id": 255,
    "action_id": 255,
    "value": 2000,
    "url": 3000,
    "image_url": 3000,
    "alt_text": 2000,
}
"""The maximum length of a plain string, in any block."""

OWN_STRINGS = {
    ("options", "value"): 150,
    ("button", "accessibility_label"): 75,
    ("markdown", "text"): 12_000,
}
"""The same where another is meant in one place."""

STYLES = ("primary", "danger")
SELECTS = ("static_select", "multi_static_select")

LISTS = {
    ("section", "fields"): 10,
    ("context", "elements"): 10,
    ("actions", "elements"): 25,
    ("context_actions", "elements"): 5,
    ("overflow", "options"): 5,
    **{(select, name): 100 for select in SELECTS for name in ("options", "option_groups")},
}
"""The most items of a list."""

FIELD_LENGTH = 2000

NEEDED: dict[str, tuple[str, ...]] = {
    "header": ("text",),
    "context": ("elements",),
    "actions": ("elements",),
    "context_actions": ("elements",),
    "alert": ("text",),
    "card": (),
    "carousel": ("elements",),
    "container": ("child_blocks",),
    "data_table": (),
    "plan": ("title",),
    "table": ("rows",),
    "task_card": ("task_id", "title"),
    "image": ("alt_text",),
    "input": ("label", "element"),
    "rich_text": ("elements",),
    "call": ("call_id",),
    "markdown": ("text",),
    "file": ("external_id", "source"),
    "video": ("title", "video_url", "thumbnail_url", "alt_text"),
    "section": (),
    "divider": (),
}
"""The blocks there are, and what each must have."""


SHAPES: dict[str, type] = {
    "block_id": str,
    "alt_text": str,
    "elements": list,
    "fields": list,
    "accessory": dict,
    "element": dict,
    "label": dict,
}
"""What a field of a block must be, whichever block it is."""

TEXT_OBJECTS = ("section", "header", "alert")
"""The blocks whose text is an object."""

SHAPE_NAMES: dict[type, str] = {str: "a string", list: "an array", dict: "an object"}


def read_blocks(arguments: Arguments) -> list[Any] | None:
    """The blocks of a call, checked; None where it names none."""
    blocks = arguments.structure("blocks", error_code="invalid_blocks_format")
    if blocks is None:
        return None
    if not isinstance(blocks, list):
        raise SlackRefusal("invalid_blocks_format")
    check_blocks(blocks, BLOCKS_IN_A_MESSAGE, "/blocks")
    return blocks


def check_blocks(blocks: list[Any], most: int, root: str, error: str = "invalid_blocks") -> None:
    """Check blocks against Block Kit's limits; `root` is their path. Raises SlackRefusal with the error."""
    problems = list(_problems(blocks, most, root))
    if problems:
        raise SlackRefusal(error, errors=problems, response_metadata=messages(*problems))


def _problems(blocks: list[Any], most: int, root: str) -> Iterator[str]:
    if len(blocks) > most:
        yield f"no more than {most} items allowed [json-pointer:{root}]"
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        pointer = f"{root}/{index}"
        if not isinstance(block, dict) or str(block.get("type")) not in NEEDED:
            yield f"unsupported type [json-pointer:{pointer}/type]"
            continue
        if wrong := list(_wrong_shapes(block, pointer)):
            yield from wrong
            continue
        if block.get("block_id") in seen:
            yield f"block_id already exists [json-pointer:{pointer}/block_id]"
        seen |= {block["block_id"]} if block.get("block_id") else set()
        for name in NEEDED[block["type"]]:
            if name not in block:
                yield f"missing required field: {name} [json-pointer:{pointer}]"
        if block["type"] == "section" and not {"text", "fields"} & block.keys():
            yield f"missing required field: text [json-pointer:{pointer}]"
        if block["type"] == "section" and block.get("text", {}).get("text") == "":
            yield f"must be more than 0 characters [json-pointer:{pointer}/text]"
        if block["type"] == "header" and block.get("text", {}).get("type") == "mrkdwn":
            yield f"unsupported type [json-pointer:{pointer}/text/type]"
        yield from _limits(block, "", pointer)


def _wrong_shapes(block: dict[str, Any], pointer: str) -> Iterator[str]:
    shapes = {**SHAPES, "text": dict} if block["type"] in TEXT_OBJECTS else SHAPES
    for name, shape in shapes.items():
        value = block.get(name)
        if value is None:
            continue
        if not isinstance(value, shape):
            yield f"must provide {SHAPE_NAMES[shape]} [json-pointer:{pointer}/{name}]"
        elif isinstance(value, list) and not all(isinstance(item, dict) for item in value):
            yield f"must provide an object [json-pointer:{pointer}/{name}]"


def _limits(element: dict[str, Any], field: str, pointer: str) -> Iterator[str]:
    kind = str(element.get("type", field))
    if kind in ("button", "confirm") and element.get("style", STYLES[0]) not in STYLES:
        yield f"must be one of {', '.join(STYLES)} [json-pointer:{pointer}/style]"
    for name, value in element.items():
        here = f"{pointer}/{name}"
        if isinstance(value, str):
            yield from _too_long(value, OWN_STRINGS.get((kind, name), STRINGS.get(name)), here)
        elif isinstance(value, dict):
            most = PLACEHOLDER if name == "placeholder" else TEXTS.get((kind, name))
            yield from _too_long(str(value.get("text", "")), most, here)
            yield from _limits(value, name, here)
        elif isinstance(value, list):
            if len(value) > LISTS.get((kind, name), len(value)):
                yield f"no more than {LISTS[kind, name]} items allowed [json-pointer:{here}]"
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    if name == "fields":
                        yield from _too_long(str(item.get("text", "")), FIELD_LENGTH, f"{here}/{index}")
                    yield from _limits(item, name, f"{here}/{index}")


def _too_long(text: str, most: int | None, pointer: str) -> Iterator[str]:
    if most is not None and len(text) > most:
        yield f"must be less than {most + 1} characters [json-pointer:{pointer}]"
