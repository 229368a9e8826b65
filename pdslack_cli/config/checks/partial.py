"""Validate as much of an invalid entry as possible, so that one mistake does not hide others.

Invalid values are removed, missing ones get a stand-in, and the rest is validated again, until it is valid.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from pdslack_cli.config.cures.keys import intended_key
from pdslack_cli.config.cures.model_fields import models_at, reference_types
from pdslack_cli.config.found_errors import ReportedMistakes, data_path, is_item
from pdslack_cli.config.locations import Locations, data_at, original_path
from pdslack_cli.config.reference.examples import example_values
from pdslack_cli.config.validation_errors import problems_of
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import KIND_NAMED
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import KnownRefs, RefTo
from pdslack_cli.model import DataPath, Ref

# A rule that lacks its condition, or its set, applies always, which nobody meant: it is cut out as a whole.
_CONDITIONS = ("if", "use")


_NO_KEY = "?"  # what no entry can have


class PartialEntry(NamedTuple):
    """The valid part of an entry (None if there is none), and the paths that were removed or filled in."""

    spec: Resource | None
    removed: frozenset[DataPath]
    stand_ins: frozenset[DataPath]


def validated(
    model: type[Resource],
    data: Any,
    path: DataPath,
    locations: Locations,
    known: KnownRefs,
    problems: list[Problem],
) -> PartialEntry:
    """Validate the entry at `path`; its references must be among the `known` ones."""
    removed: set[DataPath] = set()
    stand_ins: dict[DataPath, Any] = {}
    reported = ReportedMistakes()
    while True:
        rest = corrected(data, removed, stand_ins)
        before = len(removed), len(stand_ins)
        try:
            spec = model.model_validate(rest, context=known)
            return PartialEntry(spec, frozenset(removed), frozenset(stand_ins))
        except ValidationError as error:
            here = locations.without((*path, *place) for place in removed)
            follows = _follows_from(removed, stand_ins)
            problems += problems_of(error, model, rest, path, here, follows, known, reported)
            wrong: set[DataPath] = set()
            for detail in error.errors():
                place = data_path(detail["loc"], rest)
                if detail["type"] == "missing":
                    name = str(detail["loc"][-1])
                    missing = (*original_path(place, removed), name)
                    if missing not in stand_ins:
                        value = _stand_in(model, rest, (*path[:1], *place), name, known)
                        if value is not None:
                            stand_ins[missing] = value
                            continue
                wrong.add(original_path(_cut(place, detail["type"], detail.get("ctx", {})), removed))
        removed |= wrong - {()}
        if () in wrong or before == (len(removed), len(stand_ins)):  # a stand-in may be as wrong as the value
            return PartialEntry(None, frozenset(removed), frozenset(stand_ins))


def _cut(place: DataPath, error: str, context: Mapping[str, Any]) -> DataPath:
    """Return the path to remove for a mistake at `place`, or at a field of it that the mistake names."""
    if not place:
        return tuple(context.get("at", ()))
    if error == "extra_forbidden" and is_item(place[:-1]) and intended_key(str(place[-1]), _CONDITIONS):
        return place[:-1]
    condition = next((word for word in _CONDITIONS if word in place), None)
    return place[: place.index(condition)] if condition else place


def _follows_from(
    removed: Collection[DataPath], stand_ins: Collection[DataPath]
) -> Callable[[DataPath, Sequence[str] | None], bool]:
    """Return whether a mistake may only follow from paths that were removed or filled in."""
    fixed = frozenset(removed)
    changed = fixed | frozenset(stand_ins)

    def follows(place: DataPath, needs: Sequence[str] | None) -> bool:
        place = original_path(place, fixed)
        if needs is not None:
            misspelt = any(cut[:-1] == place and intended_key(str(cut[-1]), needs) for cut in fixed)
            return misspelt or any(_within(cut, (*place, name)) for name in needs for cut in changed)
        if not place:
            return any(len(cut) == 1 for cut in changed)
        return any(_within(cut, place) for cut in changed)

    return follows


def _within(path: DataPath, outer: DataPath) -> bool:
    return path[: len(outer)] == outer


def _stand_in(model: type[BaseModel], data: Any, path: DataPath, name: str, known: KnownRefs) -> Any:
    """Return a valid value of the required field `name` of the mapping at `path`, or None.

    The path begins with the section. What is checked of the other fields is checked all the same.
    """
    section, *place = path
    if not isinstance(data_at(data, tuple(place)), dict):
        return None
    for value in _candidates(model, tuple(place), name, str(section)):
        filled = corrected(data, (), {(*place, name): value})
        try:
            model.model_validate(filled, context=known)
        except ValidationError as error:
            found = [data_path(detail["loc"], filled) for detail in error.errors()]
            if any(_within(wrong, (*place, name)) for wrong in found):
                continue
        return value
    return None


def _candidates(model: type[BaseModel], place: DataPath, name: str, section: str) -> Iterator[Any]:
    for found in models_at(model, place):
        for word, field in found.model_fields.items():
            if name in {word, field.alias}:
                for type_ in reference_types(field):
                    ref = Ref(type_.kinds[0] if isinstance(type_, RefTo) else type_.kind, _NO_KEY)
                    yield from (ref, [ref])
    keys = [step for step in place if isinstance(step, str)]
    yield from map(_with_placeholders, example_values((section, *keys, name)))


def _with_placeholders(example: Any) -> Any:
    """Return the example with references to entries that no stack has, and that are known everywhere."""
    if isinstance(example, dict):
        return {key: _with_placeholders(value) for key, value in example.items()}
    if isinstance(example, list):
        return [_with_placeholders(item) for item in example]
    kind = example.partition("/")[0] if isinstance(example, str) else ""
    return Ref(kind, _NO_KEY) if kind in KIND_NAMED else example


def corrected(
    value: Any, removed: Collection[DataPath], stand_ins: Mapping[DataPath, Any] = {}, path: DataPath = ()
) -> Any:
    """Return the data without the removed values and with the placeholders."""
    if not removed and not stand_ins:
        return value
    if isinstance(value, dict):
        kept = {
            key: corrected(inner, removed, stand_ins, (*path, key))
            for key, inner in value.items()
            if (*path, key) not in removed
        }
        return kept | {place[-1]: inner for place, inner in stand_ins.items() if place[:-1] == path}
    if isinstance(value, list):
        return [
            corrected(inner, removed, stand_ins, (*path, place))
            for place, inner in enumerate(value)
            if (*path, place) not in removed
        ]
    return value
