"""The locations (file, line, column) of all values of the stack."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from pdslack_cli.config.yaml.nodes import MappingItem, MappingNode, Node, ScalarNode, SequenceNode
from pdslack_cli.config.yaml.positions import location_inside, offset_of
from pdslack_cli.errors import Location
from pdslack_cli.model import DataPath

_LONE_KEY = re.compile(r"\s*[,}]")  # what follows a key in `{…}` that has no colon


class FilledValues(Protocol):
    """What is known of variable substitution: where a text comes from, and which values lack a variable."""

    @property
    def unfilled(self) -> Sequence[ScalarNode]:
        """The values that lack a variable."""

    def origin(self, node: ScalarNode, offset: int) -> int:
        """Map an offset in a text after substitution to the offset before it."""


class Locations:
    """The locations of keys and values, by path.

    A path that is not in the file has the location of its nearest parent; an inherited field has the location
    of its base or default: `beneath` maps paths of entries to those.
    """

    def __init__(
        self,
        root: MappingNode,
        texts: Mapping[str, str],
        variables: FilledValues,
        beneath: Mapping[DataPath, Sequence[DataPath]] | None = None,
        removed: Collection[DataPath] = (),
    ) -> None:
        self._root = root
        self._texts = texts
        self._variables = variables
        self._beneath = beneath or {}
        self._removed = _items_removed(removed)

    def merged_onto(self, beneath: Mapping[DataPath, Sequence[DataPath]]) -> Locations:
        """Return the locations of entries that inherit from these, the nearest first."""
        return Locations(self._root, self._texts, self._variables, beneath)

    def without(self, removed: Iterable[DataPath]) -> Locations:
        """Return the locations for data without these values: later items of lists move up."""
        return Locations(self._root, self._texts, self._variables, self._beneath, frozenset(removed))

    def value(self, path: DataPath) -> Location:
        """Return the location of the value at `path`."""
        return self._find(path).node.location

    def key(self, path: DataPath) -> Location:
        """Return the location of the key at `path`; for an item of a list, of the item."""
        return self._find(path).key

    def word(self, path: DataPath, word: str) -> Location:
        """Return the location of the name at `path`: of the value if it is that name, or else of the key."""
        item = self._find(path)
        is_value = isinstance(item.node, ScalarNode) and item.node.value == word
        return item.node.location if is_value else item.key

    def written(self, path: DataPath) -> str:
        """Return the unquoted scalar at `path` as spelled in its file, or "" for anything else."""
        node = self._find(path).node
        if not isinstance(node, ScalarNode) or node.style or isinstance(node.value, str):
            return ""
        return self._texts[node.location.file][node.start : node.end]

    def text(self, path: DataPath) -> str:
        """Return the text at `path` before variables are filled in, or "" for anything else."""
        node = self._find(path).node
        return node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else ""

    def unquoted_texts(self) -> Iterator[ScalarNode]:
        """Yield the values of the files that are texts without quotes."""
        nodes: list[Node] = [self._root]
        for node in nodes:  # which grows meanwhile
            if isinstance(node, MappingNode):
                nodes += [item.node for item in node.entries.values()]
            elif isinstance(node, SequenceNode):
                nodes += node.items
            elif not node.style and isinstance(node.value, str):
                yield node

    def split_value(self, path: DataPath) -> str:
        """Return the unquoted value in `{…}` that a comma cut: its rest became the key at `path`; or ""."""
        around = self._find(path[:-1]).node
        if not isinstance(around, MappingNode) or path[-1] not in around.entries:
            return ""
        text, begin = self._texts[around.location.file], -1
        for key, item in around.entries.items():
            start = offset_of(text, item.key)
            end = start + len(key)
            if not (text.startswith(key, start) and _LONE_KEY.match(text, end)):
                node = item.node
                begin = node.start if isinstance(node, ScalarNode) and not node.style else -1
            elif key == path[-1]:
                return text[begin:end] if begin >= 0 else ""
        return ""

    def lacks(self, path: DataPath) -> bool:
        """Return whether the mapping at `path` may have more keys than could be read."""
        path = _moved_back(path, self._removed) if self._removed else path
        places = [path, *((*under, *path[2:]) for under in self._beneath.get(path[:2], ()))]
        found = [self._walk(place) for place in places]
        return any(
            isinstance(item.node, MappingNode) and item.node.lacking and depth == len(place)
            for place, (item, depth) in zip(places, found, strict=True)
        )

    def inside(self, path: DataPath, offset: int) -> Location:
        """Return the location of the character at `offset` (from 0) of the text at `path`.

        Folded white space, and text from a variable, have the location of the character before them.
        """
        node = self._find(path).node
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
            return node.location
        return location_inside(node, self._texts[node.location.file], self._variables.origin(node, offset))

    def is_unfilled(self, location: Location | None) -> bool:
        """Return whether a location lies in a value that lacks a variable: other mistakes there follow."""
        return location is not None and any(
            node.location.file == location.file
            and node.start <= offset_of(self._texts[location.file], location) < max(node.end, node.start + 1)
            for node in self._variables.unfilled
        )

    def _find(self, path: DataPath) -> MappingItem:
        path = _moved_back(path, self._removed) if self._removed else path
        entry, depth = self._walk(path)
        if depth < len(path):
            for under in self._beneath.get(path[:2], ()):
                laid, laid_depth = self._walk((*under, *path[2:]))
                if laid_depth == len(under) + len(path) - 2:
                    return laid
        return entry

    def _walk(self, path: DataPath) -> tuple[MappingItem, int]:
        """Follow `path` as far as it exists; return the node, and the number of steps to it."""
        entry = MappingItem(self._root.location, self._root)
        for depth, step in enumerate(path):
            node = entry.node
            if isinstance(node, MappingNode) and isinstance(step, str) and step in node.entries:
                entry = node.entries[step]
            elif isinstance(node, SequenceNode) and isinstance(step, int) and 0 <= step < len(node.items):
                entry = MappingItem(node.items[step].location, node.items[step])
            elif isinstance(node, SequenceNode) and (item := _item_of(node, step)):
                entry = MappingItem(item.location, item)
            elif step != 0 or isinstance(node, SequenceNode):  # else it stands for the list of it alone
                return entry, depth
        return entry, len(path)


def data_at(data: object, path: DataPath) -> object:
    """Return the value at a path of plain data, None where there is none."""
    for part in path:
        data = data[part] if isinstance(data, dict | list) else None  # type: ignore[index]
    return data


def _item_of(node: SequenceNode, text: str | int) -> Node | None:
    """Return the item of a list that is this text: of a list whose order means nothing, it is its place."""
    texts = (item for item in node.items if isinstance(item, ScalarNode))
    return next((item for item in texts if item.value == text and isinstance(text, str)), None)


def original_path(path: DataPath, removed: Iterable[DataPath]) -> DataPath:
    """Map `path` in data without the `removed` values to its path before they were removed."""
    return _moved_back(path, _items_removed(removed))


def _items_removed(removed: Iterable[DataPath]) -> Mapping[DataPath, Sequence[int]]:
    """Return the indices of the removed items of each list, in order."""
    numbers: dict[DataPath, list[int]] = {}
    for *outer, last in removed:
        if isinstance(last, int):
            numbers.setdefault(tuple(outer), []).append(last)
    return {path: sorted(found) for path, found in numbers.items()}


def _moved_back(path: DataPath, removed: Mapping[DataPath, Sequence[int]]) -> DataPath:
    before: DataPath = ()
    for step in path:
        if isinstance(step, int):
            for number in removed.get(before, ()):
                step += number <= step
        before = (*before, step)
    return before
