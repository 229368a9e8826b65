"""Convert pydantic errors to problems with locations, in the terms of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pydantic import BaseModel, ValidationError

from pdslack_cli.config.cures.problem_writer import ProblemWriter
from pdslack_cli.config.cures.types import EXPECTED
from pdslack_cli.config.found_errors import FoundError, ReportedMistakes, found_errors, seems_short
from pdslack_cli.config.locations import Locations
from pdslack_cli.errors import Problem
from pdslack_cli.kinds.fields.references import KnownRefs
from pdslack_cli.model import DataPath


def problems_of(
    error: ValidationError,
    model: type[BaseModel],
    data: object,
    path: DataPath,
    locations: Locations,
    follows: Callable[[DataPath, Sequence[str] | None], bool] = lambda place, needs: False,
    known: KnownRefs | None = None,
    reported: ReportedMistakes | None = None,
) -> Iterable[Problem]:
    """Return the problems of a validation error of `data`, which is at `path`: one for each mistake.

    Errors that only follow from other mistakes, by their location and the fields that they need, are omitted,
    also from those that were `reported` before.
    """
    found = [
        item
        for item in found_errors(error, data)
        if not follows(item.around, item.needs)
        and not ((item.at, item.around) != (item.place, item.place) and follows(item.at, None))
        and not (item.kind in _NEEDING and locations.lacks((*path, *item.place)))
    ]
    writer = ProblemWriter(model, data, path, locations, known)
    reported = reported or ReportedMistakes()
    found = reported.without_what_follows(found, writer.intended_key)
    for step in (_misnamed, _not_below, _not_around):
        problems, found = step(writer, found)
        yield from problems
    yield from _keys(writer, found)
    yield from _values(writer, found)


_NEEDING = frozenset({"missing", "pdslack"})  # what a mapping is told that lacks keys
_Step = tuple[list[Problem], list[FoundError]]  # the problems of some errors, and the other errors


def _misnamed(writer: ProblemWriter, found: list[FoundError]) -> _Step:
    """Take the mappings that are meant as one of their values or as a name, with all errors inside."""
    named = {item.place[:-1]: cure for item in _unknown(found) if (cure := writer.named(item))}
    rest = [item for item in found if not any(item.place[: len(place)] == place for place in named)]
    return [writer.misnamed(place, cure) for place, cure in named.items()], rest


def _not_below(writer: ProblemWriter, found: list[FoundError]) -> _Step:
    """Take the unknown keys that are to be indented below an empty field, with the errors of that field."""
    around = {item.place: above for item in _unknown(found) if (above := writer.empty_above(item))}
    rest = [item for item in found if item.place not in {*around, *around.values()}]
    return [writer.not_below(place, above) for place, above in around.items()], rest


def _not_around(writer: ProblemWriter, found: list[FoundError]) -> _Step:
    """Take the unknown keys that stand beside the field they belong to, with its absence."""
    enclosing = {item.place: name for item in found if (name := writer.missing_around(item, found))}
    rest = [
        item
        for item in found
        if not (item.kind == "extra_forbidden" and item.place[:-1] in enclosing)
        and not (item.kind == "missing" and enclosing.get(item.place) == item.missing)
    ]
    return [writer.not_around(place, name, found) for place, name in enclosing.items()], rest


def _keys(writer: ProblemWriter, found: list[FoundError]) -> Iterable[Problem]:
    """Return the problems of unknown keys, and of missing ones that no unknown key is meant to be."""
    unknown = _unknown(found)
    intended = {(item.place[:-1], writer.intended_key(item)) for item in unknown}
    missing: dict[DataPath, list[str]] = {}
    for item in found:
        if item.kind == "missing" and (item.place, item.missing) not in intended:
            missing.setdefault(item.place, []).append(item.missing)
    yield from writer.unknown_keys(unknown)
    yield from (writer.missing(place, names) for place, names in missing.items())


def _values(writer: ProblemWriter, found: list[FoundError]) -> Iterable[Problem]:
    """Return the problems of wrong values: of a union, only of the branches that the value resembles."""
    values = [item for item in found if item.kind not in {"extra_forbidden", "missing"}]
    for place in dict.fromkeys(item.place for item in values):
        deeper = any(len(item.place) > len(place) and item.place[: len(place)] == place for item in found)
        here = [item for item in values if item.place == place]
        relevant = [item for item in here if item.kind not in EXPECTED and not seems_short(item)]
        wrong = [item for item in here if item.kind in EXPECTED]
        own = [item for item in relevant if item.kind == "pdslack"]
        if relevant:  # where we check a form ourselves, the words beside it are no second mistake
            yield from (writer.value(item) for item in own or relevant)
        elif wrong and not deeper:
            yield writer.wrong_type(wrong)


def _unknown(found: list[FoundError]) -> list[FoundError]:
    return [item for item in found if item.kind == "extra_forbidden"]
