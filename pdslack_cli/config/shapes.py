"""A pydantic error said in the file's own words, at the place in the file where it is."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Union

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pdslack_cli.config.marks import Marks, Path
from pdslack_cli.config.suggest import suggest
from pdslack_cli.errors import Mark, Problem

LONGEST_VALUE = 60


def problems_of(
    error: ValidationError, model: type[BaseModel], data: object, path: Path, marks: Marks
) -> Iterable[Problem]:
    """The problems behind a validation error of `data`, which stands at `path`."""
    seen: set[tuple[str, Mark | None]] = set()
    details = error.errors(include_url=False)
    for detail in details:
        # pydantic counts the entries that are right, so that a wrong one also makes a list too short.
        if detail["type"] == "too_short" and any(_is_below(detail["loc"], other["loc"]) for other in details):
            continue
        place = _place(detail["loc"], data)
        problem = _problem(detail, model, path, place, marks)
        # A union reports the same value once for each of its branches.
        if (problem.message, problem.mark) not in seen:
            seen.add((problem.message, problem.mark))
            yield problem


def _is_below(loc: tuple[int | str, ...], other: tuple[int | str, ...]) -> bool:
    return len(other) > len(loc) and other[: len(loc)] == loc


def _problem(detail: ErrorDetails, model: type[BaseModel], path: Path, place: Path, marks: Marks) -> Problem:
    label = ".".join(str(part) for part in place if isinstance(part, str))
    context: Mapping[str, Any] = detail.get("ctx", {})
    kind = detail["type"]
    if kind == "extra_forbidden":
        known = _known_keys(model, place[:-1])
        hint = suggest(str(place[-1]), known) or f"known are {', '.join(sorted(known))}"
        return Problem(f"unknown key {place[-1]!r}", marks.key((*path, *place)), hint)
    if kind == "missing":
        what = str(detail["loc"][-1])
        return Problem(
            f"{_last(path, place)!s} has no {what!r}", marks.key((*path, *place)), f"add `{what}:`"
        )
    prefix = f"{label}: " if label else ""
    mark = marks.value((*path, *place))
    if kind == "pdslack":
        if "offset" in context:
            mark = marks.inside((*path, *place), context["offset"])
        return Problem(f"{prefix}{context['message']}", mark, context.get("hint", ""))
    say = _MESSAGES.get(kind)
    message = say(_shown(detail["input"]), context) if say else detail["msg"]
    hint = ""
    if kind in {"literal_error", "enum"}:
        hint = suggest(str(detail["input"]), [word.strip("' ") for word in context["expected"].split(",")])
    return Problem(f"{prefix}{message}", mark, hint)


_MESSAGES: Mapping[str, Callable[[str, Mapping[str, Any]], str]] = {
    "string_type": lambda value, _: f"{value} is not text",
    "int_type": lambda value, _: f"{value} is not a whole number",
    "int_parsing": lambda value, _: f"{value} is not a whole number",
    "int_from_float": lambda value, _: f"{value} is not a whole number",
    "bool_type": lambda value, _: f"{value} is not true or false",
    "bool_parsing": lambda value, _: f"{value} is not true or false",
    "list_type": lambda value, _: f"{value} is not a list",
    "tuple_type": lambda value, _: f"{value} is not a list",
    "dict_type": lambda value, _: f"{value} is not a mapping",
    "model_type": lambda value, _: f"{value} is not a mapping",
    "model_attributes_type": lambda value, _: f"{value} is not a mapping",
    "literal_error": lambda value, ctx: f"{value} is not one of {ctx['expected'].replace(' or ', ', ')}",
    "string_too_long": lambda value, ctx: f"text of more than {ctx['max_length']} characters: {value}",
    "string_too_short": lambda value, _: f"{value} is empty",
    "too_long": lambda value, ctx: f"more than {ctx['max_length']} entries",
    "too_short": lambda value, ctx: f"fewer than {ctx['min_length']} entries",
    "string_pattern_mismatch": lambda value, ctx: f"{value} does not have the form {ctx['pattern']}",
}


def _shown(value: object) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _last(path: Path, place: Path) -> str:
    return "/".join(str(part) for part in (*path, *place)[-2:])


def _place(loc: tuple[int | str, ...], data: object) -> Path:
    """The location without pydantic's own words for validators and union branches."""
    place: list[str | int] = []
    for part in loc:
        inside_list = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if inside_list or (isinstance(data, dict) and part in data):
            data = data[part]  # type: ignore[index]
            place.append(part)
    return tuple(place)


def _known_keys(model: type[BaseModel], place: Path) -> set[str]:
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
