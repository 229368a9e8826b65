"""Inheritance of entries: the bases in `like`, then the `defaults:` of the section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from pdslack_cli.config.cures.keys import intended_key, misspelt_sections
from pdslack_cli.config.locations import Locations
from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.errors import Problem
from pdslack_cli.model import DataPath
from pdslack_cli.suggest import nearest, suggest

_LAYERS = ("bases", "defaults")  # what they hold is no entry, but laid under entries
_BOOLEAN = TypeAdapter(bool, config=ConfigDict(defer_build=True))


def with_layers(
    data: Mapping[str, Any], locations: Locations, problems: list[Problem]
) -> tuple[dict[str, Any], Locations]:
    """Return `data` with bases and defaults merged under every entry, and the locations of the result.

    Mappings are merged, lists are replaced, and a null in an entry takes precedence. An empty entry takes all
    defaults, and so does one of text alone, which is short for a mapping; one that is only looked up takes
    none, because it is not managed. Values of another shape are left unchanged.
    """
    laid = dict(data)
    beneath: dict[DataPath, list[DataPath]] = {}
    misspelt = misspelt_sections(data)
    for section, entries in data.items():
        if section in _LAYERS or not isinstance(entries, dict):
            continue
        laid[section] = dict(entries)
        bases, default = _mapping(data, "bases", section), _mapping(data, "defaults", section)
        found: list[Problem] = []
        for key, entry in entries.items():
            names = _bases_of((section, key), entry, bases, locations, found)
            beneath[section, key] = [("bases", section, name) for name in names]
            for name in names:
                entry = _laid_under(entry, bases[name])
            if default and not is_looked_up(entry):
                entry = _laid_under(_long_form(section, entry), default)
                beneath[section, key].append(("defaults", section))
            laid[section][key] = entry
        # What a misspelt key hides is no second mistake.
        hidden = "bases" in misspelt or section in misspelt_sections(_mapping(data, "bases"))
        if found and not hidden and (section in SECTIONS or not intended_key(section, SECTIONS)):
            problems += found
    return laid, locations.merged_onto(beneath)


def unused_layers(data: Mapping[str, Any]) -> Iterator[tuple[DataPath, dict[str, Any]]]:
    """Yield the bases and defaults that no entry has, with their paths."""
    for section in SECTIONS:
        entries = [*_mapping(data, section).values()]
        bases, default = _mapping(data, "bases", section), _mapping(data, "defaults", section)
        if default and all(map(is_looked_up, entries)):
            yield ("defaults", section), default
        used = [entry.get("like") for entry in (*entries, *bases.values()) if isinstance(entry, dict)]
        for name, base in bases.items():
            if name not in used and isinstance(base, dict):
                yield ("bases", section, name), base


def _long_form(section: str, entry: Any) -> Any:
    """Return the mapping that an entry of text alone is short for, if its section has such a form."""
    field = SECTIONS[section].text_field if section in SECTIONS else ""
    return {field: entry} if field and isinstance(entry, str) else entry


def is_looked_up(entry: Any) -> bool:
    """Return whether an entry is only looked up; after variable substitution the value may be text.

    A misspelt word or value means that as well: it is the one mistake of the entry.
    """
    if not isinstance(entry, dict):
        return False
    if "lookup" not in entry:
        return any(key.startswith("lo") and bool(intended_key(key, ["lookup"])) for key in entry)
    try:
        return _BOOLEAN.validate_python(entry["lookup"])
    except ValidationError:
        return isinstance(entry["lookup"], str) and bool(nearest(entry["lookup"], ("true", "yes")))


def _mapping(data: Any, *path: str) -> dict[str, Any]:
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _bases_of(
    place: DataPath, entry: Any, bases: Mapping[str, Any], locations: Locations, problems: list[Problem]
) -> list[str]:
    """Return the names of the bases of an entry, nearest first, including bases of bases."""
    section = str(place[0])
    names: list[str] = []
    while isinstance(entry, dict) and isinstance(name := entry.get("like"), str):
        if name in names:
            circle = names[names.index(name) :]
            first = circle.index(min(circle))  # whichever entry led us in, it is one circle
            circle = [*circle[first:], *circle[: first + 1]]
            message = f"bases are `like` each other in a cycle: {' → '.join(circle)}"
            place = ("bases", section, circle[0], "like")
            problems.append(Problem(message, locations.value(place), "remove `like` from one of them"))
            break
        if name not in bases:
            hint = (
                suggest(name.rpartition("/")[2], bases)
                or f"write it under `bases: {{{section}: {{{name}: …}}}}`"
            )
            problems.append(Problem(f"unknown base {name!r}", locations.value((*place, "like")), hint))
            break
        names.append(name)
        place, entry = ("bases", section, name), bases[name]
    return names


def _laid_under(entry: Any, layer: Any) -> Any:
    if entry is None:
        return layer
    return _merge(layer, entry) if isinstance(entry, dict) and isinstance(layer, dict) else entry


def _merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = under.keys() & over.keys()
    nested = {
        key: _merge(under[key], over[key])
        for key in both
        if isinstance(under[key], dict) and isinstance(over[key], dict)
    }
    return {**under, **over, **nested}
