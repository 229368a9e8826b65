"""The top-level keys of any YAML text, also of one that we would refuse to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TopLevel(NamedTuple):
    """The keys of all documents of a text, each with its value where that is a scalar (otherwise "")."""

    keys: Mapping[str, str]
    well_formed: bool  # False: the keys are those above the first syntax error


def top_level(text: str) -> TopLevel:
    """Return the top-level keys of a text, whatever its tags, number of documents and size."""
    keys: dict[str, str] = {}
    try:
        _collect(text, keys)
    except yaml.YAMLError:
        return TopLevel(keys, well_formed=False)
    return TopLevel(keys, well_formed=True)


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
