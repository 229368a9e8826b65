"""A YAML file as a tree in which every value knows where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from pdslack_cli.errors import Location


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """Text, a number, true, false or null. `start` and `end` are character offsets into its file's text.

    Where the value is repeated for every row of a table, `row` holds the variables that the row brings.
    """

    value: str | int | float | bool | None
    location: Location
    start: int
    end: int
    style: str  # "" (plain), "'", '"', "|" or ">"
    row: Mapping[str, Node] | None = None


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """A list."""

    items: list[Node]
    location: Location


@dataclass(frozen=True, slots=True)
class MappingNode:
    """Keys, which are always text, with their values."""

    entries: dict[str, MappingItem]
    location: Location


class MappingItem(NamedTuple):
    """A value, and the place of the key that leads to it."""

    key: Location
    node: Node


Node: TypeAlias = ScalarNode | SequenceNode | MappingNode
