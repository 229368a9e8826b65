"""What is wrong with a value of the right type, and what to do, for each type of pydantic's errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pdslack_cli.config.yaml.scalars import as_yaml
from pdslack_cli.suggest import counted

LONGEST_VALUE = 60


def shown(value: object) -> str:
    """Return a value as messages show it, cut if it is long."""
    if isinstance(value, dict | list):
        text = as_yaml(value)
    else:
        text = "nothing" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


CHOICES = frozenset({"literal_error", "enum"})
"""The errors of values that are none of several."""


def choices(context: Mapping[str, Any]) -> Sequence[str | int]:
    """Return the values that an error of `CHOICES` allows."""
    listed = re.findall(r"'([^']*)'|(\d+)|(True|False)", context["expected"])
    return [int(number) if number else text or truth.lower() for text, number, truth in listed]


def _no_instant(value: Any, _context: Mapping[str, Any]) -> tuple[str, str]:
    return f"{shown(value)} is not a date and a time", "write it as 2026-01-05T09:00:00"


def _no_duration(value: Any, _context: Mapping[str, Any]) -> tuple[str, str]:
    return f"{shown(value)} is not a duration", "write it as 30s, 15m, 4h, 2d or 1 week"


def _text_too_short(value: object, _: object) -> tuple[str, str]:
    return f"must not be empty, got {shown(value)}", "write a value, or leave it out"


def _text_too_long(value: Any, limits: Mapping[str, Any]) -> tuple[str, str]:
    characters = counted(limits["max_length"], "character")
    return (
        f"must have at most {characters}, got {len(value)}",
        f"shorten it by {len(value) - limits['max_length']}",
    )


DESCRIPTIONS: Mapping[str, Callable[[Any, Mapping[str, Any]], tuple[str, str]]] = {
    **dict.fromkeys(("datetime", "datetime_from_date"), _no_instant),
    **dict.fromkeys(("time_delta", "duration"), _no_duration),
    "string_too_long": _text_too_long,
    "string_too_short": _text_too_short,
    "too_long": lambda value, limits: (
        # Pydantic counts a text as a list where one of our own validators precedes the limit.
        _text_too_long(value, limits)
        if isinstance(value, str)
        else (
            f"must have at most {counted(limits['max_length'], 'item')}, got {len(value)}",
            f"remove {len(value) - limits['max_length']}",
        )
    ),
    "too_short": lambda value, limits: (
        _text_too_short(value, limits)
        if value is None or isinstance(value, str)
        else ("at least one is required, got none", "add one")
        if limits["min_length"] == 1
        else (
            f"must have at least {counted(limits['min_length'], 'item')}, got {len(value)}",
            f"add {limits['min_length'] - len(value)}",
        )
    ),
    "greater_than_equal": lambda value, limits: (
        f"must be at least {limits['ge']}, got {shown(value)}",
        f"write {limits['ge']} or more",
    ),
    "less_than_equal": lambda value, limits: (
        f"must be at most {limits['le']}, got {shown(value)}",
        f"write {limits['le']} or less",
    ),
    "string_pattern_mismatch": lambda value, limits: (
        f"{shown(value)} has the wrong format",
        f"it must match {limits['pattern']}",
    ),
}
