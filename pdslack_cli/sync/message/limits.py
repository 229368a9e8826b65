"""Slack's limits of a message, kept by cutting and leaving out, and never by failing (slack.md 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pdslack_cli.model import Json
from pdslack_cli.sync.message.mrkdwn import cut, web_address

MOST_BLOCKS = 50
MOST_CHARACTERS = 12_000  # in all texts of a message; Slack publishes no number for `msg_blocks_too_long`
LONGEST_FALLBACK = 150

TEXTS: Mapping[tuple[str, str], int] = {
    ("section", "text"): 3000,
    ("section", "fields"): 2000,
    ("header", "text"): 150,
    ("image", "title"): 2000,
    ("button", "text"): 75,
    ("option", "text"): 75,
    ("option", "description"): 75,
    ("option_group", "label"): 75,
    ("confirm", "title"): 100,
    ("confirm", "text"): 300,
    ("confirm", "confirm"): 30,
    ("confirm", "deny"): 30,
    ("context", "elements"): 3000,
    ("", "placeholder"): 150,
}
"""The most characters of a text object, by what holds it and under which name; "" is any holder."""

STRINGS: Mapping[tuple[str, str], int] = {
    ("", "block_id"): 255,
    ("", "action_id"): 255,
    ("", "url"): 3000,
    ("", "image_url"): 3000,
    ("", "alt_text"): 2000,
    ("", "value"): 2000,
    ("option", "value"): 150,
    ("button", "accessibility_label"): 75,
    ("button", "agent_prompt"): 4000,
}
"""The most characters of a plain string; "" is any holder."""

LISTS: Mapping[tuple[str, str], int] = {
    ("section", "fields"): 10,
    ("context", "elements"): 10,
    ("actions", "elements"): 25,
    ("overflow", "options"): 5,
    ("checkboxes", "options"): 10,
    ("radio_buttons", "options"): 10,
    ("select", "options"): 100,
    ("select", "option_groups"): 100,
    ("select", "initial_options"): 100,
    ("option_group", "options"): 100,
}
"""The most items of a list."""

FEWEST_OPTIONS = 2  # of an overflow menu

_TEXT_OBJECTS = ("mrkdwn", "plain_text")
_CHOICES = ("initial_option", "initial_options")
_UNTYPED = {
    "confirm": "confirm",
    "options": "option",
    "option_groups": "option_group",
    **dict.fromkeys(_CHOICES, "option"),
}
_SAME_LIMITS = {"workflow_button": "button"}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "header": ("text",),
    "context": ("elements",),
    "actions": ("elements",),
    "rich_text": ("elements",),
    "image": ("image_url", "alt_text"),
    "button": ("text",),
    "overflow": ("options",),
    "mrkdwn": ("text",),
    "plain_text": ("text",),
}
"""What must not be empty, else the whole is left out."""


def fitted(blocks: Iterable[Json]) -> list[Json]:
    """Return blocks that Slack takes: texts and lists cut, what is empty or too much left out.

    Of too many blocks, those with buttons are kept longest, and the first ones.
    """
    kept = [block for raw in blocks if (block := _fitted(raw, str(raw.get("type")))) is not None]
    kept = [_with_own_id(block, kept[:position]) for position, block in enumerate(kept)]
    spare = sorted(range(len(kept)), key=lambda number: (kept[number]["type"] == "actions", -number))
    left_out: set[int] = set()
    for number in spare:
        size = sum(_size(block) for place, block in enumerate(kept) if place not in left_out)
        if len(kept) - len(left_out) <= MOST_BLOCKS and size <= MOST_CHARACTERS:
            break
        left_out.add(number)
    return [block for number, block in enumerate(kept) if number not in left_out]


class Excess(NamedTuple):
    """A value that Slack would refuse: where, and why."""

    place: str
    message: str


def excesses(blocks: Iterable[Json]) -> Iterator[Excess]:
    """Yield what in these blocks breaks a limit of Slack's."""
    blocks = list(blocks)
    if len(blocks) > MOST_BLOCKS:
        yield Excess("blocks", f"at most {MOST_BLOCKS} blocks, got {len(blocks)}")
    size = sum(map(_size, blocks))
    if size > MOST_CHARACTERS:
        yield Excess("blocks", f"at most {MOST_CHARACTERS} characters in all, got {size}")
    for number, block in enumerate(blocks):
        yield from _excesses(block, str(block.get("type")), f"blocks[{number}]")


def _fitted(element: Json, holder: str) -> Json | None:
    """Return an element within its limits, or None if what it needs is empty."""
    found: Json = {}
    for name, value in element.items():
        fit = _fitted_value(value, holder, name)
        if fit not in (None, "", [], {}):
            found[name] = fit
    missing = [name for name in _NEEDED.get(holder, ()) if name not in found]
    if missing or (holder == "section" and not {"text", "fields"} & found.keys()):
        return None
    if holder == "button" and "url" in element and "url" not in found:
        return None  # it would look like a link and lead nowhere
    if holder == "overflow" and len(found["options"]) < FEWEST_OPTIONS:
        return None
    return _with_offered_choices(found)


def _fitted_value(value: Any, holder: str, name: str) -> Any:
    if isinstance(value, dict):
        most = _limit(TEXTS, holder, name)
        if most is not None and isinstance(value.get("text"), str):
            value = {**value, "text": cut(value["text"], most)}
        return _fitted(value, _holder(value, name))
    if isinstance(value, list):
        items = [_fitted_value(item, holder, name) if isinstance(item, dict) else item for item in value]
        return [item for item in items if item is not None][: LISTS.get((holder, name), len(items))]
    if isinstance(value, str):
        if name in ("url", "image_url"):
            return web_address(value)
        if name == "text" and holder in _TEXT_OBJECTS and not value.strip():
            return ""
        most = _limit(STRINGS, holder, name)
        return value if most is None else value[:most]
    return value


def _excesses(element: Json, holder: str, place: str) -> Iterator[Excess]:
    for name in _NEEDED.get(holder, ()):
        if not element.get(name):
            yield Excess(place, f"the {holder} has no {name}")
    for name, value in element.items():
        here = f"{place}.{name}"
        for item, spot in _items(value, here):
            if isinstance(item, dict):
                text = str(item.get("text", "")) if isinstance(item.get("text"), str) else ""
                yield from _too_long(text, _limit(TEXTS, holder, name), spot)
                yield from _excesses(item, _holder(item, name), spot)
        if isinstance(value, str):
            yield from _too_long(value, _limit(STRINGS, holder, name), here)
        if isinstance(value, list) and len(value) > LISTS.get((holder, name), len(value)):
            yield Excess(here, f"at most {LISTS[holder, name]} items, got {len(value)}")


def _items(value: Any, place: str) -> Iterator[tuple[Any, str]]:
    if isinstance(value, list):
        yield from ((item, f"{place}[{number}]") for number, item in enumerate(value))
    else:
        yield value, place


def _too_long(text: str, most: int | None, place: str) -> Iterator[Excess]:
    if most is not None and len(text) > most:
        yield Excess(place, f"at most {most} characters, got {len(text)}")


def _limit(table: Mapping[tuple[str, str], int], holder: str, name: str) -> int | None:
    return table.get((holder, name), table.get(("", name)))


def _holder(element: Json, name: str) -> str:
    """Return what an element is, for the tables: its type, or by its name where it has no type."""
    kind = str(element.get("type") or _UNTYPED.get(name, ""))
    return "select" if kind.endswith("_select") else _SAME_LIMITS.get(kind, kind)


def _with_offered_choices(element: Json) -> Json:
    """Return the element without initial options that were cut off its list."""
    groups = element.get("option_groups", [])
    offered = [option for one in (element, *groups) for option in one.get("options", [])]
    if not offered:
        return element
    chosen: Json = {"initial_options": [one for one in element.get("initial_options", []) if one in offered]}
    if element.get("initial_option") in offered:
        chosen["initial_option"] = element["initial_option"]
    kept = {name: value for name, value in element.items() if name not in _CHOICES}
    return {**kept, **{name: value for name, value in chosen.items() if value}}


def _with_own_id(block: Json, before: Iterable[Json]) -> Json:
    """Return the block without its id if an earlier one has the same."""
    taken = {other.get("block_id") for other in before}
    if "block_id" in block and block["block_id"] in taken:
        return {name: value for name, value in block.items() if name != "block_id"}
    return block


def _size(value: Any) -> int:
    if isinstance(value, dict):
        own = value.get("text")
        return (len(own) if isinstance(own, str) else 0) + sum(map(_size, value.values()))
    return sum(map(_size, value)) if isinstance(value, list) else 0
