"""Shape checks on vendor responses: an unexpected shape is an error that names its place.

Decoded models are built without validation, because live data need not pass the checks of a file. So the
result of `decode` is checked for values whose type is not that of the model, and for raw JSON; without this
check they would fail much later, in a comparison that no longer knows which response they came from.
"""

from __future__ import annotations

import types
from abc import ABC
from collections.abc import Callable, Iterator, Mapping
from functools import cache, wraps
from inspect import isfunction
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel

from pdslack_cli.clients.http.vendor_json import VendorObject, malformed, path_text, reads_answers, type_name
from pdslack_cli.kinds.base.section import Section
from pdslack_cli.model import DataPath, Live

F = TypeVar("F", bound=Callable[..., Any])

SCALARS = (str, bool, int)  # a boolean is an int to Python, and to no vendor
CHECKED = frozenset({*SCALARS, float})


class AnswerReader(ABC):  # noqa: B024 - its kinds have abstract methods
    """Turns an error in a public method, caused by an unexpected response, into a MalformedAnswerError.

    The methods of `Section` read files only and are not wrapped.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, method in list(vars(cls).items()):
            if isfunction(method) and not name.startswith("_") and not hasattr(Section, name):
                setattr(cls, name, reads_answers(CHECKS.get(name, _unchecked)(method)))


def decodes(decode: F) -> F:
    """Decorate a kind's `decode`: a value of an unexpected type raises a MalformedAnswerError."""

    @wraps(decode)
    def checked(self: Any, live: Live, *args: Any, **kwargs: Any) -> Any:
        spec = decode(self, live, *args, **kwargs)
        for value in _unexpected_values(spec, None):
            _refuse(value, live)
        return spec

    return cast("F", checked)


def hashes(method: F) -> F:
    """Decorate `identity`, `aliases` or `needs` of a kind: what nothing can be compared with is refused."""

    @wraps(method)
    def checked(self: Any, live: Live) -> Any:
        found = method(self, live)
        found = tuple(found) if isinstance(found, Iterator) else found
        hash(found)
        return found

    return cast("F", checked)


def _unchecked(method: F) -> F:
    return method


CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "decode": decodes,
    **dict.fromkeys(("identity", "aliases", "needs"), hashes),
}
"""By the method's name, what is checked of its result."""


def _unexpected_values(value: Any, expected: Any) -> Iterator[Any]:
    """Find values that do not fit their annotation: raw JSON, nulls in lists, scalars of another type."""
    if value is None:
        return
    if type(value) in CHECKED:  # first, for most values are scalars
        allowed = _scalars(expected) if expected is not None else ()
        if allowed and type(value) not in allowed:
            yield value
    elif isinstance(value, VendorObject | list):
        yield value
    elif isinstance(value, BaseModel):
        annotations = _annotations(type(value))
        for name in value.model_fields_set:
            yield from _unexpected_values(getattr(value, name), annotations.get(name))
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            allowed_here = _item(expected, place)
            if item is None and _scalars(allowed_here) and type(None) not in _options(allowed_here):
                yield item
            yield from _unexpected_values(item, allowed_here)
    elif isinstance(value, dict):
        yield from (key for key in value if key is None or type(key) in CHECKED - {str})
        for item in value.values():
            yield from _unexpected_values(item, _item(expected, -1))


@cache
def _annotations(model: type[BaseModel]) -> dict[str, Any]:
    return {name: info.annotation for name, info in model.model_fields.items()}


@cache
def _scalars(annotation: Any) -> tuple[type, ...]:
    """Return the scalar types that an annotation allows; () if it allows any non-container value."""
    found: set[type] = set()
    for option in _options(annotation):
        if get_origin(option) is Literal:
            found |= {type(each) for each in get_args(option)}
        elif isinstance(option, type) and issubclass(option, SCALARS):
            found.add(next(scalar for scalar in SCALARS if issubclass(option, scalar)))
        elif option is Any or isinstance(option, TypeVar):
            return ()
    return tuple(found)


@cache
def _item(annotation: Any, place: int) -> Any:
    """Return the annotation of the items of a list (by index) or of the values of a mapping (-1)."""
    for option in _options(annotation):
        arguments = get_args(option)
        if get_origin(option) is tuple and arguments:
            return (
                arguments[0] if arguments[-1] is ... else arguments[place] if place < len(arguments) else None
            )
        if get_origin(option) is dict:
            return arguments[-1]
    return None


def _options(annotation: Any) -> Iterator[Any]:
    """Return the members of a union, without `Annotated` metadata."""
    if get_origin(annotation) is Annotated:
        yield from _options(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for option in get_args(annotation):
            yield from _options(option)
    elif annotation is not None:
        yield annotation


def _refuse(unexpected: Any, live: Live) -> None:
    """Raise a MalformedAnswerError that names the value and its place in the response."""
    what = f"is {type_name(unexpected)}, which is not what it should be"
    if isinstance(unexpected, VendorObject):
        raise malformed(unexpected.origin, path_text(unexpected.path), what)
    left: list[Any] = [live.raw, live.parts]
    while left:
        holder = left.pop()
        for key, value in holder.items() if isinstance(holder, dict) else enumerate(holder):
            if isinstance(holder, VendorObject) and (steps := _steps_to(unexpected, value)) is not None:
                raise malformed(holder.origin, path_text((*holder.path, key, *steps)), what)
            if isinstance(value, dict | list):
                left.append(value)
    raise TypeError(f"a value is {type(unexpected).__name__}")


def _steps_to(unexpected: Any, value: Any) -> DataPath | None:
    """Return the way from a value of an object to the unexpected one: itself, or an item of the list."""
    if value is unexpected and value is not None:  # a null is only unexpected in a list
        return ()
    items = value if isinstance(value, list) else ()
    return next(((place,) for place, item in enumerate(items) if item is unexpected), None)
