"""Which documents of a kind a list wants, in SQL, and the indices by which it reads only what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

INDEXED = frozenset({"name", "channel", "_parent", "_open", "_key", "_service", "_due"})
"""The fields of documents by which `find` is fast. Those with `_` are never shown."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    doc TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS document_order ON document (kind, seq);
CREATE TABLE IF NOT EXISTS counter (value INTEGER NOT NULL);
INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);
CREATE TABLE IF NOT EXISTS state (id TEXT NOT NULL);
INSERT INTO state SELECT lower(hex(randomblob(8))) WHERE NOT EXISTS (SELECT 1 FROM state);
"""
NEW_STATE = "UPDATE state SET id = lower(hex(randomblob(8)))"
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

INDEX = "CREATE INDEX IF NOT EXISTS document_{0} ON document (kind, json_extract(doc, '$.{0}'));"


@dataclass(frozen=True)
class QueryCondition:
    """A condition of a query, and the values of its placeholders. The fields in it are names of our own."""

    sql: str
    values: Sequence[str | int] = ()


def field(name: str) -> str:
    """A top-level field of a document; written just so, an index over it is used."""
    return f"json_extract(doc, '$.{name}')"


def listing_index(kind: str, fields: Sequence[str]) -> str:
    name = kind.replace(".", "_")
    columns = ", ".join(field(one) for one in fields)
    return f"CREATE INDEX IF NOT EXISTS listed_{name} ON document ({columns}) WHERE kind = '{kind}';"


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
