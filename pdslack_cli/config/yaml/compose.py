"""Parse YAML text to a tree of nodes.

We compose from the parser's events ourselves, because PyYAML's composer silently keeps the last of two equal
keys, has no limit on aliases, and recurses as deeply as the file nests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import yaml

from pdslack_cli.config.yaml.nodes import MappingItem, MappingNode, Node, ScalarNode, SequenceNode
from pdslack_cli.config.yaml.positions import location_at, offset_of
from pdslack_cli.config.yaml.scalars import as_text, resolve_plain
from pdslack_cli.config.yaml.syntax import syntax_problem, template_problem
from pdslack_cli.config.yaml.written import template_before
from pdslack_cli.errors import Location, Problem
from pdslack_cli.suggest import nearest

MAX_DEPTH = 100
# A few lines of aliases to aliases can stand for billions of values; a real file repeats some thousands.
MAX_ALIASED_VALUES = 50_000
# A stack of 5,000 services has 200,000 values, and no vendor takes a text of a hundredth of that length.
MAX_VALUES = 500_000
MAX_TEXT = 1_000_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # without libyaml: the same, thirteen times slower
_TEXT_TAG = "tag:yaml.org,2002:str"
_MERGE = "<<"
_DEPTH_OF_ENTRIES = 2  # a section of the file, and the mapping of its entries
_NO_VALUE = "*"  # the style of what stands for an alias that has no value
_GLUED_COMMENT = re.compile(r"[ \t]+(#\w[^\n]*)")
_BRACKET = re.compile(r"[\[\]{}]")


def compose(file: str, text: str, problems: list[Problem]) -> Node | None:
    """Parse the single document of `file`; errors are added to `problems`.

    An empty file is null. Returns None if the file as a whole could not be parsed.
    """
    composer = _Composer(file, text, problems)
    try:
        documents = composer.compose(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        problems.append(composer.too_deep() or syntax_problem(error, file, text, composer.innermost))
        return None
    except _Refused as refused:
        problems.append(refused.problem)
        return None
    if len(documents) > 1:
        hint = "one file holds one document: move the rest to a file of its own"
        problems.append(Problem("a second document begins here", composer.second_document, hint))
        return None
    return documents[0] if documents else ScalarNode(None, Location(file, 1, 1), 0, 0, "")


def _depth_problem(location: Location) -> Problem:
    message = f"the file is nested more than {MAX_DEPTH} levels deep here"
    return Problem(message, location, "no stack is nested that deep: check the brackets")


class _Refused(Exception):  # noqa: N818 -- it is carried out of the loop, never shown
    """Parsing cannot continue."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class _Anchored(NamedTuple):
    node: Node
    values: int
    height: int


@dataclass
class _Open:
    """A list or mapping that is not complete yet; children of a mapping are keys and values in turn."""

    location: Location
    anchor: str | None = None
    is_list: bool = False
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
        self.second_document = Location(file, 1, 1)
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
            elif isinstance(event, yaml.DocumentStartEvent) and self._open[0].children:
                self.second_document = self._location(event)
            self._read = event.end_mark.index if event.end_mark else self._read
        return self._open[0].children

    @property
    def innermost(self) -> Location:
        """The location of the innermost list or mapping that is not complete."""
        return self._open[-1].location

    def too_deep(self) -> Problem | None:
        """Return the problem of a file that nests too deeply, if that is why the parser failed.

        Parsers read ahead, and newer ones have their own limit: the message must not depend on which limit is
        reached first.
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
        if event.start_mark.index == event.end_mark.index:  # nothing: its place is what it is missing after
            location = location._replace(column=max(location.column - 1, 1))
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
        is_list = isinstance(event, yaml.SequenceStartEvent)
        self._open.append(_Open(location, event.anchor, is_list))
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
        nothing = ScalarNode(None, location, 0, 0, _NO_VALUE)
        if any(parent.anchor == name for parent in self._open):
            self._report(
                f"alias *{name} is used inside its own anchor", location, "an anchor cannot contain itself"
            )
            self._add(nothing)
            return
        if name not in self._anchors:
            written = f"write &{name} at the value, earlier in the same file"
            as_text = f"{written}; text that begins with * needs quotes: '*{name}'"
            near = nearest(name, self._anchors)
            hint = f"write *{near}" if near else written if self._is_merge() else as_text
            self._report(f"alias *{name} is not defined in this file", location, hint)
            self._anchors[name] = _Anchored(nothing, 1, 1)  # one report for a name is enough
        node, values, height = self._anchors[name]
        self._aliased += values
        if self._aliased > MAX_ALIASED_VALUES:
            message = f"the aliases of this file expand to more than {MAX_ALIASED_VALUES:,} values"
            raise _Refused(Problem(message, location, "repeat less, or split the file"))
        self._check_depth(height, location)
        self._add(node, values, height)

    def _is_merge(self) -> bool:
        """Return whether the current value belongs to the key `<<`."""
        opened = self._open[-2] if self._open[-1].is_list else self._open[-1]
        key = opened.children[-1:]
        return bool(key) and isinstance(key[0], ScalarNode) and key[0].value == _MERGE

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
        merge: Location | None = None
        lacking = False
        for key, value in zip(done.children[::2], done.children[1::2], strict=True):
            if not isinstance(key, ScalarNode):
                self._problems.append(self._compound_key(done.location, key.location))
                continue
            value = self._not_a_comment(value)
            if not isinstance(key.value, str) and not self._is_boolean_field(key):
                self._problems.append(self._key_problem(key))
                if key.value is not None:  # references to it are no second mistake
                    own.setdefault(as_text(key.value), MappingItem(key.location, value))
            elif key.value == _MERGE and not key.style:
                if merge:
                    hint = "write one with a list: <<: [*first, *second]"
                    self._report(f"'<<' is defined twice, first at {merge}", key.location, hint)
                merge = key.location
                sources = self._merge(value)
                lacking = any(not isinstance(source, MappingNode) or source.lacking for source in sources)
                for source in sources:
                    merged = (source.entries if isinstance(source, MappingNode) else {}) | merged
            elif (name := as_text(key.value)) in own:
                hint = "keep one of the two, or give them different names"
                message = f"'{name}' is defined twice, first at {own[name].key}"
                self._report(message, key.location, hint)
            else:
                own[name] = MappingItem(key.location, value)
        return MappingNode(merged | own, done.location, lacking)

    def _not_a_comment(self, value: Node) -> Node:
        """Return the value of a field; where a `#` makes it a comment (`to: #ops`), that is reported."""
        if not isinstance(value, ScalarNode) or value.value is not None or not 0 < value.start == value.end:
            return value
        comment = _GLUED_COMMENT.match(self._text, value.start)
        if not comment or len(self._open) <= _DEPTH_OF_ENTRIES:
            return value
        place = location_at(self._file, self._text, comment.start(1))
        hint = f"put the text in quotes: '{comment[1].rstrip()}'; a comment has a space after the #"
        self._report("'#' begins a comment here: the value is not read", place, hint)
        return ScalarNode(None, place, value.start, value.end, value.style)

    def _is_boolean_field(self, key: ScalarNode) -> bool:
        """Return whether a key is true or false inside an entry, as YAML 1.1 reads a field named `on`.

        Keys of entries are excluded: restoring them could change their name.
        """
        return isinstance(key.value, bool) and len(self._open) > _DEPTH_OF_ENTRIES

    def _key_problem(self, key: ScalarNode) -> Problem:
        written = self._text[key.start : key.end]
        hint = f"put it in quotes: '{written}'" if key.value is not None else "write a key before the colon"
        if isinstance(key.value, bool):
            word = "on or yes" if key.value else "off or no"
            hint += f"; a YAML writer may have converted {word} to it: write that instead"
        return Problem(f"a key must be text, got {written or 'null'}", key.location, hint)

    def _compound_key(self, around: Location, location: Location) -> Problem:
        start, end = (offset_of(self._text, place) for place in (around, location))
        place, whole = template_before(self._text, start, end + 1)
        if whole:
            return template_problem(location_at(self._file, self._text, place), whole)
        hint = "put text that begins with { or [ in quotes"
        return Problem("a key must be text, not a mapping or a list", location, hint)

    def _merge(self, value: Node) -> list[Node]:
        """Return what `<<: value` lays under a mapping; the first of several takes precedence."""
        sources: list[Node] = list(value.items) if isinstance(value, SequenceNode) else [value]
        for source in sources:
            if not isinstance(source, MappingNode) and getattr(source, "style", "") != _NO_VALUE:
                hint = "write `<<: *NAME`, where &NAME marks a mapping"
                self._report("<< takes a mapping, or a list of mappings", source.location, hint)
        return sources
