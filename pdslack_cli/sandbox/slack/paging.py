"""Lists that come in pages (slack.md 1.7)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import TypeVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.refused import SlackRefusal, invalid_arguments

T = TypeVar("T")

DEFAULT = 100
LARGEST = 1000


def page(call: SlackCall, rows: Sequence[T], key: Callable[[T], str]) -> tuple[list[T], Json]:
    """The page of `rows` that the call asks for, and the metadata that leads to the next.

    The cursor names the row that comes next; it expires when that row goes away.
    """
    start = 0
    if cursor := call.arguments.text("cursor"):
        start = _find(rows, key, cursor)
    end = start + limit(call)
    following = _cursor(key(rows[end])) if end < len(rows) else ""
    return list(rows[start:end]), {"next_cursor": following}


def strict_limit(call: SlackCall, maximum: int) -> None:
    """Refuse a limit out of range; methods that do not call this cut it instead."""
    asked = call.arguments.text("limit", str(DEFAULT))
    if not asked.isdecimal() or not 1 <= int(asked) <= maximum:
        raise SlackRefusal("invalid_limit")


def limit(call: SlackCall) -> int:
    """How many rows a page may have."""
    asked = call.arguments.text("limit") or str(DEFAULT)
    if not asked.isdecimal():
        raise invalid_arguments("must be an integer [json-pointer:/limit]")
    return min(int(asked) or DEFAULT, LARGEST)


def _cursor(key: str) -> str:
    return base64.urlsafe_b64encode(f"next:{key}".encode()).decode()


def _find(rows: Sequence[T], key: Callable[[T], str], cursor: str) -> int:
    for index, row in enumerate(rows):
        if _cursor(key(row)) == cursor:
            return index
    raise SlackRefusal("invalid_cursor")
