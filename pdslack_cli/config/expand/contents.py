"""Fields whose text stands in a file beside the stack.

`script: {file: scripts/restart.sh}` where it may, `canvas: runbooks/payments.md` where it always does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pdslack_cli.config.locations import Locations
from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.config.sources.named import read_named
from pdslack_cli.config.tokens import find_token
from pdslack_cli.errors import Location, Problem
from pdslack_cli.kinds.fields.shorthand import FROM_FILE, OR_FILE

_Path = tuple[str, str, str]  # section, key, field

STAND_IN = "(not read)"  # so that what could not be read is no second mistake


def with_contents(data: dict[str, Any], locations: Locations, problems: list[Problem]) -> dict[str, Any]:
    """Return the data with the texts of the files that such fields name, beside the file they stand in."""
    for path in list(_fields(data, OR_FILE)):
        value = _value(data, path)
        if isinstance(value, dict) and value.keys() == {"file"} and isinstance(value["file"], str):
            data = _replaced(data, path, value["file"], locations.value((*path, "file")), problems)
    for path in list(_fields(data, FROM_FILE)):
        value = _value(data, path)
        if isinstance(value, str):
            data = _replaced(data, path, value, locations.value(path), problems)
    return data


def _fields(data: dict[str, Any], annotation: object) -> Iterator[_Path]:
    """Yield the paths of all fields of entries with that annotation."""
    for section, kind in SECTIONS.items():
        names = [name for name, field in kind.spec.model_fields.items() if annotation in field.metadata]
        entries = data.get(section)
        if names and isinstance(entries, dict):
            yield from (
                (section, key, name)
                for key, entry in entries.items()
                if isinstance(entry, dict)
                for name in names
            )


def _value(data: dict[str, Any], path: _Path) -> Any:
    section, key, name = path
    return data[section][key].get(name)


def _replaced(
    data: dict[str, Any], path: _Path, name: str, place: Location, problems: list[Problem]
) -> dict[str, Any]:
    """Return the data with the text of the file of that name, which stands at `place`, at the path."""
    section, key, field = path
    text = _text(name, place, problems)
    return {**data, section: {**data[section], key: {**data[section][key], field: text}}}


def _text(name: str, place: Location, problems: list[Problem]) -> str:
    """Return the text of the file; a stand-in, and a problem, if it cannot be used."""
    text = read_named(name, place, problems)
    if text and (token := find_token(text)):
        hint = "take it out (a script can read its environment); if it is real, revoke it now"
        problems.append(Problem(f"'{name}' contains what looks like {token}", place, hint))
    return STAND_IN if text is None else text
