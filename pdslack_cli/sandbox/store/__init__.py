"""The state of both pretend vendors: JSON documents in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta

from pdslack_cli.model import Json
from pdslack_cli.sandbox.store.database import NEW_STATE, SCHEMA, check_format, open_database
from pdslack_cli.sandbox.store.documents import DocumentReader, Row
from pdslack_cli.sandbox.store.revision import Revision

Undo = dict[tuple[str, str], Row | None]
"""What a transaction found of the documents that it wrote, by kind and id."""

REMEMBERED = timedelta(minutes=2)  # how far back a read can lag


class Store(DocumentReader):
    """Documents by kind and id, in one file (or in memory), for any number of threads.

    A thread inside `transaction()` has the store for itself. Documents come and go as copies.
    """

    def __init__(
        self, path: str = ":memory:", now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        super().__init__(open_database(path))
        self._now = now
        self._depth = 0
        self._saved = 0  # of the open transactions, how many have a savepoint
        self._touched: Undo = {}
        self._writes: deque[tuple[datetime, Undo]] = deque()
        self.revision = Revision()

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self.revision.close()
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. An inner transaction that raises undoes only itself."""
        with self._lock:
            level = self._depth
            self._depth += 1
            try:
                yield
            except BaseException:
                if self._saved > level:
                    self._go_back(level)
                if level == 0:
                    self._touched = {}  # nothing was written
                raise
            finally:
                self._depth = level
                if self._saved > level:
                    self._release(level)
                if level == 0 and self._touched:
                    self._remember(self._touched)
                    self._touched = {}

    def _go_back(self, level: int) -> None:
        """Undo what a transaction wrote. On a full disk SQLite has undone all of them itself."""
        if self._connection.in_transaction:
            self._connection.execute(f"ROLLBACK TO level{level}")
        else:
            self._saved = 0
        self._revise(self._touched)

    def _release(self, level: int) -> None:
        """Keep what a transaction wrote; the outermost one writes to the disk, which may be full."""
        try:
            self._connection.execute(f"RELEASE level{level}")
            self._saved = level
        except sqlite3.Error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._saved = 0
            self._revise(self._touched)
            self._touched = {}
            raise

    def _save(self) -> None:
        """Before a write: note what to go back to in each open transaction. Most of them only read."""
        while self._saved < self._depth:
            self._connection.execute(f"SAVEPOINT level{self._saved}")
            self._saved += 1

    def _remember(self, write: Undo) -> None:
        now = self._now()
        self._writes.append((now, write))
        while self._writes[0][0] < now - REMEMBERED and len(self._writes) > 1:
            self._writes.popleft()
        self.revision.advance()

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
                self._epoch += 1
                for _, write in reversed(writes):
                    self._undo(write)
                yield
            finally:
                self._epoch += 1
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

    def next_number(self) -> int:
        """1, 2, 3 …; never the same twice, also after a restart."""
        with self._lock:
            self._save()
            (number,) = self._connection.execute(
                "UPDATE counter SET value = value + 1 RETURNING value"
            ).fetchone()
        return int(number)

    def state_id(self) -> str:
        """The name of this state: another one after a reset or a restore, the same after a restart."""
        with self._lock:
            (id_,) = self._connection.execute("SELECT id FROM state").fetchone()
        return str(id_)

    def reset(self) -> None:
        """Forget everything, the counter included."""
        with self.transaction():
            self._save()
            self._connection.execute("DELETE FROM document")
            self._connection.execute("UPDATE counter SET value = 0")
            self._connection.execute(NEW_STATE)
            self._epoch += 1
        self._writes.clear()
        self.revision.advance()

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
                if not snapshot:  # of which SQLite says that it is out of memory
                    raise sqlite3.DatabaseError("it is empty")
                source.deserialize(snapshot)
                tables = {name for (name,) in source.execute("SELECT name FROM sqlite_master")}
                if not {"document", "counter"} <= tables:
                    raise sqlite3.DatabaseError("it is no snapshot of a sandbox")
                if source.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                    raise sqlite3.DatabaseError("it is damaged")
                check_format(source)
                source.backup(self._connection)
                self._connection.executescript(f"{SCHEMA}{NEW_STATE}")
            finally:
                source.close()
            self._epoch += 1
            self._writes.clear()
            self.revision.advance()

    def _revise(self, documents: Iterable[tuple[str, str]]) -> None:
        for kind in {kind for kind, _ in documents}:
            self._revisions[kind] = self._revisions.get(kind, 0) + 1

    def _write(self, sql: str, kind: str, id_: str, *doc: str) -> None:
        # Within a transaction, one statement needs no savepoint of its own: it happens whole or not at all.
        with self._lock, nullcontext() if self._depth else self.transaction():
            self._save()
            if (kind, id_) not in self._touched:
                self._touched[kind, id_] = self._row(kind, id_)
            self._revise([(kind, id_)])
            if not self._connection.execute(sql, (*doc, kind, id_)).rowcount:
                raise KeyError(f"{kind} {id_}")
