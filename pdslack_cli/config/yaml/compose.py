"""YAML text → a tree of nodes.

We compose from the parser's events ourselves, since PyYAML's composer keeps the last of two equal keys in
silence, has no limit on aliases, and recurses as deeply as the file nests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import yaml

from pdslack_cli.config.suggest import suggest
from pdslack_cli.config.yaml.nodes import MappingItem, MappingNode, Node, ScalarNode, SequenceNode
from pdslack_cli.config.yaml.positions import location_at
from pdslack_cli.config.yaml.scalars import resolve_plain
from pdslack_cli.config.yaml.syntax import syntax_problem
from pdslack_cli.errors import Location, Problem

MAX_DEPTH = 100
# A few lines of aliases to aliases can stand for billions of values; a real file repeats some thousands.
MAX_ALIASED_VALUES = 50_000
# A stack of 5,000 services has 200,000 values, and no vendor takes a text of a hundredth of that length.
MAX_VALUES = 500_000
MAX_TEXT = 1_000_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # without libyaml: the same, thirteen times slower
_TEXT_TAG = "tag:yaml.org,2002:str"
_MERGE = "<<"
_BRACKET = re.compile(r"[\[\]{}]")


def compose(file: str, text: str, problems: list[Problem]) -> Node | None:
    """Compose the one document of `file`, adding to `problems` whatever is wrong with it.

    An empty file is null. None means that the file as a whole could not be understood.
    """
    composer = _Composer(file, text, problems)
    try:
        documents = composer.compose(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        problems.append(composer.too_deep() or syntax_problem(error, file, text))
        return None
    except _Refused as refused:
        problems.append(refused.problem)
        return None
    if len(documents) > 1:
        hint = "one file holds one document: move the rest to a file of its own"
        problems.append(Problem("a second document begins here", documents[1].location, hint))
        return None
    return documents[0] if documents else ScalarNode(None, Location(file, 1, 1), 0, 0, "")


def _depth_problem(location: Location) -> Problem:
    message = f"the file is nested more than {MAX_DEPTH} levels deep here"
    return Problem(message, location, "no stack is nested that deep: check the brackets")


class _Refused(Exception):  # noqa: N818 -- it is carried out of the loop, never shown
    """The file cannot be read any further."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class _Anchored(NamedTuple):
    node: Node
    values: int
    height: int


@dataclass
class _Open:
    """A list or mapping whose end is not read yet; a mapping's children are keys and values in turn."""

    location: Location
    anchor: str | None = None
    children: list[Node] = field(default_factory=list)
    values: int = 1
    height: int = 1


class _Composer:
    def __init__(self, file: str, text: str, problems: list[Problem]) -> None:
        self._file = file
        self._text = text
        self._problems = problems
        self._anchors: dict[str, _Anchored] = {}
        self._aliased = 0
        self._values = 0
        self._open = [_Open(Location(file, 1, 1))]
        self._read = 0  # the offset up to which the parser has told what there is

    def compose(self, events: Iterable[yaml.Event]) -> list[Node]:
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._start(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end(is_mapping=isinstance(event, yaml.MappingEndEvent))
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            self._read = event.end_mark.index if event.end_mark else self._read
        return self._open[0].children

    def too_deep(self) -> Problem | None:
        """The problem of a file that nests too deep, if that is why the parser gave up.

        A parser reads ahead, and newer ones have a limit of their own: which of us notices first must not
        change what people read.
        """
        depth = len(self._open)
        for found in _BRACKET.finditer(self._text, self._read):
            depth += 1 if found.group() in "[{" else -1
            if depth > MAX_DEPTH:
                return _depth_problem(location_at(self._file, self._text, found.start()))
        return None

    def _location(self, event: yaml.Event) -> Location:
        assert event.start_mark is not None  # a parser always sets it
        return Location(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _report(self, message: str, location: Location, hint: str) -> None:
        self._problems.append(Problem(message, location, hint))

    def _add(self, node: Node, values: int = 1, height: int = 1) -> None:
        parent = self._open[-1]
        parent.children.append(node)
        parent.values += values
        parent.height = max(parent.height, height + 1)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        assert event.start_mark is not None
        assert event.end_mark is not None
        location = self._location(event)
        self._values += 1
        if self._values > MAX_VALUES:
            message = f"the file has more than {MAX_VALUES:,} keys and values"
            raise _Refused(Problem(message, location, "split the file"))
        if len(event.value) > MAX_TEXT:
            message = f"a text of more than {MAX_TEXT:,} characters begins here"
            raise _Refused(Problem(message, location, "check the quotes; no field accepts that much"))
        plain = not event.style and event.tag is None
        node = ScalarNode(
            resolve_plain(event.value) if plain else event.value,
            location,
            event.start_mark.index,
            event.end_mark.index,
            event.style or "",
        )
        self._refuse_tag(event.tag, location)
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(node, 1, 1)
        self._add(node)

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        location = self._location(event)
        self._refuse_tag(event.tag, location)
        self._open.append(_Open(location, event.anchor))
        self._check_depth(0, location)

    def _end(self, *, is_mapping: bool) -> None:
        done = self._open.pop()
        node = self._mapping(done) if is_mapping else SequenceNode(done.children, done.location)
        if done.anchor:
            self._anchors[done.anchor] = _Anchored(node, done.values, done.height)
        self._add(node, done.values, done.height)

    def _alias(self, event: yaml.AliasEvent) -> None:
        assert event.anchor is not None
        name, location = event.anchor, self._location(event)
        nothing = ScalarNode(None, location, 0, 0, "")
        if any(parent.anchor == name for parent in self._open):
            self._report(
                f"alias *{name} is used inside its own anchor", location, "an anchor cannot contain itself"
            )
            self._add(nothing)
            return
        if name not in self._anchors:
            hint = suggest(name, self._anchors) or f"write &{name} at the value, earlier in the same file"
            self._report(f"alias *{name} is not defined in this file", location, hint)
            self._anchors[name] = _Anchored(nothing, 1, 1)  # one report for a name is enough
        node, values, height = self._anchors[name]
        self._aliased += values
        if self._aliased > MAX_ALIASED_VALUES:
            message = f"the aliases of this file stand for more than {MAX_ALIASED_VALUES:,} values"
            raise _Refused(Problem(message, location, "repeat less, or split the file"))
        self._check_depth(height, location)
        self._add(node, values, height)

    def _check_depth(self, height: int, location: Location) -> None:
        if len(self._open) + height > MAX_DEPTH:
            raise _Refused(_depth_problem(location))

    def _refuse_tag(self, tag: str | None, location: Location) -> None:
        if tag not in (None, _TEXT_TAG):
            hint = "put text that begins with ! in quotes; tags are not used here"
            self._report("an unquoted '!' begins a YAML tag", location, hint)

    def _mapping(self, done: _Open) -> MappingNode:
        own: dict[str, MappingItem] = {}
        merged: dict[str, MappingItem] = {}
        for key, value in zip(done.children[::2], done.children[1::2], strict=True):
            if not isinstance(key, ScalarNode):
                hint = "put text that begins with { or [ in quotes"
                self._report("a key must be text, not a mapping or a list", key.location, hint)
            elif not isinstance(key.value, str):
                written = self._text[key.start : key.end]
                self._report(
                    f"a key must be text, got {written or 'null'}",
                    key.location,
                    f"put it in quotes: '{written}'",
                )
            elif key.value == _MERGE and not key.style:
                for entries in self._merge(value):
                    merged = entries | merged
            elif key.value in own:
                hint = "keep one of the two, or give them different names"
                message = f"'{key.value}' is defined twice, first at {own[key.value].key}"
                self._report(message, key.location, hint)
            else:
                own[key.value] = MappingItem(key.location, value)
        return MappingNode(merged | own, done.location)

    def _merge(self, value: Node) -> list[dict[str, MappingItem]]:
        """Return what `<<: value` brings in; the first of several wins."""
        sources = value.items if isinstance(value, SequenceNode) else [value]
        for source in sources:
            if not isinstance(source, MappingNode):
                hint = "write `<<: *NAME`, where &NAME marks a mapping"
                self._report("<< takes a mapping, or a list of mappings", source.location, hint)
        return [source.entries for source in sources if isinstance(source, MappingNode)]
