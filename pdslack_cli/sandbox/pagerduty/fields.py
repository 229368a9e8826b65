"""Validation of request bodies by tables: a name, a check, and a default for each field.

A check takes a value and returns it as the account stores it, or raises `WrongError` with a text like the
vendor's. Fields that no table contains are ignored, as PagerDuty does (pagerduty.md 1.4).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Set
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from pdslack_cli.model import Json
from pdslack_cli.routing.zones import RAILS
from pdslack_cli.sandbox.pagerduty.refusals import FieldError, invalid

Exists = Callable[[str, str], bool]
"""Whether the account has an object of this type and id."""


class WrongError(Exception):
    """A value that PagerDuty refuses; the message follows the field's name."""


Check = Callable[[Any, Exists], Any]


@dataclass(frozen=True)
class Field:
    """One field of a body."""

    check: Check
    required: bool = False
    default: Any = None
    nullable: bool = True
    """Whether null is kept; other fields have their default then, and a required one is never null."""

    fixed: bool = False
    """Whether it is set on creation only; an update may repeat it, and is ignored."""

    def unset(self) -> Any:
        """What a document has where nothing sets the field; its own, for what is done to a document later."""
        return deepcopy(self.default)


Fields = Mapping[str, Field]


def read(fields: Fields, body: Json, exists: Exists, old: Json | None = None) -> Json:
    """Return the document from `body`, or `old` updated by it. Raises Refused with all errors."""
    errors: list[str] = []
    document = _read(fields, body, exists, old, errors)
    if errors:
        raise invalid(*errors)
    return document


def _read(fields: Fields, body: Json, exists: Exists, old: Json | None, errors: list[str]) -> Json:
    document = dict(old or {})
    for name, field in fields.items():
        if old is not None and (name not in body or field.fixed):
            document.setdefault(name, field.unset())
            continue
        value = body[name] if name in body else field.unset()
        if value is None and field.required:
            errors.append(sentence(name, "can't be blank"))
        elif value is None and not field.nullable:
            document[name] = field.unset()  # official clients send null for "none"
        elif value is None or name not in body:
            document[name] = value
        else:
            try:
                document[name] = field.check(value, exists)
            except WrongError as wrong:
                errors.append(sentence(name, str(wrong)))
    return document


def sentence(name: str, wrong: str) -> FieldError:
    """Format `escalation_policy` and `can't be blank` as PagerDuty does."""
    return FieldError(name, f"{name.replace('_', ' ').capitalize()} {wrong}")


def text(longest: int | None = None, *, shortest: int = 0, pattern: str = "", squeeze: bool = False) -> Check:
    """A string; `squeeze` collapses white space."""

    def check(value: Any, exists: Exists) -> str:
        if not isinstance(value, str):
            raise WrongError("must be a string")
        kept: str = " ".join(value.split()) if squeeze else value
        if shortest and not kept.strip():
            raise WrongError("can't be blank")
        if len(kept) < shortest:
            raise WrongError(f"is too short (minimum is {shortest} characters)")
        if longest is not None and len(kept) > longest:
            raise WrongError(f"is too long (maximum is {longest} characters)")
        if pattern and not re.fullmatch(pattern, kept):
            raise WrongError("is invalid")
        return kept

    return check


HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Categories of characters that are not printable; an emoji newer than Python's table has none of them."""

IN_EMOJI = dict.fromkeys((0x200D, *range(0xE0020, 0xE0080)))
"""Format characters inside of emoji."""


def printable(longest: int | None = None, forbidden: str = "") -> Check:
    """A name: not blank, printable, no space at its end."""

    def check(value: Any, exists: Exists) -> str:
        name: str = text(longest, shortest=1)(value, exists)
        hidden = any(unicodedata.category(char) in HIDDEN for char in name.translate(IN_EMOJI))
        if hidden or name != name.rstrip() or set(name) & set(forbidden):
            raise WrongError("contains invalid characters")
        return name

    return check


def prose(longest: int | None = None) -> Check:
    """A text that is null when empty (pagerduty.md 15)."""

    def check(value: Any, exists: Exists) -> str | None:
        return text(longest)(value, exists) or None

    return check


def number(least: int | None = None, most: int | None = None) -> Check:
    """A whole number."""

    def check(value: Any, exists: Exists) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise WrongError("is not a number")
        if least is not None and value < least:
            raise WrongError(f"must be greater than or equal to {least}")
        if most is not None and value > most:
            raise WrongError(f"must be less than or equal to {most}")
        return value

    return check


def event_type(value: Any, exists: Exists) -> str:
    """The words of an event of webhooks: more than are documented are in use (pagerduty.md 9.1)."""
    return str(text(pattern=r"\w+(\.\w+)+")(value, exists))


def boolean(value: Any, exists: Exists) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise WrongError("must be a boolean")
    return value


def one_of(*allowed: str | int) -> Check:
    """One of a few values."""

    def check(value: Any, exists: Exists) -> Any:
        if isinstance(value, bool) or value not in allowed:
            raise WrongError(f"is not one of {', '.join(str(choice) for choice in allowed)}")
        return value

    return check


def instant(value: Any, exists: Exists) -> str:
    """An ISO 8601 time with its offset; also as Go prints it, which Terraform's provider relies on."""
    try:
        moment = datetime.fromisoformat(value.replace(" +0000 UTC", "Z"))
    except (AttributeError, ValueError):
        raise WrongError("is not a valid date") from None
    if moment.tzinfo is None:
        raise WrongError("has no time zone")
    return moment.isoformat().replace("+00:00", "Z")


def time_of_day(value: Any, exists: Exists) -> str:
    """`HH:MM:SS`."""
    return str(text(pattern=r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d")(value, exists))


@cache
def _time_zones() -> Set[str]:
    """Every accepted name. Looking for the tz database's walks through its folders, which takes 30 ms."""
    return available_timezones() | RAILS.keys()


def time_zone(value: Any, exists: Exists) -> str:
    """A name of the tz database or of Rails."""
    if not isinstance(value, str) or value not in _time_zones():
        raise WrongError("is not a valid time zone")
    return value


def reference(*types: str) -> Check:
    """`{id, type}` of an object that exists, its type one of `types`, with or without `_reference`.

    Where it can only be of one type, clients may leave that out.
    """

    def check(value: Any, exists: Exists) -> Json:
        if not isinstance(value, dict) or not isinstance(value.get("id"), str):
            raise WrongError("must be a reference with an id and a type")
        kind = str(value.get("type") or (types[0] if len(types) == 1 else "")).removesuffix("_reference")
        if kind not in types:
            raise WrongError(f"must be of the type {' or '.join(f'{choice}_reference' for choice in types)}")
        if not exists(kind, value["id"]):
            raise WrongError("not found")
        return {"id": value["id"], "type": f"{kind}_reference"}

    return check


def bare_reference(kind: str) -> Check:
    """`{id}` of an object that exists; newer APIs ask for no type."""

    def check(value: Any, exists: Exists) -> Json:
        if not isinstance(value, dict) or not isinstance(value.get("id"), str):
            raise WrongError("must be an object with an id")
        if not exists(kind, value["id"]):
            raise WrongError("not found")
        return {"id": value["id"], "type": f"{kind}_reference"}

    return check


def no_one_or(check: Check) -> Check:
    """A reference; one whose id is null names nobody, which is how clients take a team off."""

    def checked(value: Any, exists: Exists) -> Any:
        return None if isinstance(value, dict) and value.get("id", "") is None else check(value, exists)

    return checked


def id_of(kind: str) -> Check:
    """The id of an object that exists, as a plain string."""

    def check(value: Any, exists: Exists) -> str:
        if not isinstance(value, str) or not exists(kind, value):
            raise WrongError("not found")
        return value

    return check


def list_of(item: Check, *, least: int = 0, most: int | None = None, unique: bool = False) -> Check:
    """An array."""

    def check(value: Any, exists: Exists) -> list[Any]:
        if not isinstance(value, list):
            raise WrongError("must be an array")
        if len(value) < least:
            raise WrongError("can't be blank" if least == 1 else f"must have at least {least} elements")
        if most is not None and len(value) > most:
            raise WrongError(f"must have at most {most} elements")
        items = [_inside(item, element, exists, index) for index, element in enumerate(value)]
        if unique and any(element in items[:index] for index, element in enumerate(items)):
            raise WrongError("must be unique")
        return items

    return check


def _inside(item: Check, element: Any, exists: Exists, index: int) -> Any:
    try:
        return item(element, exists)
    except WrongError as wrong:
        raise WrongError(f"[{index}] {wrong}") from None


def record(fields: Fields) -> Check:
    """An object with a table of its own; always replaced whole."""

    def check(value: Any, exists: Exists) -> Json:
        if not isinstance(value, dict):
            raise WrongError("must be an object")
        errors: list[str] = []
        document = _read(fields, value, exists, None, errors)
        if errors:
            raise WrongError("is invalid: " + "; ".join(errors))
        return document

    return check


def mapping(value: Any, exists: Exists) -> Json:
    """An object with any contents."""
    if not isinstance(value, dict):
        raise WrongError("must be an object")
    return value


def anything(value: Any, exists: Exists) -> Any:
    """No check."""
    return value
