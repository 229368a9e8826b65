"""What the body of a control request may hold, and what is wrong with one that holds something else.

The fields that are checked are those that the list of endpoints shows, so that a message says what it says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from inspect import Parameter, signature
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from pdslack_cli.sandbox.settings import STRICT, shortened, unknown

MOST_KEYS = 20
WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", NoneType: "null"}


@dataclass(frozen=True)
class BodyField:
    """One field of a body. `check` raises ValueError for what it cannot hold, in words for the caller."""

    meaning: str
    check: Callable[[Any], object]
    required: bool = True


def typed(annotation: Any, meaning: str = "", *, required: bool = True) -> BodyField:
    """A field of a type, with the type in words unless another meaning is given."""
    meaning = meaning or in_words(annotation)

    def check(value: Any) -> None:
        try:
            TypeAdapter(annotation, config=STRICT).validate_python(value)
        except ValidationError as wrong:
            own = next((one["ctx"]["error"] for one in wrong.errors() if one["type"] == "value_error"), None)
            raise ValueError(str(own) if own else f"expected {meaning}, got {shown(value)}") from None

    return BodyField(meaning, check, required)


def fields_of(model: type, *, optional: Collection[str] = ()) -> Mapping[str, BodyField]:
    """The fields of a dataclass; those of `optional` may be left out though it has no default for them."""
    types = get_type_hints(model, include_extras=True)
    return {
        one.name: typed(types[one.name], required=one.default is MISSING and one.name not in optional)
        for one in fields(model)
    }


def arguments_of(act: Callable[..., Any]) -> Mapping[str, BodyField]:
    """The arguments of an act of a person."""
    return {
        name: typed(one.annotation, required=one.default is Parameter.empty)
        for name, one in signature(act, eval_str=True).parameters.items()
        if name != "self"
    }


def in_words(annotation: Any) -> str:
    """A type in words: "a whole number from 1 to 9"."""
    arguments = get_args(annotation)
    match get_origin(annotation):
        case origin if origin is Annotated:
            return _limited(in_words(arguments[0]), arguments[1:])
        case origin if origin is Literal:
            return f"one of {', '.join(map(str, arguments))}"
        case origin if origin in (Union, UnionType):
            return " or ".join(map(in_words, arguments))
        case origin if origin is list:
            return "a list of texts"
        case origin if origin is dict:
            return "an object"
        case _:
            return WORDS[annotation]


def _limited(words: str, annotations: tuple[Any, ...]) -> str:
    for info in (one for one in annotations if isinstance(one, FieldInfo)):
        if info.description:
            return info.description
        least = next((one.ge for one in info.metadata if isinstance(one, Ge)), None)
        most = next((one.le for one in info.metadata if isinstance(one, Le)), None)
        if least is not None and most is not None:
            return f"{words} from {least} to {most:.0f}"
    return words


def check_body(known: Mapping[str, BodyField], body: Any) -> None:
    """Raise ValueError that lists all that is wrong with a body."""
    if mistakes := list(mistakes_in(known, body)):
        raise ValueError("; ".join(mistakes))


def mistakes_in(known: Mapping[str, BodyField], body: Any) -> Iterator[str]:
    """What is wrong with a body."""
    if not isinstance(body, dict):
        yield f"expected an object, got {shown(body)}"
        return
    yield from unknown_keys(known, body)
    for name, field in known.items():
        if name in body:
            try:
                field.check(body[name])
            except ValueError as wrong:
                yield f"{name}: {wrong}"
        elif field.required:
            yield f"{name!r} is missing; expected {field.meaning}"


def unknown_keys(known: Collection[str], found: Collection[str]) -> Iterator[str]:
    """What is wrong with the keys of an object."""
    for key in list(found)[:MOST_KEYS]:
        if key not in known:
            yield unknown("key", key, known)


def shown(value: Any) -> str:
    """A value as a message shows it."""
    return shortened(repr(value) if isinstance(value, str) else json.dumps(value))
