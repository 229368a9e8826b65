"""Where in the files each value of the stack stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

from pdslack_cli.config.yaml.nodes import MappingItem, MappingNode, ScalarNode, SequenceNode
from pdslack_cli.config.yaml.positions import location_inside
from pdslack_cli.errors import Location

DataPath: TypeAlias = tuple[str | int, ...]
"""A place in the data: `("services", "payments-api", "rules", 0, "if")`."""


class OffsetOrigin(Protocol):
    """Tells which character of a text became the one at `offset` once variables were filled in."""

    def origin(self, node: ScalarNode, offset: int) -> int: ...


class Locations:
    """The places of keys and values.

    A path that no file holds has the place of its nearest parent, except that a field which was laid under
    its entry has its place where it was laid from: `beneath` names those places by the path of the entry.
    """

    def __init__(
        self,
        root: MappingNode,
        texts: Mapping[str, str],
        variables: OffsetOrigin,
        beneath: Mapping[DataPath, Sequence[DataPath]] | None = None,
    ) -> None:
        self._root = root
        self._texts = texts
        self._variables = variables
        self._beneath = beneath or {}

    def merged_onto(self, beneath: Mapping[DataPath, Sequence[DataPath]]) -> Locations:
        """Return the same, for entries under which these were laid, the nearest first."""
        return Locations(self._root, self._texts, self._variables, beneath)

    def value(self, path: DataPath) -> Location:
        """Return where the value at `path` begins."""
        return self._find(path).node.location

    def key(self, path: DataPath) -> Location:
        """Return where the key that leads to `path` stands; a list's item has no key, and its own place."""
        return self._find(path).key

    def inside(self, path: DataPath, offset: int) -> Location:
        """Return the place of the character at `offset` (from 0) of the text at `path`.

        White space that YAML folds away, and text that a variable brought in, have the place of what
        stands before them.
        """
        node = self._find(path).node
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
            return node.location
        return location_inside(node, self._texts[node.location.file], self._variables.origin(node, offset))

    def _find(self, path: DataPath) -> MappingItem:
        entry, depth = self._walk(path)
        if depth < len(path):
            for under in self._beneath.get(path[:2], ()):
                laid, laid_depth = self._walk((*under, *path[2:]))
                if laid_depth == len(under) + len(path) - 2:
                    return laid
        return entry

    def _walk(self, path: DataPath) -> tuple[MappingItem, int]:
        """Follow `path` as far as it goes: what stands there, and how many steps led to it."""
        entry = MappingItem(self._root.location, self._root)
        for depth, step in enumerate(path):
            node = entry.node
            if isinstance(node, MappingNode) and isinstance(step, str) and step in node.entries:
                entry = node.entries[step]
            elif isinstance(node, SequenceNode) and isinstance(step, int) and 0 <= step < len(node.items):
                entry = MappingItem(node.items[step].location, node.items[step])
            elif step != 0 or isinstance(node, SequenceNode):  # else it stands for the list of it alone
                return entry, depth
        return entry, len(path)
