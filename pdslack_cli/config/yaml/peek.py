"""The top-level keys of any YAML text, even if we would reject it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TopLevel(NamedTuple):
    """The keys of all documents of a text, with the values that are scalars (else "")."""

    keys: Mapping[str, str]
    well_formed: bool  # False: the keys are those above the first syntax error


def top_level(text: str) -> TopLevel:
    """Return the top-level keys of a text, regardless of its tags, number of documents and size."""
    keys: dict[str, str] = {}
    try:
        _collect(text, keys)
    except yaml.YAMLError:
        return TopLevel(keys, well_formed=False)
    return TopLevel(keys, well_formed=True)


def key_paths(text: str, depth: int) -> Iterator[tuple[str, ...]]:
    """Yield the path of each key of nested mappings, up to that depth; raises YAMLError."""
    keys: list[str | None] = []  # of each open collection: the current key, None before one and in lists
    in_mapping: list[bool] = []
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.NodeEvent) and in_mapping and in_mapping[-1]:
            if keys[-1] is None:
                keys[-1] = event.value if isinstance(event, yaml.ScalarEvent) else ""
                if len(keys) <= depth and all(in_mapping):
                    yield tuple(str(key) for key in keys)
                if not isinstance(event, yaml.CollectionStartEvent):
                    continue
            elif not isinstance(event, yaml.CollectionStartEvent):
                keys[-1] = None
        if isinstance(event, yaml.CollectionStartEvent):
            keys.append(None)
            in_mapping.append(isinstance(event, yaml.MappingStartEvent))
        elif isinstance(event, yaml.CollectionEndEvent):
            keys.pop()
            in_mapping.pop()
            if keys:
                keys[-1] = None


def _collect(text: str, keys: dict[str, str]) -> None:
    depth, in_mapping, key = 0, False, None
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.NodeEvent) and depth == 1 and in_mapping:
            value = event.value if isinstance(event, yaml.ScalarEvent) else ""
            if key is None:
                key = value
            else:
                keys[key], key = value, None
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth == 1:
                in_mapping = isinstance(event, yaml.MappingStartEvent)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
