"""Find what a vendor's object has that a file cannot express; an export adds it as a note."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pdslack_cli.kinds.lenses.merge import sources
from pdslack_cli.model import Json

SERVER_MADE = frozenset(
    {
        *("id", "type", "summary", "self", "html_url"),
        *("created_at", "created_by", "updated_at", "updated_by", "version"),
        *("rendered_schedule_entries", "rendered_coverage_percentage"),
        *("recommended_timeout", "recommended_time_window"),
        *("parameter_type", "outputs"),
    }
)
"""Fields of nested objects that only the vendor writes."""

REFERENCE = {"id", "type"}  # what is written of another object; it may be read whole


def unwritable_fields(
    raw: Json, encoded: Json, usual: Mapping[str, Any], ignored: Collection[str] = ()
) -> Iterator[str]:
    """Return the paths in `raw` whose values differ from `encoded`, which is what a file can hold.

    Top-level fields count only if `encoded` or `usual` has them; `usual` gives the default of fields that a
    file cannot express. Below them, everything counts except `ignored`.
    """
    for name, value in raw.items():
        if name in encoded:
            yield from _differing(value, encoded[name], name, {*SERVER_MADE, *ignored})
        elif name in usual and value and value != usual[name]:
            yield name


def as_comment(fields: Iterator[str], title: str = "") -> Iterator[str]:
    """Join the notes to one sentence, if any; `title` names the part of the object they describe."""
    names = [f"`{field}`" for field in fields]
    if names:
        stay = "stays as it is" if len(names) == 1 else "stay as they are"
        part = f"{title}: " if title else ""
        yield f"{part}{', '.join(names)} cannot be written in a file as set there, and {stay}"


def _differing(raw: Any, encoded: Any, place: str, ignored: Collection[str]) -> Iterator[str]:
    if not raw:
        return
    if isinstance(raw, dict) and isinstance(encoded, dict):
        if encoded.keys() <= REFERENCE:
            raw = {name: value for name, value in raw.items() if name in REFERENCE}
        for name, value in raw.items():
            inner = f"{place}.{name}"
            if name in encoded:
                yield from _differing(value, encoded[name], inner, ignored)
            elif value and name not in ignored:
                yield inner
    elif isinstance(raw, list) and isinstance(encoded, list):
        if place.rpartition(".")[2] in ignored:
            return
        found = sources(encoded, raw)
        for number, item in enumerate(raw):
            inner = f"{place}[{number}]"
            if number in found:
                yield from _differing(item, encoded[found.index(number)], inner, ignored)
            else:
                yield inner
    elif _plain(raw) != _plain(encoded):
        yield place


def _plain(value: Any) -> Any:
    """Normalize the white space that a file does not preserve."""
    return " ".join(value.split()) if isinstance(value, str) else value
