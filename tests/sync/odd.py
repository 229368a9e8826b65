"""Values that no vendor documents, and the places of an answer, event or click where they may turn up."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

ODD = (
    None, [], {}, "x", 7, -1e308, True, "a\0b", ["x"], [None], {"id": None}, "2026-99-99T99:99:99Z", "\ud800",
    2**31, 2**64, "0001-01-01T00:00:00", "2026-01-05T09:00:00",
)  # fmt: skip

Place = tuple[str | int, ...]


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """The way to each value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield (*at, name)
        yield from places(item, (*at, name))


def replaced(value: Any, place: Place, odd: object) -> Any:
    """A copy with another value at a place."""
    changed = inner = copy.deepcopy(value)
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = odd
    return changed
