"""Replace values of environment variables in an export by references to the variables."""

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

    def written(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: written(value) for key, value in value.items()}
        if isinstance(value, list):
            return [written(value) for value in value]
        if isinstance(value, str):
            return pattern.sub(lambda found: f"${{{names[found.group()]}}}", value)
        return value

    entries = [replace(entry, content=written(entry.content)) for entry in export.entries]
    return replace(export, entries=type(export.entries)(entries))
