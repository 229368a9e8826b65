"""A difference as lines of text, each with its symbol."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pdslack_cli.engine.content import ABSENT, NAME_KEYS
from pdslack_cli.kinds.fields.secret import HIDDEN, SecretText
from pdslack_cli.render.plan.difference import (
    ADDED,
    CHANGED,
    REMOVED,
    Difference,
    condition,
    item_names,
    text_lines,
)

ARROW = "->"

# What YAML reads as text without quotes: no sign at the start, no `: ` or ` #` inside.
_PLAIN = re.compile(r"[\w@/(](?:(?!: | #)[^\n\t])*(?<![:\s])")


class Line(NamedTuple):
    """A line of a difference: its depth, its symbol (`+`, `-`, `~`, or a blank), its text."""

    depth: int
    symbol: str
    text: str


def lines_of(one: Difference, depth: int) -> Iterator[Line]:
    """Yield the lines of a difference and of all inside of it."""
    before, after = one.before, one.after
    name = one.name or shown(after if after is not ABSENT else before)
    moved = " (moved)" if one.moved else ""
    if one.symbol != CHANGED:
        yield from _whole(name, after if before is ABSENT else before, depth, one.symbol, item=one.item)
    elif one.inner or one.unchanged:
        yield Line(depth, CHANGED, f"{name}:{moved}")
        for inner in one.inner:
            yield from lines_of(inner, depth + 1)
        if one.unchanged:
            yield Line(depth + 1, " ", f"# ({one.unchanged} unchanged hidden)")
    elif before == after:
        yield Line(depth, CHANGED, f"{name}{moved or ': the same text, which now has a different meaning'}")
    else:
        yield from _replaced(name, before, after, depth)


def _replaced(name: str, before: Any, after: Any, depth: int) -> Iterator[Line]:
    """Yield the lines for a value that is replaced completely."""
    if _is_long(before) or _is_long(after):
        if isinstance(before, str) and isinstance(after, str):
            yield Line(depth, CHANGED, f"{name}:")
            yield from (Line(depth + 1, symbol, text) for symbol, text in text_lines(before, after))
            return
    elif not _is_deep(before) and not _is_deep(after):
        yield Line(depth, CHANGED, f"{name}: {shown(before)} {ARROW} {shown(after)}")
        return
    if before is not None:
        yield from _whole(name, before, depth, REMOVED)
    if after is not None:
        yield from _whole(name, after, depth, ADDED)


def _whole(name: str, value: Any, depth: int, symbol: str, *, item: bool = False) -> Iterator[Line]:
    """Yield the lines for a value that is added or removed, in full."""
    if isinstance(value, Mapping) and value:
        yield Line(depth, symbol, f"{name}:" if not item else name)
        if item and value.keys() == {name}:
            value = value[name]  # `otherwise` is both the name and all of the rule
        for key, inner in value.items() if isinstance(value, Mapping) else ():
            if item and (key in NAME_KEYS or (key == "if" and condition(inner) == name)):
                continue
            yield from _whole(str(key), inner, depth + 1, symbol)
    elif isinstance(value, list) and any(isinstance(inner, Mapping) for inner in value):
        yield Line(depth, symbol, f"{name}:")
        for called, inner in zip(item_names(value), value, strict=True):
            yield from _whole(called or shown(inner), inner, depth + 1, symbol, item=True)
    elif _is_long(value):
        yield Line(depth, symbol, f"{name}:")
        for line in value.split("\n"):
            yield Line(depth + 1, symbol, line)
    elif item:
        yield Line(depth, symbol, name)
    else:
        yield Line(depth, symbol, f"{name}: {shown(value)}")


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value


def _is_deep(value: Any) -> bool:
    """Return whether a value takes more than a line."""
    inner = value if isinstance(value, list) else [value]
    return _is_long(value) or any(isinstance(one, Mapping) and one for one in inner)


def shown(value: Any) -> str:
    """Format a value on one line, in the spelling of the file."""
    if isinstance(value, SecretText):
        return HIDDEN
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        items = [shown(item) for item in value]
        return (
            f"[{', '.join(json.dumps(item) if ',' in item and item[0] != '[' else item for item in items)}]"
        )
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {shown(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
