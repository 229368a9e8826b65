"""Which documents of a kind a list wants, in SQL, and the indices by which it reads only what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

INDEXED = frozenset({"name", "email", "channel", "_parent", "_open", "_key", "_service", "_due"})
"""The fields of documents by which `find` is fast. Those with `_` are never shown."""

LISTED = {
    "pagerduty.incident": (
        "created_at",
        "status",
        "urgency",
        "_service",
        "incident_key",
        "incident_number",
        "resolved_at",
    ),
    "pagerduty.log_entry": ("created_at", "type"),
}
"""The fields by which pages of long lists are chosen: an index holds them, so no document is read for it."""

GREATEST = {"pagerduty.incident": ("_service", "created_at")}
"""The field that chooses documents, and the one whose greatest value is found without reading them."""


@dataclass(frozen=True)
class QueryCondition:
    """A condition of a query, and the values of its placeholders. The fields in it are names of our own."""

    sql: str
    values: Sequence[str | int] = ()


def field(name: str) -> str:
    """A top-level field of a document; written just so, an index over it is used."""
    return f"json_extract(doc, '$.{name}')"


def among(name: str, values: Iterable[str]) -> QueryCondition:
    """The field has one of the values."""
    wanted = tuple(values)
    return QueryCondition(f"{field(name)} IN ({_marks(wanted)})", wanted)


def between(name: str, first: str, last: str) -> QueryCondition:
    """The field is a text in that range, both ends included."""
    return QueryCondition(f"{field(name)} BETWEEN ? AND ?", (first, last))


def holds(name: str, path: str, values: Iterable[str]) -> QueryCondition:
    """The list in that field has an element with one of the values at `path` (`$` is the element itself)."""
    wanted = tuple(values)
    element = "value" if path == "$" else f"json_extract(value, '{path}')"
    inside = f"SELECT 1 FROM json_each(doc, '$.{name}') WHERE {element} IN ({_marks(wanted)})"  # noqa: S608
    return QueryCondition(f"EXISTS ({inside})", wanted)


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
