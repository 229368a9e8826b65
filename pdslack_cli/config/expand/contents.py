"""Fields whose text may stand in a file beside the stack: `script: {file: scripts/restart.sh}`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pdslack_cli.config.locations import Locations
from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.config.sources.discover import read_text
from pdslack_cli.config.tokens import find_token
from pdslack_cli.errors import Location, Problem
from pdslack_cli.kinds.fields.shorthand import OR_FILE

STAND_IN = "(not read)"  # so that what could not be read is no second mistake


def with_contents(data: dict[str, Any], locations: Locations, problems: list[Problem]) -> dict[str, Any]:
    """Return the data with the texts of the files that such fields name, beside the file they stand in."""
    for path in list(_fields(data)):
        section, key, name = path
        value = data[section][key].get(name)
        if isinstance(value, dict) and value.keys() == {"file"} and isinstance(value["file"], str):
            place = locations.value((*path, "file"))
            text = _text(Path(place.file).parent / value["file"], place, problems)
            entries = {**data[section], key: {**data[section][key], name: text}}
            data = {**data, section: entries}
    return data


def _fields(data: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the paths of all fields of entries that may name a file."""
    for section, kind in SECTIONS.items():
        names = [name for name, field in kind.spec.model_fields.items() if OR_FILE in field.metadata]
        entries = data.get(section)
        if names and isinstance(entries, dict):
            yield from (
                (section, key, name)
                for key, entry in entries.items()
                if isinstance(entry, dict)
                for name in names
            )


def _text(file: Path, place: Location, problems: list[Problem]) -> str:
    """Return the text of the file; a stand-in, and a problem, if it cannot be used."""
    text = read_text(file, problems, named_at=place)
    if text and (token := find_token(text)):
        hint = "let the script take it from its environment; if it is real, revoke it now"
        problems.append(Problem(f"'{file}' contains what looks like {token}", place, hint))
    return STAND_IN if text is None else text
