"""Vendor limits of texts: documented ones are errors of the models, all others are only warned of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.fields.written import X_LIMIT
from pdslack_cli.model import DataPath, Json


def at_most(characters: int) -> Any:
    """Return the annotation of a text with a documented limit."""
    return Field(max_length=characters, json_schema_extra={"maxLength": characters})


class UnverifiedLimit:
    """Annotation of a text, or a list of texts, whose limit the vendor does not document."""

    def __init__(self, characters: int) -> None:
        self.characters = characters

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler(source)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        return {**handler(schema), X_LIMIT: f"warned of above {self.characters} characters"}


USUAL_NAME = UnverifiedLimit(255)
"""PagerDuty rejects longer names of services; it documents no limit for other names."""


def long_texts(spec: BaseModel, path: DataPath = ()) -> Iterator[Doubt]:
    """Yield the texts of an entry that are above an unverified limit."""
    for name, info in type(spec).model_fields.items():
        if name not in spec.model_fields_set:
            continue
        value, place = getattr(spec, name), (*path, info.alias or name)
        for limit in info.metadata:
            if isinstance(limit, UnverifiedLimit):
                yield from _above(limit, value, place)
        yield from _inside(value, place)


def _above(limit: UnverifiedLimit, value: object, place: DataPath) -> Iterator[Doubt]:
    if isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _above(limit, item, (*place, number))
    elif isinstance(value, str) and len(value) > limit.characters:
        words = [str(step) for step in place if isinstance(step, str)]
        yield Doubt(
            place,
            f"{'.'.join(words)} has {len(value)} characters, and PagerDuty may refuse more than "
            f"{limit.characters}",
            f"shorten it by {len(value) - limit.characters}",
        )


def _inside(value: object, place: DataPath) -> Iterator[Doubt]:
    """Yield the long texts of the models inside a value."""
    if value is None or isinstance(value, str | int):
        return
    if isinstance(value, BaseModel):
        yield from long_texts(value, place)
        return
    items: Iterable[tuple[Any, object]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list | tuple):
        items = enumerate(value)
    for step, inner in items:
        yield from _inside(inner, (*place, step))
