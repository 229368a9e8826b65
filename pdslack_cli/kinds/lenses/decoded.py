"""A check of what `decode` gives: every value is of the type that its model says, and no piece of raw JSON.

Decoded models are built without validation, since what is live need not pass the checks of a file. A value
of another type would end much later, in a comparison that knows no answer.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from functools import cache, wraps
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel

from pdslack_cli.clients.http.vendor_json import VendorObject, malformed, path_text, type_name
from pdslack_cli.model import Live

F = TypeVar("F", bound=Callable[..., Any])

SCALARS = (str, int, bool)


def decodes(decode: F) -> F:
    """Decorate a kind's `decode`: a value of another type than the model's is a MalformedAnswerError."""

    @wraps(decode)
    def checked(self: Any, live: Live, *args: Any, **kwargs: Any) -> Any:
        spec = decode(self, live, *args, **kwargs)
        for value in _misfits(spec, None):
            _refuse(value, live)
        return spec

    return cast("F", checked)


def _misfits(value: Any, expected: Any) -> Iterator[Any]:
    """The values that are not what is expected: raw JSON, or a scalar of another type."""
    if isinstance(value, VendorObject | list):
        yield value
    elif isinstance(value, BaseModel):
        annotations = _annotations(type(value))
        for name in value.model_fields_set:
            yield from _misfits(getattr(value, name), annotations.get(name))
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from _misfits(item, _item(expected, place))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _misfits(item, _item(expected, -1))
    elif type(value) in (*SCALARS, float) and expected is not None:
        allowed = _scalars(expected)
        if allowed and not isinstance(value, allowed):
            yield value


@cache
def _annotations(model: type[BaseModel]) -> dict[str, Any]:
    return {name: info.annotation for name, info in model.model_fields.items()}


@cache
def _scalars(annotation: Any) -> tuple[type, ...]:
    """The scalar types that an annotation allows; () where it allows anything else that is no container."""
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
    """What an annotation says of the items of a list (by place) or of the values of a mapping (-1)."""
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
    """The members of a union, without what annotations add."""
    if get_origin(annotation) is Annotated:
        yield from _options(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for option in get_args(annotation):
            yield from _options(option)
    elif annotation is not None:
        yield annotation


def _refuse(misfit: Any, live: Live) -> None:
    """Raise the error that names the value and its place in the answer."""
    what = f"is {type_name(misfit)}, which is not what it should be"
    if isinstance(misfit, VendorObject):
        raise malformed(misfit.origin, path_text(misfit.path), what)
    left: list[Any] = [live.raw, live.parts]
    while left:
        holder = left.pop()
        for key, value in holder.items() if isinstance(holder, dict) else enumerate(holder):
            if value is misfit and isinstance(holder, VendorObject):
                raise malformed(holder.origin, path_text((*holder.path, key)), what)
            if isinstance(value, dict | list):
                left.append(value)
    raise TypeError(f"a value is {type(misfit).__name__}")
