"""`defaults:` laid under the entries of their sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def with_defaults(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return `data` with each section's defaults under every entry of that section.

    Mappings are laid into mappings, lists replace, and an entry's null wins. An entry that is empty takes
    all defaults; one that is only looked up takes none, since we do not manage it. What is not of the right
    shape is left as it is.
    """
    laid = dict(data)
    defaults = data.get("defaults")
    for section, default in defaults.items() if isinstance(defaults, dict) else ():
        entries = data.get(section)
        if isinstance(default, dict) and isinstance(entries, dict):
            laid[section] = {key: _laid_under(entry, default) for key, entry in entries.items()}
    return laid


def _laid_under(entry: Any, default: dict[str, Any]) -> Any:
    if entry is None:
        return default
    if not isinstance(entry, dict) or entry.get("lookup") is True:
        return entry
    return _merge(default, entry)


def _merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = under.keys() & over.keys()
    nested = {
        key: _merge(under[key], over[key])
        for key in both
        if isinstance(under[key], dict) and isinstance(over[key], dict)
    }
    return {**under, **over, **nested}
