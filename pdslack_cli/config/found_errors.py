"""The errors of pydantic with their paths in the data, as `validation_errors` explains them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pdslack_cli.model import DataPath


def seems_short(item: FoundError) -> bool:
    """Return whether a list lacks items only because the invalid ones do not count."""
    given, context = item.detail["input"], item.detail.get("ctx", {})
    return item.kind == "too_short" and isinstance(given, list) and len(given) >= context["min_length"]


Cure = tuple[DataPath, tuple[str, ...], str]


class FoundError(NamedTuple):
    """A pydantic error and its path in the data; for a missing value, where it should be."""

    place: DataPath
    detail: ErrorDetails

    @property
    def kind(self) -> str:
        return self.detail["type"]

    @property
    def needs(self) -> Sequence[str] | None:
        """The fields that a check of several ones needs; None if it needs all of them."""
        context: Mapping[str, Any] = self.detail.get("ctx", {})
        return context.get("needs") if self.kind == "pdslack" else None

    @property
    def around(self) -> DataPath:
        """The path of the mapping that has those fields: the checked one, or that around a field."""
        context: Mapping[str, Any] = self.detail.get("ctx", {})
        return self.place[:-1] if context.get("beside") else self.place

    @property
    def needed(self) -> Iterator[DataPath]:
        """The paths of those fields."""
        return ((*self.around, name) for name in self.needs or ())

    @property
    def cure(self) -> Cure | None:
        """The one cure that several fields wait for: the mapping, its fields that they need, and the hint."""
        context: Mapping[str, Any] = self.detail.get("ctx", {})
        return (self.around, tuple(self.needs), str(context.get("hint"))) if self.needs else None

    @property
    def at(self) -> DataPath:
        """The path to what a check of several fields complains of; that of the error by default."""
        context: Mapping[str, Any] = self.detail.get("ctx", {})
        return (*self.place, *context.get("at", ())) if self.kind == "pdslack" else self.place

    @property
    def missing(self) -> str:
        return str(self.detail["loc"][-1])


def found_errors(error: ValidationError, data: object) -> list[FoundError]:
    return [FoundError(data_path(detail["loc"], data), detail) for detail in error.errors(include_url=False)]


class ReportedMistakes:
    """What was reported of one entry: the cures, the fields that are wrong, and those that unknown keys mean.

    An error that waits for one of these is no second mistake.
    """

    def __init__(self) -> None:
        self._cures: set[Cure] = set()
        self._wrong: set[DataPath] = set()

    def without_what_follows(
        self, found: Iterable[FoundError], intended: Callable[[FoundError], str]
    ) -> list[FoundError]:
        """Return the errors that are mistakes of their own, and remember them."""
        found = list(found)
        unknown = [item for item in found if item.kind == "extra_forbidden"]
        self._wrong |= {item.place for item in found}
        self._wrong |= {(*item.place[:-1], intended(item)) for item in unknown}
        own = []
        for item in found:
            if self._wrong.isdisjoint(item.needed) and (item.cure is None or item.cure not in self._cures):
                own.append(item)
            self._cures |= {item.cure} if item.cure else set()
        return own


def is_item(place: DataPath) -> bool:
    return bool(place) and isinstance(place[-1], int)


def with_value(data: Any, place: DataPath, value: object) -> Any:
    """Return a copy of plain data with another value at a path."""
    if not place:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    if len(place) > 1:
        value = with_value(data[place[0]], place[1:], value)
    copy[place[0]] = value  # type: ignore[index]
    return copy


def data_path(loc: DataPath, data: object) -> DataPath:
    """Return the path in the data, without pydantic's names of validators and union branches."""
    place: list[str | int] = []
    for part in loc:
        inside_list = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if inside_list or (isinstance(data, dict) and part in data):
            data = data[part]  # type: ignore[index]
            place.append(part)
    return tuple(place)
