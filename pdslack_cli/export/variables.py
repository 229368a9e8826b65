"""What the environment gives to files is not written into an export: its name stands there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pdslack_cli.config.expand.variables import escaped
from pdslack_cli.export.export import Export
from pdslack_cli.masking import SHORTEST_INSIDE_TEXT


def with_variables(export: Export, variables: Mapping[str, str]) -> Export:
    """Return the export with `${name}` in place of the value of each variable."""
    names = {escaped(value): name for name, value in variables.items() if len(value) >= SHORTEST_INSIDE_TEXT}
    if not names:
        return export
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)))

    def written(words: Any) -> Any:
        if isinstance(words, dict):
            return {key: written(value) for key, value in words.items()}
        if isinstance(words, list):
            return [written(value) for value in words]
        if isinstance(words, str):
            return pattern.sub(lambda found: f"${{{names[found.group()]}}}", words)
        return words

    entries = [replace(entry, words=written(entry.words)) for entry in export.entries]
    return replace(export, entries=type(export.entries)(entries))
