"""A YAML file as a tree of nodes with locations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from pdslack_cli.errors import Location
from pdslack_cli.model import DataPath


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """Text, a number, true, false or null. `start` and `end` are character offsets in its file's text.

    If the value is repeated for every row of a table, `row` has the variables of the row.
    """

    value: str | int | float | bool | None
    location: Location
    start: int
    end: int
    style: str  # "" (plain), "'", '"', "|" or ">"; "*" for what an alias without a value stands for
    row: Mapping[str, Node] | None = None


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """A list."""

    items: list[Node]
    location: Location


@dataclass(frozen=True, slots=True)
class MappingNode:
    """Keys, always text, with their values; `lacking` what a `<<` that could not be read would add."""

    entries: dict[str, MappingItem]
    location: Location
    lacking: bool = False


class MappingItem(NamedTuple):
    """A value, and the location of its key."""

    key: Location
    node: Node


Node: TypeAlias = ScalarNode | SequenceNode | MappingNode


def path_at(node: Node, location: Location) -> DataPath:
    """Return the path, below `node`, of the innermost value at a location of the same file."""
    path: list[str | int] = []
    while not isinstance(node, ScalarNode):
        steps: Iterable[tuple[str | int, MappingItem]] = (
            node.entries.items()
            if isinstance(node, MappingNode)
            else ((number, MappingItem(item.location, item)) for number, item in enumerate(node.items))
        )
        place = (location.line, location.column)
        begun = [(step, item) for step, item in steps if (item.key.line, item.key.column) <= place]
        if not begun:
            break
        step, item = max(begun, key=lambda pair: (pair[1].key.line, pair[1].key.column))
        path.append(step)
        if item.key[:3] == location[:3]:
            break
        node = item.node
    return tuple(path)
