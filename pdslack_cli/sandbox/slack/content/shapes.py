"""Shapes of JSON as data, and the errors of values that do not fit, in Slack's words (slack.md 5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from pdslack_cli.model import Json

SURFACES = frozenset({"message", "modal", "home"})


@dataclass(frozen=True)
class Place:
    """Where a value is: its path, on which surface, and the shapes that objects may have there."""

    pointer: str
    surface: str
    shapes: Mapping[str, Shape]

    def down(self, name: object) -> Place:
        """A field or an item of what is here."""
        return replace(self, pointer=f"{self.pointer}/{name}")

    def problem(self, what: str) -> str:
        """The error of a value that does not fit at this place."""
        return f"{what} [json-pointer:{self.pointer}]"


class KitField(Protocol):
    """What a field may hold."""

    def problems(self, value: Any, at: Place) -> Iterator[str]:
        """What is wrong with a value."""


@dataclass(frozen=True)
class String:
    """A text of JSON."""

    most: int | None = None
    least: int = 0
    among: Collection[str] = ()
    form: str = ""

    def problems(self, value: Any, at: Place) -> Iterator[str]:
        """What is wrong with a value."""
        if not isinstance(value, str):
            yield at.problem("must provide a string")
        elif self.among and value not in self.among:
            yield at.problem("must be a valid enum value")
        elif len(value) < self.least:
            yield at.problem(f"must be more than {self.least - 1} characters")
        elif self.most is not None and len(value) > self.most:
            yield at.problem(f"must be less than {self.most + 1} characters")
        elif self.form and not re.fullmatch(self.form, value):
            yield at.problem("must match the expected format")


@dataclass(frozen=True)
class Number:
    """A whole number within its bounds."""

    least: int = 0
    most: int | None = None

    def problems(self, value: Any, at: Place) -> Iterator[str]:
        """What is wrong with a value."""
        if not isinstance(value, int) or isinstance(value, bool):
            yield at.problem("must provide an integer")
        elif value < self.least:
            yield at.problem(f"must be at least {self.least}")
        elif self.most is not None and value > self.most:
            yield at.problem(f"must be at most {self.most}")


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def problems(self, value: Any, at: Place) -> Iterator[str]:
        """What is wrong with a value."""
        if not isinstance(value, bool):
            yield at.problem("must provide a boolean")


@dataclass(frozen=True)
class Unchecked:
    """Whatever: the facts do not say what Slack refuses."""

    def problems(self, value: Any, at: Place) -> Iterator[str]:
        """What is wrong with a value: nothing."""
        yield from ()


@dataclass(frozen=True)
class Items:
    """A list of one sort of thing."""

    of: KitField
    least: int = 1
    most: int | None = None

    def problems(self, value: Any, at: Place) -> Iterator[str]:
        """What is wrong with a value."""
        if not isinstance(value, list):
            yield at.problem("must provide an array")
            return
        if len(value) < self.least:
            yield at.problem(f"must provide at least {self.least} items")
        if self.most is not None and len(value) > self.most:
            yield at.problem(f"no more than {self.most} items allowed")
        for number, item in enumerate(value):
            yield from self.of.problems(item, at.down(number))


@dataclass(frozen=True)
class Nested:
    """An object of one of several shapes, by its `type`; with `typed` false, of the only one."""

    family: str
    names: Collection[str]
    typed: bool = True

    def problems(self, value: Any, at: Place) -> Iterator[str]:
        """What is wrong with a value."""
        if not isinstance(value, dict):
            yield at.problem("must provide an object")
            return
        name = value.get("type") if self.typed else next(iter(self.names))
        if name is None:
            yield at.problem("missing required field: type")
        elif not isinstance(name, str):
            yield at.down("type").problem("must provide a string")
        elif name not in self.names or at.surface not in at.shapes[f"{self.family}/{name}"].surfaces:
            yield at.down("type").problem(f"unsupported type: {name}")
        else:
            own = {key: content for key, content in value.items() if not (self.typed and key == "type")}
            yield from at.shapes[f"{self.family}/{name}"].problems(own, at)


@dataclass(frozen=True)
class TextObject:
    """A text object: plain, or mrkdwn too."""

    most: int = 3000
    names: Collection[str] = ("plain_text",)

    def problems(self, value: Any, at: Place) -> Iterator[str]:
        """What is wrong with a value."""
        found = list(Nested("text", self.names).problems(value, at))
        yield from found or String(self.most).problems(value["text"], at.down("text"))


Rule = Callable[[Json, Place], Iterator[str]]


@dataclass(frozen=True)
class Shape:
    """What an object may hold, what it must, and rules between its fields, once each is right.

    An `open` one is of a block whose fields are not all known: it may have others.
    """

    fields: Mapping[str, KitField]
    needed: Collection[str] = ()
    rules: Collection[Rule] = ()
    surfaces: Collection[str] = SURFACES
    open: bool = False

    def problems(self, value: Json, at: Place) -> Iterator[str]:
        """What is wrong with an object."""
        found = [at.problem(f"missing required field: {name}") for name in self.needed if name not in value]
        for name, content in value.items():
            if name in self.fields:
                found += self.fields[name].problems(content, at.down(name))
            elif not self.open:
                found.append(at.problem(f"invalid additional property: {name}"))
        yield from found or (wrong for rule in self.rules for wrong in rule(value, at))
