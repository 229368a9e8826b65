"""`each:`: entries that are repeated for every row of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pdslack_cli.config.cures.keys import intended_key, unknown_section
from pdslack_cli.config.expand.rows import read_rows
from pdslack_cli.config.expand.variables import Variables
from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.config.yaml.nodes import MappingItem, MappingNode, Node, ScalarNode, SequenceNode
from pdslack_cli.config.yaml.scalars import as_text
from pdslack_cli.errors import Location, Problem
from pdslack_cli.suggest import suggest

# What an item says about itself; everything else in it is repeated.
_REQUIRED = {
    "rows": "name a table, `rows: apps.csv`, or list the rows",
    "as": "write `as: app`; ${app.FIELD} is then a field of the row",
}
_WORDS = frozenset({*_REQUIRED, "when"})
_WHOLE_STACK_KEYS = frozenset(
    {"owner", "pagerduty", "slack", "vars", "defaults", "bases", "priority", "each"}
)
_ALLOWED = (*_WORDS, *SECTIONS, "tests")
_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)

# A few lines of rows and template can stand for billions of values; a real stack has some ten thousands.
MAX_REPEATED_VALUES = 500_000


class _Row(NamedTuple):
    """A row for a template: how to find it in the table, and its variables."""

    name: str
    variables: Mapping[str, Node]


def repeated(each: Node, folder: Path, variables: Variables, problems: list[Problem]) -> list[MappingNode]:
    """Expand the `each:` of a file in `folder` to partial files, one per row.

    Their locations are those of the template, with the row. A section without any rows stays, but empty: its
    objects are no longer wanted.
    """
    if not isinstance(each, SequenceNode):
        problems.append(
            Problem("'each' must be a list", each.location, "begin each item with `- rows: FILE`")
        )
        return []
    repeater = _Repeater(folder, variables, problems)
    return [part for item in each.items for part in repeater.parts(item)]


class _Repeater:
    def __init__(self, folder: Path, variables: Variables, problems: list[Problem]) -> None:
        self._folder = folder
        self._variables = variables
        self._problems = problems
        self._left = MAX_REPEATED_VALUES

    def parts(self, item: Node) -> Iterator[MappingNode]:
        if not isinstance(item, MappingNode):
            self._report("an item of 'each' must be a mapping", item.location, "write `- rows: FILE`")
            return
        missing = [word for word in _REQUIRED if word not in item.entries]
        intended = {_intended_word(key, item) for key in item.entries}
        for word in missing:
            if word in intended or item.lacking:
                continue
            self._report(f"this item of 'each' has no '{word}'", item.location, _REQUIRED[word])
        if missing:
            self._template(item)
            return
        template = self._template(item)
        rows = self._rows(item)
        self._left -= len(rows) * _size(template)
        if self._left < 0:
            message = f"the rows of 'each' expand to more than {MAX_REPEATED_VALUES:,} values"
            self._report(message, item.location, "repeat less, or split the stack")
            return
        yield MappingNode(
            {
                key: MappingItem(entry.key, MappingNode({}, entry.node.location))
                for key, entry in template.entries.items()
                if isinstance(entry.node, MappingNode)
            },
            item.location,
        )
        yield from (self._mapping(template, row) for row in rows)

    def _report(self, message: str, location: Location, hint: str = "") -> None:
        self._problems.append(Problem(message, location, hint))

    def _template(self, item: MappingNode) -> MappingNode:
        sections: dict[str, MappingItem] = {}
        for key, entry in item.entries.items():
            if key in _WHOLE_STACK_KEYS:
                hint = "it is set once, for the whole stack"
                self._report(f"'{key}' is not allowed inside 'each'", entry.key, hint)
            elif key in _WORDS or key.startswith("x-"):
                continue
            elif word := _intended_word(key, item):
                self._report(f"unknown key {key!r}", entry.key, f"did you mean {word!r}?")
            elif key not in _ALLOWED and len(key) > 1 and intended_key(key, _ALLOWED):
                self._problems.append(unknown_section(key, entry.key))
            elif isinstance(entry.node, ScalarNode):
                self._report(f"'{key}' has nothing to repeat", entry.key, "write its entries below it")
            else:
                sections[key] = entry
        return MappingNode(sections, item.location)

    def _rows(self, item: MappingNode) -> list[_Row]:
        """Return the rows of the item that its `when` selects."""
        named = item.entries["as"].node
        name = named.value if isinstance(named, ScalarNode) else None
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            self._report("'as' must be a name", named.location, "use letters and digits, e.g. `as: app`")
            return []
        table = read_rows(item.entries["rows"].node, self._folder, self._problems)
        rows = [_Row(row.name, _variables(name, row.node)) for row in table]
        when = item.entries.get("when")
        return self._chosen(rows, when.node) if when else rows

    def _chosen(self, rows: list[_Row], when: Node) -> list[_Row]:
        if not isinstance(when, MappingNode):
            self._report("'when' must be a mapping", when.location, "write `when: {app.env: prod}`")
            return []
        fields = {field for row in rows for field in row.variables}
        wanted = {field: self._comparable(entry.node) for field, entry in when.entries.items()}
        for field, entry in when.entries.items():
            if rows and field not in fields:
                hint = suggest(field, fields) or f"the fields are {', '.join(sorted(fields))}"
                self._report(f"no row has a field '{field}'", entry.key, hint)
            if wanted[field] is None:
                hint = "every field under `when` must be equal; for alternatives, repeat the item"
                self._report("'when' compares a field with one value", entry.node.location, hint)
        return [
            row
            for row in rows
            if all(
                field in row.variables and self._comparable(row.variables[field]) == value
                for field, value in wanted.items()
            )
        ]

    def _comparable(self, node: Node) -> str | None:
        """Return a value as text, the only type of CSV; None for a container."""
        value: Any = self._variables.fill(node)
        if isinstance(value, list | dict):
            return None
        return "" if value is None else as_text(value)

    def _copy(self, node: Node, row: _Row) -> Node:
        if isinstance(node, MappingNode):
            return self._mapping(node, row)
        location = node.location._replace(row=row.name)
        if isinstance(node, SequenceNode):
            return SequenceNode([self._copy(item, row) for item in node.items], location)
        return ScalarNode(node.value, location, node.start, node.end, node.style, row.variables)

    def _mapping(self, node: MappingNode, row: _Row) -> MappingNode:
        entries: dict[str, MappingItem] = {}
        for key, entry in node.entries.items():
            location = entry.key._replace(row=row.name)
            filled = self._variables.fill_key(key, location, row.variables)
            if filled in entries and "${" not in filled:  # else its variable is the mistake
                message = f"'{filled}' is defined twice, first at {entries[filled].key}"
                self._report(message, location, "keep one of the two, or give them different names")
            entries[filled] = MappingItem(location, self._copy(entry.node, row))
        return MappingNode(entries, node.location._replace(row=row.name), node.lacking)


def _intended_word(key: str, item: MappingNode) -> str:
    """Return the word of an item that a misspelled key was meant to be, if it is not there; or ""."""
    if key in _ALLOWED or len(key) == 1:
        return ""
    word = intended_key(key, _ALLOWED, item.entries)
    return word if word in _WORDS - item.entries.keys() else ""


def _variables(name: str, node: Node) -> dict[str, Node]:
    """Return the variables of a row under `name`: the row itself, and its fields at any depth."""
    found = {name: node}
    if isinstance(node, MappingNode):
        for key, entry in node.entries.items():
            found |= _variables(f"{name}.{key}", entry.node)
    return found


def _size(node: Node) -> int:
    if isinstance(node, MappingNode):
        return 1 + sum(_size(entry.node) for entry in node.entries.values())
    return 1 + sum(map(_size, node.items)) if isinstance(node, SequenceNode) else 1
