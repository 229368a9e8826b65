"""The difference of two values in the file's own words, line by line; rules and layers by their identity."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

ARROW = "->"

# What YAML reads as text without quotes: no sign at the start, no `: ` or ` #` inside.
_PLAIN = re.compile(r"[\w@/(](?:(?!: | #)[^\n\t])*(?<![:\s])")


class Line(NamedTuple):
    """One line of a difference: how deep it stands, its symbol (`+`, `-`, `~`, or a blank), its text."""

    depth: int
    symbol: str
    text: str


def field_lines(name: str, before: Any, after: Any, depth: int) -> Iterator[Line]:
    """The lines of one field that differs; a None stands for absent."""
    if before is None or after is None:
        symbol = "+" if before is None else "-"
        yield from _whole(name, after if before is None else before, depth, symbol)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        yield Line(depth, "~", f"{name}:")
        for key in [*before, *(key for key in after if key not in before)]:
            if before.get(key) != after.get(key):
                yield from field_lines(str(key), before.get(key), after.get(key), depth + 1)
    elif isinstance(before, list) and isinstance(after, list):
        yield Line(depth, "~", f"{name}:")
        yield from _list_lines(before, after, depth + 1)
    elif _is_long(before) or _is_long(after):
        yield Line(depth, "~", f"{name}:")
        for line in difflib.ndiff(str(before).splitlines(), str(after).splitlines()):
            if line[0] != "?":
                yield Line(depth + 1, line[0], line[2:])
    else:
        yield Line(depth, "~", f"{name}: {shown(before)} {ARROW} {shown(after)}")


def _list_lines(before: Sequence[Any], after: Sequence[Any], depth: int) -> Iterator[Line]:
    """Items are told apart by who they are, so that one inserted rule does not change all later ones."""
    old = {_identity(item, before): item for item in before}
    new = {_identity(item, after): item for item in after}
    matcher = difflib.SequenceMatcher(a=list(old), b=list(new), autojunk=False)
    unchanged = 0
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        for name in list(old)[start:end] if tag in {"delete", "replace"} else ():
            if name not in new:
                yield from _whole(name, old[name], depth, "-", item=True)
        for name in list(new)[new_start:new_end]:
            if name not in old:
                yield from _whole(name, new[name], depth, "+", item=True)
            elif old[name] != new[name]:
                yield from field_lines(name, old[name], new[name], depth)
            elif tag != "equal":
                yield Line(depth, "~", f"{name} (moved)")
            else:
                unchanged += 1
    if unchanged:
        yield Line(depth, " ", f"# ({unchanged} unchanged hidden)")


def _identity(item: Any, siblings: Sequence[Any]) -> str:
    """How people call an item: its label or name, else its condition, else the item itself."""
    if isinstance(item, Mapping):
        for key in ("label", "name"):
            if item.get(key):
                return str(item[key])
        if "otherwise" in item:
            return "otherwise"
        if item.get("if"):
            return condition(item["if"])
        return f"#{siblings.index(item) + 1}"
    return shown(item)


def condition(value: Any) -> str:
    """A rule without a label is called by its condition."""
    return "if " + (" or ".join(map(str, value)) if isinstance(value, list) else str(value))


def _whole(name: str, value: Any, depth: int, symbol: str, *, item: bool = False) -> Iterator[Line]:
    """A value that appears or goes, in full."""
    if isinstance(value, Mapping) and value:
        yield Line(depth, symbol, f"{name}:" if not item else name)
        if item and value.keys() == {name}:
            value = value[name]  # `otherwise` is both the name and all of the rule
        for key, inner in value.items():
            if item and (key in {"label", "name"} or (key == "if" and condition(inner) == name)):
                continue
            yield from _whole(str(key), inner, depth + 1, symbol)
    elif isinstance(value, list) and any(isinstance(inner, Mapping) for inner in value):
        yield Line(depth, symbol, f"{name}:")
        for inner in value:
            yield from _whole(_identity(inner, value), inner, depth + 1, symbol, item=True)
    elif _is_long(value):
        yield Line(depth, symbol, f"{name}:")
        for line in str(value).splitlines():
            yield Line(depth + 1, symbol, line)
    elif item:
        yield Line(depth, symbol, name)
    else:
        yield Line(depth, symbol, f"{name}: {shown(value)}")


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value


def shown(value: Any) -> str:
    """A value as the file would spell it, on one line."""
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
