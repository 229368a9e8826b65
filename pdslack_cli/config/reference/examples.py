"""Examples of every field: excerpts of a sample stack that tests validate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


def example_of(path: Sequence[str]) -> str:
    """Return the lines of the sample that show a field, with the lines above it; "" if there is none.

    Of several entries, only the first is shown.
    """
    excerpts = _excerpts(_sample_node(), tuple(path))
    found = min(excerpts, key=lambda excerpt: excerpt.skipped, default=None)
    return "".join(f"{line}\n" for line in found.lines) if found else ""


def example_values(path: Sequence[str]) -> Iterator[Any]:
    """Yield the values that the sample has at a path, below any keys that users choose."""
    yield from values_at(_sample_data(), tuple(path))


def values_at(data: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Yield all values at a path of a stack file, below any keys that users choose."""
    for item in data if isinstance(data, list) else ():
        yield from values_at(item, path)
    for key, value in data.items() if isinstance(data, dict) else ():
        if (key,) == path:
            yield value
        yield from values_at(value, path[1:] if key == path[0] and len(path) > 1 else path)


@cache
def _sample_data() -> Any:
    return yaml.safe_load(sample())


@cache
def sample() -> str:
    """Return a stack with all sections and fields."""
    return files(__package__).joinpath("sample.yaml").read_text(encoding="utf-8")


@cache
def _sample_node() -> yaml.Node:
    node = yaml.compose(sample(), Loader=yaml.BaseLoader)
    assert node is not None  # it is not empty
    return node


@cache
def _sample_lines() -> list[str]:
    return sample().splitlines()


@dataclass(frozen=True)
class _Excerpt:
    """Lines of the sample; `start` is the number of the first.

    `skipped` counts the keys above it that are not part of the path, because users choose them.
    """

    start: int
    lines: tuple[str, ...]
    skipped: int = 0

    def below(self, line: int, skipped: int = 0) -> _Excerpt:
        """Return the excerpt preceded by the line of its parent, if that is a separate line."""
        lines = self.lines if line == self.start else (_sample_lines()[line], *self.lines)
        return _Excerpt(line, lines, self.skipped + skipped)

    def as_item(self, start: yaml.Mark) -> _Excerpt:
        """Return the excerpt of a list item, with the dash that its first line may lack."""
        if self.start == start.line:
            return self
        first = f"{' ' * (start.column - 2)}- {self.lines[0][start.column :]}"
        return replace(self, lines=(first, *self.lines[1:]))


@cache
def _keys(node: yaml.Node) -> frozenset[str]:
    """Return all keys below a node of the sample."""
    if isinstance(node, yaml.SequenceNode):
        return frozenset().union(*map(_keys, node.value))
    if isinstance(node, yaml.MappingNode):
        return frozenset(key.value for key, _ in node.value).union(*(_keys(value) for _, value in node.value))
    return frozenset()


def _excerpts(node: yaml.Node, path: tuple[str, ...]) -> Iterator[_Excerpt]:
    """Yield all places below the node with the field at `path`."""
    if not _keys(node).issuperset(path):
        return  # most of the sample, for any path
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            for excerpt in _excerpts(item, path):
                yield excerpt.as_item(item.start_mark)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            line = key.start_mark.line
            if key.value == path[0] and len(path) == 1:
                shown = _first_entry(value) if key.start_mark.column == 0 else value
                yield _Excerpt(line, tuple(_sample_lines()[line : _end(shown)]))
            elif key.value == path[0]:
                yield from (excerpt.below(line) for excerpt in _excerpts(value, path[1:]))
            else:
                yield from (excerpt.below(line, skipped=1) for excerpt in _excerpts(value, path))


def _first_entry(node: yaml.Node) -> yaml.Node:
    """Return the first entry of a section; for other nodes, the node itself."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and len(node.value) > 1:
        first: yaml.Node = node.value[0][1]
        return first
    return node


def _end(node: yaml.Node) -> int:
    """Return the number of the line after a node."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        end: int = node.end_mark.line
        while not _sample_lines()[end - 1].strip():
            end -= 1
        return end
    return int(node.end_mark.line) + 1
