"""What a vendor's object holds that no file can say: it stays as it is, and an export tells of it."""

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


def unsaid_fields(
    raw: Json, said: Json, usual: Mapping[str, Any], ignored: Collection[str] = ()
) -> Iterator[str]:
    """The places in `raw` that are set to something else than `said` has, which is what a file's words make.

    Of the object's own fields only those count that `said` or `usual` names; `usual` has what a field that
    no file can say is where nobody set it. Inside of a field, everything counts but what is `ignored`.
    """
    for name, value in raw.items():
        if name in said:
            yield from _differing(value, said[name], name, {*SERVER_MADE, *ignored})
        elif name in usual and value and value != usual[name]:
            yield name


def as_comment(fields: Iterator[str], title: str = "") -> Iterator[str]:
    """One sentence for all of them, if there are any; `title` names the part of the object that has them."""
    names = [f"`{field}`" for field in fields]
    if names:
        stay = "stays as it is" if len(names) == 1 else "stay as they are"
        part = f"{title}: " if title else ""
        yield f"{part}{', '.join(names)} cannot be written in a file as set there, and {stay}"


def _differing(raw: Any, said: Any, place: str, ignored: Collection[str]) -> Iterator[str]:
    if not raw:
        return
    if isinstance(raw, dict) and isinstance(said, dict):
        if said.keys() <= REFERENCE:
            raw = {name: value for name, value in raw.items() if name in REFERENCE}
        for name, value in raw.items():
            inner = f"{place}.{name}"
            if name in said:
                yield from _differing(value, said[name], inner, ignored)
            elif value and name not in ignored:
                yield inner
    elif isinstance(raw, list) and isinstance(said, list):
        if place.rpartition(".")[2] in ignored:
            return
        found = sources(said, raw)
        for number, item in enumerate(raw):
            inner = f"{place}[{number}]"
            if number in found:
                yield from _differing(item, said[found.index(number)], inner, ignored)
            else:
                yield inner
    elif _plain(raw) != _plain(said):
        yield place


def _plain(value: Any) -> Any:
    """Without white space that no file keeps."""
    return " ".join(value.split()) if isinstance(value, str) else value
