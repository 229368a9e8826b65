"""Everything both pretend vendors know: JSON documents in one SQLite file."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from pdslack_cli.model import Json

SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    doc TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS document_order ON document (kind, seq);
CREATE INDEX IF NOT EXISTS document_name ON document (kind, json_extract(doc, '$.name'));
CREATE INDEX IF NOT EXISTS document_parent ON document (kind, json_extract(doc, '$._parent'));
CREATE TABLE IF NOT EXISTS counter (value INTEGER NOT NULL);
INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);
"""

Row = tuple[int, str]
"""The place of a document in its kind, and its text."""

Undo = dict[tuple[str, str], Row | None]
"""What a transaction found of the documents that it wrote, by kind and id."""

REMEMBERED = timedelta(minutes=2)  # how far back a read can lag


def _make_private(path: str) -> None:
    """Let nobody else read the file: what people try out may be of real accounts."""
    if path != ":memory:":
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        os.chmod(path, 0o600)


class Store:
    """Documents by kind and id, in one file (or in memory), for any number of threads.

    A thread inside `transaction()` has the store for itself. Documents come and go as copies.
    """

    def __init__(
        self, path: str = ":memory:", now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._now = now
        self._touched: Undo = {}
        self._writes: deque[tuple[datetime, Undo]] = deque()
        # A killed process must leave whole requests; a machine without power may lose them.
        _make_private(path)
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute("PRAGMA journal_mode = TRUNCATE")
            # The first write takes the file for as long as it is open: two sandboxes would block each other.
            self._connection.executescript(SCHEMA)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Give the file back; the store is of no use afterwards."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. An inner transaction that raises undoes only itself."""
        with self._lock:
            name = f"level{self._depth}"
            self._connection.execute(f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._connection.execute(f"ROLLBACK TO {name}")
                raise
            finally:
                self._depth -= 1
                self._connection.execute(f"RELEASE {name}")
                if self._depth == 0 and self._touched:
                    self._remember(self._touched)
                    self._touched = {}

    def _remember(self, write: Undo) -> None:
        now = self._now()
        self._writes.append((now, write))
        while self._writes[0][0] < now - REMEMBERED and len(self._writes) > 1:
            self._writes.popleft()

    @contextmanager
    def as_before_last_write(self) -> Iterator[None]:
        """Show the documents as they were before the last transaction that wrote: a stale read."""
        with self._lock, self._without(list(self._writes)[-1:]):
            yield

    @contextmanager
    def as_of(self, moment: datetime) -> Iterator[None]:
        """Show the documents as they were at a moment of the last minutes: a stale read."""
        with self._lock, self._without([write for write in self._writes if write[0] > moment]):
            yield

    def end_stale_reads(self) -> None:
        """Forget the times of all writes, so that no read is stale any more."""
        with self._lock:
            self._writes.clear()

    @contextmanager
    def _without(self, writes: Sequence[tuple[datetime, Undo]]) -> Iterator[None]:
        with self._lock:
            kept = self._writes.copy()
            self._connection.execute("SAVEPOINT stale")
            try:
                for _, write in reversed(writes):
                    self._undo(write)
                yield
            finally:
                self._connection.execute("ROLLBACK TO stale")
                self._connection.execute("RELEASE stale")
                self._touched, self._writes = {}, kept

    def _undo(self, write: Undo) -> None:
        for (kind, id_), row in write.items():
            self._connection.execute("DELETE FROM document WHERE kind = ? AND id = ?", (kind, id_))
            if row is not None:
                values = row[0], kind, id_, row[1]
                self._connection.execute("INSERT INTO document VALUES (?, ?, ?, ?)", values)

    def insert(self, kind: str, id: str, doc: Json) -> None:  # noqa: A002 - the vendors' own word
        """Keep a new document. Raises sqlite3.IntegrityError where the id is taken."""
        self._write("INSERT INTO document (doc, kind, id) VALUES (?, ?, ?)", kind, id, json.dumps(doc))

    def replace(self, kind: str, id: str, doc: Json) -> None:  # noqa: A002
        """Keep a new state of a document. Raises KeyError where there is none."""
        self._write("UPDATE document SET doc = ? WHERE kind = ? AND id = ?", kind, id, json.dumps(doc))

    def delete(self, kind: str, id: str) -> None:  # noqa: A002
        """Forget a document. Raises KeyError where there is none."""
        self._write("DELETE FROM document WHERE kind = ? AND id = ?", kind, id)

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

        `name` and `_parent` are indexed.
        """
        tests = "".join(f" AND json_extract(doc, '$.{field}') = ?" for field in fields)
        sql = f"SELECT doc FROM document WHERE kind = ?{tests} ORDER BY seq"  # noqa: S608 - field names are ours
        with self._lock:
            rows = self._connection.execute(sql, (kind, *fields.values())).fetchall()
        return [json.loads(doc) for (doc,) in rows]

    def next_number(self) -> int:
        """1, 2, 3 …; never the same twice, also after a restart."""
        with self._lock:
            (number,) = self._connection.execute(
                "UPDATE counter SET value = value + 1 RETURNING value"
            ).fetchone()
        return int(number)

    def reset(self) -> None:
        """Forget everything, the counter included."""
        with self.transaction():
            self._connection.execute("DELETE FROM document")
            self._connection.execute("UPDATE counter SET value = 0")
        self._writes.clear()

    def snapshot(self) -> bytes:
        """The whole store, for `restore`."""
        with self._lock:
            return self._connection.serialize()

    def restore(self, snapshot: bytes) -> None:
        """Go back to a snapshot, which may come from another store."""
        with self._lock:
            # Deserializing into our own connection would cut it off from its file.
            source = sqlite3.connect(":memory:")
            try:
                source.deserialize(snapshot)
                source.backup(self._connection)
            finally:
                source.close()
            self._writes.clear()

    def _row(self, kind: str, id_: str) -> Row | None:
        sql = "SELECT seq, doc FROM document WHERE kind = ? AND id = ?"
        row: Row | None = self._connection.execute(sql, (kind, id_)).fetchone()
        return row

    def _write(self, sql: str, kind: str, id_: str, *doc: str) -> None:
        with self.transaction():
            self._touched.setdefault((kind, id_), self._row(kind, id_))
            if not self._connection.execute(sql, (*doc, kind, id_)).rowcount:
                raise KeyError(f"{kind} {id_}")
