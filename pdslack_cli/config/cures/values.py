"""Hints for values of the wrong type: the accepted form, found by validating candidates."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from pdslack_cli.config.cures.keys import as_key, glued_pair
from pdslack_cli.config.yaml.scalars import as_text, as_yaml
from pdslack_cli.kinds import KIND_NAMED

_HOURS = re.compile(r"([a-z,-]+) +(\d\d?:\d\d) *(?:-|to) *(\d\d?:\d\d)", re.IGNORECASE)
LONGEST = 70


def accepted_form(
    given: object, keys: Iterable[str], accepts: Callable[[object], bool], *, item: bool = False
) -> str:
    """Return the form of `given` that the field, or the `item` of a list, accepts; "" if there is none.

    `keys` are those of a mapping there.
    """
    named = given if item and isinstance(given, dict) and len(given) == 1 else ()
    form = next((form for form in itertools.chain(_forms(given, keys), named) if accepts(form)), None)
    if form is None:
        # Under one of the keys, if there is no doubt under which.
        under = [{key: given} for key in keys] + [
            {key: [given]} for key in keys if not isinstance(given, list)
        ]
        found = [mapping for mapping in under if accepts(mapping)]
        found = [mapping for mapping in found if _USUAL & mapping.keys()] or found
        form = found[0] if len(found) == 1 else None
    written = as_yaml(form) if form is not None else ""
    return written if len(written) <= LONGEST else ""


_NOTHING = frozenset({"false", "never", "no", "none", "off"})
_USUAL = {"responder"}  # of the roles in a team


def _forms(given: object, keys: Iterable[str]) -> Iterator[object]:
    if isinstance(given, str | int | float):
        if isinstance(given, str) and (inside := given.strip("[](){} ")) != given.strip():
            yield from (re.split(" *, *", inside), inside)
        if isinstance(given, str) and re.fullmatch(r"[\w.:/@#-]+( *, *[\w.:/@#-]+)+", given):
            yield re.split(" *, *", given)
        if isinstance(given, str) and (hours := _HOURS.fullmatch(given)):
            yield {"days": hours[1], "from": f"{hours[2]:0>5}", "to": f"{hours[3]:0>5}"}
        yield from ([given], [as_text(given)])
        if isinstance(given, str) and given in keys:
            yield from ({given: True}, {given: {}})
        if isinstance(given, str) and given.lower() in _NOTHING:
            yield []
    elif isinstance(given, dict):
        yield [given]
        if len(given) == 1 and all(isinstance(value, str) for value in given.values()):
            ((key, value),) = given.items()
            if key in KIND_NAMED:
                yield from (f"{key}/{value}", value)
        yield from _named_in(given, keys)
    elif isinstance(given, list):
        pairs = _pairs(given)
        if pairs and all(isinstance(item, dict) and item.keys() & {"value", *_NAMES} for item in given):
            yield dict(pairs)
        if len(given) == 1:
            yield given[0]
        if pairs:
            yield dict(pairs)
            yield turned_round(pairs)


def _pairs(given: list[Any]) -> list[tuple[str, object]]:
    """Return the pairs of `[{name: A, value: b}]` and of `[{A: b}]`, or none."""
    if not all(isinstance(item, dict) and len(item) in {1, 2} for item in given):
        return []
    pairs = [next(iter(item.items())) if len(item) == 1 else tuple(item.values()) for item in given]
    return pairs if all(isinstance(key, str) for key, _ in pairs) else []


_NAMES = ("name", "label", "key", "id", "value", "text", "type")


def _named_in(given: dict[Any, object], keys: Iterable[str]) -> Iterator[object]:
    """Yield the name in `{name: A, …}`, and `[{name: A, type: b}]` for `{A: b}`."""
    for name in (given[word] for word in _NAMES if isinstance(given.get(word), str)):
        yield from (name, [name])
    if not given.keys() & {*_NAMES}:
        for several in itertools.product(*(list(named_forms(*pair, keys)) for pair in given.items())):
            yield list(several)


def named_forms(key: object, value: object, keys: Iterable[str]) -> Iterator[object]:
    """Yield the forms of an item of a list that somebody wrote as `key: value`; `keys` are the item's own."""
    fields = sorted({*keys} - {"name"}, key=lambda field: (field != "type", field))
    if value is None or value in fields:
        yield key
    if isinstance(value, dict):
        yield {"name": key, **value}
    elif value is not None:
        yield from ({"name": key, field: value} for field in fields)
    yield key


def texts_in(given: object) -> Iterator[str]:
    """Yield the texts of a mapping or a list, the last one first: a type stands before the name."""
    values = [*given.values()] if isinstance(given, dict) else given if isinstance(given, list) else []
    yield from (value for value in reversed(values) if isinstance(value, str))


def glued(given: str, keys: Collection[str], *, in_list: bool) -> str:
    """Return `key: value` for `key:value`, `key = value` and `key value`, `- item` for `-item`; else ""."""
    apart = re.fullmatch(r"([\w-]+) (\S.*)", given)
    if (pair := glued_pair(given) or (apart and apart.groups())) and pair[0] in keys:
        return f"{pair[0]}: {pair[1]}"
    return f"- {given[1:]}" if in_list and re.match(r"-[^\s\d-]", given) else ""


def turned_round(pairs: Iterable[tuple[str, object]]) -> dict[str, list[str]]:
    """Return `{manager: [maya]}` for `{maya: manager}`."""
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        found.setdefault(str(value), []).append(key)
    return found


def respellings(given: str) -> Iterator[str]:
    """Yield other spellings of a text that a field with a format of its own may accept."""
    text = given.strip()
    kind, _, key = text.partition("/")
    for form in (
        *([key] if kind in KIND_NAMED else []),
        " ".join(text.split()),
        text.lower(),
        text.upper(),
        as_key(text),
        as_key(text).replace("_", "-"),
    ):
        if form:
            yield from (form, f"/{form.lstrip('/')}", f":{form.strip(':')}:")
    if (inside := text.strip("<>()[]")) != text:
        yield inside
    if "://" in text:
        yield re.sub(r"\s+", "%20", text)
    if re.match(r"[\w-]+(\.[\w-]+)+(/|$)", text):
        yield f"https://{text}"


_VARIABLE = re.compile(
    r"\{\{\s*(?:var\.|vars\.|\$)?([A-Za-z_][\w.-]*)\s*\}\}|\$([A-Za-z_][\w.-]*)|[$%]\(([A-Za-z_][\w.-]*)\)|%\{([A-Za-z_][\w.-]*)\}"
)
_FIELDS = ("event.", "raw_event.", "variables.", "cache_var.", "incident.", "alert.", "pagerduty.")


def as_variable(given: object) -> str:
    """Return `${name}` for a text that is a variable in the syntax of another tool; "" for anything else."""
    found = _VARIABLE.fullmatch(given.strip()) if isinstance(given, str) else None
    name = next(filter(None, found.groups()), "") if found else ""
    return f"${{{name}}}" if name and not name.startswith(_FIELDS) else ""
