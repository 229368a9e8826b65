"""What the lists of both vendors have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def distinct(entries: Iterable[T]) -> list[T]:
    """Each object once, by its id: one that is made while we read shifts another to the next page."""
    keyed = {
        entry.get("id", place) if isinstance(entry, dict) else entry: entry
        for place, entry in enumerate(entries)
    }
    return list(keyed.values())
