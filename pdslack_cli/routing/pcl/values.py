"""Values of PCL: their kinds, text form and comparison (orchestration.md 1.6 and 1.7)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum

from pdslack_cli.routing.pcl.regex import SEARCHED_BYTES


class ValueKind(StrEnum):
    """The type of a value. Values are never converted, except to text by `matches`."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    NIL = "nil"
    OBJECT = "object"
    LIST = "list"
    DATETIME = "datetime"


NUMBERS = frozenset({ValueKind.INTEGER, ValueKind.FLOAT})
ORDERED = NUMBERS | {ValueKind.DATETIME}

_KINDS: dict[type, ValueKind] = {
    str: ValueKind.STRING,
    int: ValueKind.INTEGER,
    float: ValueKind.FLOAT,
    bool: ValueKind.BOOLEAN,
    type(None): ValueKind.NIL,
    dict: ValueKind.OBJECT,
    list: ValueKind.LIST,
    datetime: ValueKind.DATETIME,
}


def kind_of(value: object) -> ValueKind:
    """Return the kind of a JSON value or of an aware datetime; anything else is nil."""
    return _KINDS.get(type(value), ValueKind.NIL)


def comparable(left: ValueKind, right: ValueKind) -> bool:
    """Return whether `==` is defined for these kinds. That nil is unequal to nil is (unverified)."""
    return (left is right and left is not ValueKind.NIL) or (left in NUMBERS and right in NUMBERS)


def have_order(left: ValueKind, right: ValueKind) -> bool:
    """Return whether `<` and the like are defined for two values of these kinds."""
    return left in ORDERED and right in ORDERED and comparable(left, right)


def equal(left: object, right: object) -> bool:
    """Compare two comparable values. Python's comparison of integers and floats is exact, like PCL's."""
    if isinstance(left, dict | list):
        # As text, for Python takes a nested true for 1.
        return (text := json_text(left, sort_keys=True)) is not None and text == json_text(
            right, sort_keys=True
        )
    return left == right


def text_of(value: object) -> str | None:
    """Return the text that `matches` searches; None for nil.

    (unverified): the text of floats, booleans and datetimes, and the spacing of lists and objects (none).
    """
    convert = _TEXTS.get(type(value))
    return convert(value) if convert else None


def searched_text(value: object) -> str | None:
    """Return the text of the left side of `matches`: its first 65 536 bytes (orchestration.md 1.2)."""
    text = text_of(value)
    if text is None or len(text) * 4 <= SEARCHED_BYTES:
        return text
    return text.encode(errors="replace")[:SEARCHED_BYTES].decode(errors="ignore")


def float_text(value: float) -> str:
    """Return the shortest text that parses to the same number, always with a decimal point."""
    text = repr(value)
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def json_text(value: object, *, sort_keys: bool = False) -> str | None:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys, default=str)
    except (RecursionError, TypeError, ValueError):
        return None  # deeper than any event can be, or not JSON at all: evaluation never fails


def _integer_text(value: int) -> str | None:
    try:
        return str(value)
    except ValueError:
        return None  # beyond the thousands of digits that Python converts


_TEXTS: dict[type, Callable[..., str | None]] = {
    str: lambda value: value,
    int: _integer_text,
    float: float_text,
    bool: lambda value: "true" if value else "false",
    dict: json_text,
    list: json_text,
    datetime: lambda value: value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S Etc/UTC"),
}
