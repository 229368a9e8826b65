"""A pydantic error said in the file's own words, at the place in the file where it is."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Union

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pdslack_cli.config.locations import DataPath, Locations
from pdslack_cli.config.suggest import nearest, suggest
from pdslack_cli.errors import Problem
from pdslack_cli.kinds.base.spec import Resource

LONGEST_VALUE = 60

# Fields that are understood but not built: they deserve better than "unknown key".
NOT_YET = frozenset({"canvas", "cache_variables"})


def problems_of(
    error: ValidationError, model: type[BaseModel], data: object, path: DataPath, locations: Locations
) -> Iterable[Problem]:
    """The problems behind a validation error of `data`, which stands at `path`: one for each mistake."""
    found = [_Found(_place(detail["loc"], data), detail) for detail in error.errors(include_url=False)]
    speaker = _Speaker(model, path, locations)
    unknown = [item for item in found if item.kind == "extra_forbidden"]
    meant = {(item.place[:-1], speaker.meant(item)) for item in unknown}
    missing: dict[DataPath, list[str]] = {}
    for item in found:
        if item.kind == "missing" and (item.place, item.missing) not in meant:
            missing.setdefault(item.place, []).append(item.missing)
    yield from (speaker.unknown(item) for item in unknown)
    yield from (speaker.missing(place, names) for place, names in missing.items())
    values = [item for item in found if item.kind not in {"extra_forbidden", "missing"}]
    for place in dict.fromkeys(item.place for item in values):
        deeper = any(len(item.place) > len(place) and item.place[: len(place)] == place for item in found)
        here = [item for item in values if item.place == place]
        # Of a union, each branch has its say: what the value does not even resemble is of no interest.
        said = [item for item in here if item.kind not in _TYPES and not _seems_short(item)]
        wrong = [item for item in here if item.kind in _TYPES]
        if said:
            yield from (speaker.value(item) for item in said)
        elif wrong and not deeper:
            yield speaker.wrong_type(wrong)


def _seems_short(item: _Found) -> bool:
    """Whether a list lacks items only because those that are wrong in themselves do not count."""
    detail = item.detail
    return item.kind == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


class _Found(NamedTuple):
    """One error of pydantic's, and where in the data it is: for what is missing, where it should be."""

    place: DataPath
    detail: ErrorDetails

    @property
    def kind(self) -> str:
        return self.detail["type"]

    @property
    def missing(self) -> str:
        return str(self.detail["loc"][-1])


class _Speaker:
    """Puts errors of one entry into words."""

    def __init__(self, model: type[BaseModel], path: DataPath, locations: Locations) -> None:
        self._model, self._path, self._locations = model, path, locations

    def meant(self, item: _Found) -> str:
        """The key that a misspelt one was meant to be, or ""."""
        return nearest(str(item.place[-1]), _known_keys(self._model, item.place[:-1]))

    def unknown(self, item: _Found) -> Problem:
        key, location = str(item.place[-1]), self._locations.key((*self._path, *item.place))
        known = _known_keys(self._model, item.place[:-1])
        if key in NOT_YET:
            return Problem(f"{key!r} is not supported yet", location, "remove it for now")
        known_keys = f"valid keys are {', '.join(sorted(known))}"
        if self._model is Resource:
            known_keys = f"an entry with `lookup` is only referred to; {known_keys}"
        return Problem(f"unknown key {key!r}", location, suggest(key, known) or known_keys)

    def missing(self, place: DataPath, names: Sequence[str]) -> Problem:
        whole = (*self._path, *place)
        if not whole:
            owner = "the stack"
        elif isinstance(whole[-1], int):
            owner = f"this item of {whole[-2]!r}"
        else:
            owner = repr(whole[-1]) if place else "/".join(map(str, whole))
        message = f"{owner} has no {_listed(repr(name) for name in names)}"
        return Problem(message, self._locations.key(whole), f"add {_listed(f'`{name}:`' for name in names)}")

    def wrong_type(self, items: Sequence[_Found]) -> Problem:
        """What a value is not; several, where it could have been any of them."""
        given = items[0].detail["input"]
        wanted = list(dict.fromkeys(_TYPES[item.kind] for item in items))
        message = f"expected {' or '.join(wanted)}, got {_shown(given)}"
        return self._problem(items[0], message, _how_to_write(wanted[-1], given))

    def value(self, item: _Found) -> Problem:
        detail, context = item.detail, item.detail.get("ctx", {})
        if item.kind == "pdslack":
            return self._problem(item, context["message"], context.get("hint", ""), context.get("offset"))
        say = _SAYINGS.get(item.kind) or _SAYINGS.get(item.kind.rpartition("_")[0])
        if say:
            return self._problem(item, *say(detail["input"], context))
        return self._problem(item, detail["msg"].replace("Input", _shown(detail["input"]), 1), "")

    def _problem(self, item: _Found, message: str, hint: str, offset: int | None = None) -> Problem:
        label = ".".join(part for part in item.place if isinstance(part, str))
        place = (*self._path, *item.place)
        location = self._locations.value(place) if offset is None else self._locations.inside(place, offset)
        return Problem(f"{label}: {message}" if label else message, location, hint)


_TYPES: Mapping[str, str] = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "none_required": "null",
}


def _how_to_write(wanted: str, given: object) -> str:
    scalar = isinstance(given, str | int | float)
    if wanted == "a list":
        return f"write [{given}]" if scalar else "begin each item with `- `"
    if wanted == "text" and scalar:
        return f"put it in quotes: '{given}'"
    return _HOW_TO_WRITE.get(wanted, "")


_HOW_TO_WRITE = {
    "text": "write a single text value",
    "a whole number": "write it in digits",
    "a number": "write it in digits",
    "true or false": "write true or false",
    "a mapping": "write `key: value` below it",
}


def _not_one_of(value: Any, context: Mapping[str, Any]) -> tuple[str, str]:
    expected = context["expected"].replace(" or ", ", ").replace("True", "true")
    hint = suggest(str(value), re.findall("'([^']*)'", expected)) or "use one of these values"
    return f"must be one of {expected}, got {_shown(value)}", hint


def _no_instant(value: Any, _context: Mapping[str, Any]) -> tuple[str, str]:
    return f"{_shown(value)} is not a date and a time", "write it as 2026-01-05T09:00:00"


def _no_duration(value: Any, _context: Mapping[str, Any]) -> tuple[str, str]:
    return f"{_shown(value)} is not a duration", "write it as 30s, 15m, 4h, 2d or 1 week"


# What is wrong with a value that is of the right type, and what to do.
_SAYINGS: Mapping[str, Callable[[Any, Mapping[str, Any]], tuple[str, str]]] = {
    "literal_error": _not_one_of,
    "enum": _not_one_of,
    **dict.fromkeys(("datetime", "datetime_from_date"), _no_instant),
    **dict.fromkeys(("time_delta", "duration"), _no_duration),
    "zone": lambda value, _: (f"{_shown(value)} is not a time zone", "use a name like Europe/Berlin"),
    "string_too_long": lambda value, limits: (
        f"must have at most {_counted(limits['max_length'], 'character')}, got {len(value)}",
        f"shorten it by {len(value) - limits['max_length']}",
    ),
    "string_too_short": lambda value, _: (
        f"must not be empty, got {_shown(value)}",
        "write a value, or leave it out",
    ),
    "too_long": lambda value, limits: (
        f"must have at most {_counted(limits['max_length'], 'item')}, got {len(value)}",
        f"remove {len(value) - limits['max_length']}",
    ),
    "too_short": lambda value, limits: (
        f"must have at least {_counted(limits['min_length'], 'item')}, got {len(value)}",
        f"add {limits['min_length'] - len(value)}, or leave out the field",
    ),
    "greater_than_equal": lambda value, limits: (
        f"must be at least {limits['ge']}, got {_shown(value)}",
        f"write {limits['ge']} or more",
    ),
    "less_than_equal": lambda value, limits: (
        f"must be at most {limits['le']}, got {_shown(value)}",
        f"write {limits['le']} or less",
    ),
    "string_pattern_mismatch": lambda value, limits: (
        f"{_shown(value)} has the wrong format",
        f"it must match {limits['pattern']}",
    ),
}


def _shown(value: object) -> str:
    text = "nothing" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _place(loc: tuple[int | str, ...], data: object) -> DataPath:
    """The location without pydantic's own words for validators and union branches."""
    place: list[str | int] = []
    for part in loc:
        inside_list = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if inside_list or (isinstance(data, dict) and part in data):
            data = data[part]  # type: ignore[index]
            place.append(part)
    return tuple(place)


def _known_keys(model: type[BaseModel], place: DataPath) -> set[str]:
    """The keys that are allowed at a place inside a model."""
    models = {model}
    for part in place:
        if isinstance(part, int):
            continue
        models = {
            inner
            for outer in models
            for name, field in outer.model_fields.items()
            if part in {name, field.alias}
            for inner in _models_in(field.annotation)
        } or models
    return {field.alias or name for found in models for name, field in found.model_fields.items()}


def _models_in(annotation: Any) -> Iterable[type[BaseModel]]:
    origin = typing.get_origin(annotation)
    if origin is None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield annotation
        return
    inner = typing.get_args(annotation)
    if origin not in (Union, types.UnionType):
        inner = tuple(part for part in inner if not isinstance(part, str))
    for part in inner:
        yield from _models_in(part)
