"""The models and the keys that are allowed at a path of an entry."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Union

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import CatalogRef, RefTo
from pdslack_cli.model import DataPath


def known_keys(
    model: type[BaseModel], place: DataPath, *, exactly: bool = False, given: object = None
) -> set[str]:
    """Return the keys allowed at a path inside a model, as `models_at` finds it."""
    models = models_at(model, place, exactly=exactly, given=given)
    return {field.alias or name for found in models for name, field in found.model_fields.items()}


def required_keys(model: type[BaseModel], place: DataPath) -> list[str]:
    """Return the keys that a mapping at a path inside a model must have, where one model is there."""
    models = models_at(model, place, exactly=True)
    if len(models) != 1:
        return []
    return [field.alias or name for name, field in models.pop().model_fields.items() if field.is_required()]


def models_at(
    model: type[BaseModel], place: DataPath, *, exactly: bool = False, given: object = None
) -> set[type[BaseModel]]:
    """Return the models at a path inside a model.

    If there is none there, the model around it, unless `exactly` is set. Of several forms, only those
    that the values of a `given` mapping choose.
    """
    models = {model}
    if place and isinstance(place[0], int):  # an entry that is a list: of its only field
        place = (*(name for name in model.model_fields if name not in Resource.model_fields), *place)
    for part in place:
        if isinstance(part, int):
            continue
        models = {
            inner
            for outer in models
            for name, field in outer.model_fields.items()
            if part in {name, field.alias}
            for inner in _models_in(field.annotation)
        } or (set() if exactly else models)
    return {found for found in models if _may_be(found, given)} or models


def _may_be(model: type[BaseModel], given: object) -> bool:
    """Whether no word of a mapping belongs to another form than this model."""
    return not isinstance(given, Mapping) or all(
        given.get(name) in typing.get_args(field.annotation)
        for name, field in model.model_fields.items()
        if name in given and typing.get_origin(field.annotation) is typing.Literal
    )


def _models_in(annotation: Any) -> Iterable[type[BaseModel]]:
    origin = typing.get_origin(annotation)
    if origin is None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield getattr(annotation, "WRITTEN_AS", annotation)
        return
    inner = typing.get_args(annotation)
    if origin not in (Union, types.UnionType):
        inner = tuple(part for part in inner if not isinstance(part, str))
    for part in inner:
        yield from _models_in(part)


def fields_at(model: type[BaseModel], place: DataPath) -> Iterator[FieldInfo]:
    """Yield the fields at a path inside a model: several where it takes several forms."""
    *around, name = [step for step in place if isinstance(step, str)] or [""]
    for found in models_at(model, tuple(around), exactly=True):
        for word, field in found.model_fields.items():
            if name in {word, field.alias}:
                yield field


def reference_types(field: FieldInfo) -> Iterator[RefTo | CatalogRef]:
    """Yield what the references that a field may be, or hold, are to."""
    for annotation in (*field.metadata, *_parts(field.annotation)):
        if isinstance(annotation, RefTo | CatalogRef):
            yield annotation


def _parts(annotation: Any) -> Iterable[Any]:
    yield annotation
    for part in typing.get_args(annotation):
        yield from _parts(part)
