"""Read documents: one, those of a kind, pages of long lists, and what is calculated from them."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.store.query import GREATEST, LISTED, QueryCondition, field

Row = tuple[int, str]
"""The place of a document in its kind, and its text."""

T = TypeVar("T")

BITS = 63  # of SQLite's numbers, without the sign


class DocumentReader:
    """Reads JSON documents by kind and id, as copies unless a method says otherwise."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._epoch = 0  # changes when any document may have changed
        self._revisions: dict[str, int] = {}  # the same for documents of one kind
        self._peeked: dict[str, tuple[tuple[int, int], dict[str, Json | None]]] = {}
        self._derived: dict[str, tuple[tuple[tuple[int, int], ...], Any]] = {}

    def get(self, kind: str, id: str) -> Json | None:  # noqa: A002
        """The document, or None."""
        with self._lock:
            row = self._row(kind, id)
        return None if row is None else json.loads(row[1])

    def all(self, kind: str) -> list[Json]:
        """Every document of a kind, oldest first."""
        return self.find(kind)

    def find(self, kind: str, **fields: str | int) -> list[Json]:
        """The documents of a kind whose top-level fields equal `fields`, oldest first.

        Those of `INDEXED` are found without reading the others.
        """
        tests = "".join(f" AND json_extract(doc, '$.{field}') = ?" for field in fields)
        sql = f"SELECT doc FROM document WHERE kind = ?{tests} ORDER BY seq"  # noqa: S608 - field names are ours
        if any(isinstance(value, int) and value.bit_length() > BITS for value in fields.values()):
            return []  # SQLite has no such numbers
        with self._lock:
            rows = self._connection.execute(sql, (kind, *fields.values())).fetchall()
        return [json.loads(doc) for (doc,) in rows]

    def find_each(self, kind: str, name: str, values: Sequence[str]) -> dict[str, list[Json]]:
        """What `find` returns for each of several values of a field of `INDEXED`, read at once."""
        marks = ", ".join("?" * len(values))
        # SQLite does not see by itself that so many values are still few of all.
        sql = (
            f"SELECT {field(name)}, doc FROM document INDEXED BY document_{name} "  # noqa: S608 - as in find
            f"WHERE kind = ? AND {field(name)} IN ({marks}) ORDER BY seq"
        )
        found: dict[str, list[Json]] = {value: [] for value in values}
        if not values:
            return found  # of no values, SQLite cannot see that a document has the field
        with self._lock:
            rows = self._connection.execute(sql, (kind, *values)).fetchall()
        for value, doc in rows:
            found[value].append(json.loads(doc))
        return found

    def newest(self, kind: str, most: int, **fields: str | int) -> list[Json]:
        """The last documents of a kind whose top-level fields equal `fields`, newest first."""
        return self._first(kind, most, fields, "seq DESC")

    def oldest(self, kind: str, most: int, **fields: str | int) -> list[Json]:
        """The first documents of a kind whose top-level fields equal `fields`, oldest first."""
        return self._first(kind, most, fields, "seq")

    def _first(self, kind: str, most: int, fields: Mapping[str, str | int], order: str) -> list[Json]:
        tests = "".join(f" AND json_extract(doc, '$.{field}') = ?" for field in fields)
        sql = f"SELECT doc FROM document WHERE kind = ?{tests} ORDER BY {order} LIMIT ?"  # noqa: S608 - field names are ours
        with self._lock:
            rows = self._connection.execute(sql, (kind, *fields.values(), most)).fetchall()
        return [json.loads(doc) for (doc,) in rows]

    def page(
        self, kind: str, conditions: Sequence[QueryCondition], order: str, limit: int, offset: int
    ) -> list[Json]:
        """Some of the documents that meet all conditions. `order` is SQL of our own, made of `field`."""
        # The inner query reads an index alone where one has all its fields.
        chosen = f"SELECT seq {self._chosen(kind, conditions)} ORDER BY {order} LIMIT ? OFFSET ?"
        sql = f"SELECT doc FROM document WHERE seq IN ({chosen}) ORDER BY {order}"  # noqa: S608
        values = [value for condition in conditions for value in condition.values]
        with self._lock:
            rows = self._connection.execute(sql, (*values, limit, offset)).fetchall()
        return [json.loads(doc) for (doc,) in rows]

    def count(self, kind: str, conditions: Sequence[QueryCondition]) -> int:
        """How many documents meet all conditions."""
        values = [value for condition in conditions for value in condition.values]
        with self._lock:
            sql = f"SELECT count(*) {self._chosen(kind, conditions)}"
            (number,) = self._connection.execute(sql, values).fetchone()
        return int(number)

    def tally(
        self, kind: str, names: Sequence[str], conditions: Sequence[QueryCondition]
    ) -> Mapping[Any, int]:
        """How many documents that meet all conditions have which values of these fields."""
        values = [value for condition in conditions for value in condition.values]
        columns = ", ".join(map(field, names))
        sql = f"SELECT {columns}, count(*) {self._chosen(kind, conditions)} GROUP BY {columns}"
        with self._lock:
            rows = self._connection.execute(sql, values).fetchall()
        return {tuple(row[:-1]): row[-1] for row in rows}

    def greatest(self, kind: str, of: str) -> str | None:
        """The greatest value of the field of `GREATEST`, among the documents that `of` chooses."""
        chooser, name = map(field, GREATEST[kind])
        # The kind stands in the text, as in a list.
        sql = f"SELECT max({name}) FROM document WHERE kind = '{kind}' AND {chooser} = ?"  # noqa: S608
        with self._lock:
            (value,) = self._connection.execute(sql, (of,)).fetchone()
        return value if value is None else str(value)

    @staticmethod
    def _chosen(kind: str, conditions: Sequence[QueryCondition]) -> str:
        # The kind stands in the text: only then does SQLite take an index that is for it alone.
        index = f"INDEXED BY listed_{kind.replace('.', '_')}" if kind in LISTED else ""
        return " AND ".join(
            [f"FROM document {index} WHERE kind = '{kind}'", *(one.sql for one in conditions)]
        )

    def due(self, kind: str, until: str, most: int = 100) -> list[Json]:
        """The documents of a kind whose `_due` is not after `until`, the first to come first."""
        due = "json_extract(doc, '$._due')"
        sql = f"SELECT doc FROM document WHERE kind = ? AND {due} <= ? ORDER BY {due}, seq LIMIT ?"  # noqa: S608
        with self._lock:
            rows = self._connection.execute(sql, (kind, until, most)).fetchall()
        return [json.loads(doc) for (doc,) in rows]

    def revision_of(self, kind: str) -> tuple[int, int]:
        """Changes whenever a document of that kind may have changed."""
        return self._epoch, self._revisions.get(kind, 0)

    def shared(self, kind: str) -> list[Json]:
        """Every document of a kind, oldest first; read again when one has changed; not to be modified."""
        return self.derived(f"all {kind}", (kind,), lambda: self.all(kind))

    def peek(self, kind: str, id: str) -> Json | None:  # noqa: A002 - the vendors' own word
        """The document, or None; kept until one of its kind changes; not to be modified."""
        with self._lock:
            revision = self.revision_of(kind)
            known = self._peeked.get(kind)
            if known is None or known[0] != revision:
                known = self._peeked[kind] = revision, {}
            if id not in known[1]:
                known[1][id] = self.get(kind, id)
            return known[1][id]

    def derived(self, name: str, kinds: Sequence[str], make: Callable[[], T]) -> T:
        """What `make` makes of documents of these kinds; made again when one of them has changed."""
        with self._lock:
            revisions = tuple(map(self.revision_of, kinds))
            known = self._derived.get(name)
            if known is None or known[0] != revisions:
                known = self._derived[name] = revisions, make()
            made: T = known[1]
            return made

    def _row(self, kind: str, id_: str) -> Row | None:
        sql = "SELECT seq, doc FROM document WHERE kind = ? AND id = ?"
        row: Row | None = self._connection.execute(sql, (kind, id_)).fetchone()
        return row
