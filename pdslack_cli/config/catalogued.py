"""Names in the account that entries refer to, each with its location in the files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from pydantic import BaseModel

from pdslack_cli.config.cures.model_fields import fields_at, models_at, reference_types
from pdslack_cli.config.stack import StackEntry
from pdslack_cli.kinds import KIND_NAMED
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import CatalogRef
from pdslack_cli.model import DataPath, Name, Ref


def catalogued(written: Collection[StackEntry], data: Any) -> Iterator[StackEntry]:
    """Return entries for names in the account, which are looked up like other entries.

    An entry whose key is that name, case ignored, is the one that is meant.
    """
    known = {entry.ref for entry in written}
    for entry in written:
        for ref in sorted(entry.references - known):
            if isinstance(ref.key, Name):
                spec = Resource(name=ref.key, lookup=True)
                yield StackEntry(ref, spec, KIND_NAMED[ref.kind], _path_of(ref, entry, data))


def _path_of(ref: Ref, entry: StackEntry, data: Any) -> DataPath:
    """Return the path of a name in an entry, as a value or as a key; else that of the entry.

    One word may be a name in several catalogues: of its places, that of a field of this catalogue.
    """
    value = data
    for step in entry.path:
        value = value.get(step) if isinstance(value, dict) else None
    places = list(_places(str(ref.key), value, ()))
    model = type(entry.written or entry.spec)
    own = (place for place in places if _is_name_in(ref.kind, model, place))
    return (*entry.path, *next(own, places[0] if places else ()))


def _places(word: str, value: Any, place: DataPath) -> Iterable[DataPath]:
    """Yield the paths of a word in plain data, as a value or as a key, those near the top first."""
    left = [(place, value)]
    for path, inner in left:  # which grows meanwhile
        if inner == word:
            yield path
        elif isinstance(inner, dict):
            left += [((*path, key), key if key == word else item) for key, item in inner.items()]
        elif isinstance(inner, list):
            left += [((*path, number), item) for number, item in enumerate(inner)]


def _is_name_in(kind: str, model: type[BaseModel], place: DataPath) -> bool:
    """Return whether the field of a model at a path, that around it, or one inside, takes such names.

    Inside, because a name may stand for a whole mapping: `[Datadog]`.
    """
    fields = [*fields_at(model, place), *fields_at(model, place[:-1])]
    fields += [
        field for inner in models_at(model, place, exactly=True) for field in inner.model_fields.values()
    ]
    return any(
        isinstance(found, CatalogRef) and found.kind == kind
        for field in fields
        for found in reference_types(field)
    )
