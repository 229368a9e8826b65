"""Everything both pretend vendors know: JSON documents in one SQLite file."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.query import (
    INDEX,
    INDEXED,
    LISTED,
    NEW_STATE,
    SCHEMA,
    QueryCondition,
    field,
    listing_index,
)

Row = tuple[int, str]
"""The place of a document in its kind, and its text."""

Undo = dict[tuple[str, str], Row | None]
"""What a transaction found of the documents that it wrote, by kind and id."""

T = TypeVar("T")

FORMAT = 2  # of the documents; grows when older ones lack what is read

BITS = 63  # of SQLite's numbers, without the sign

REMEMBERED = timedelta(minutes=2)  # how far back a read can lag


def _make_private(path: str) -> None:
    """Let nobody else read the file: what people try out may be of real accounts."""
    if path != ":memory:":
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        os.chmod(path, 0o600)


class Revision:
    """A number that grows with every change. Waiting for it holds up nobody who makes one."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._number = 0
        self._closed = False

    @property
    def number(self) -> int:
        """How many changes there were."""
        with self._condition:
            return self._number

    @property
    def closed(self) -> bool:
        """Whether no more changes will come."""
        with self._condition:
            return self._closed

    def advance(self) -> None:
        """Count a change, and wake everybody who waits."""
        with self._condition:
            self._number += 1
            self._condition.notify_all()

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def wait(self, known: int, seconds: float) -> int:
        """The number as soon as it differs from `known`, at the latest after that many seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._closed or self._number != known, seconds)
            return self._number


class Store:
    """Documents by kind and id, in one file (or in memory), for any number of threads.

    A thread inside `transaction()` has the store for itself. Documents come and go as copies.
    """

    def __init__(
        self, path: str = ":memory:", now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._saved = 0  # of the open transactions, how many have a savepoint
        self._now = now
        self._touched: Undo = {}
        self._writes: deque[tuple[datetime, Undo]] = deque()
        self.revision = Revision()
        self._epoch = 0
        self._revisions: dict[str, int] = {}
        self._peeked: dict[str, tuple[tuple[int, int], dict[str, Json | None]]] = {}
        self._derived: dict[str, tuple[tuple[tuple[int, int], ...], Any]] = {}
        _make_private(path)
        self._connection = sqlite3.connect(path, timeout=1, check_same_thread=False, isolation_level=None)
        try:
            self._connection.execute(
                "PRAGMA locking_mode = EXCLUSIVE"
            )  # from the first write, as long as open
            self._connection.execute("PRAGMA synchronous = OFF")  # outlives a kill, not a loss of power
            self._connection.execute("PRAGMA journal_mode = TRUNCATE")
            indices = [INDEX.format(one) for one in sorted(INDEXED)]
            indices += [listing_index(kind, fields) for kind, fields in LISTED.items()]
            self._connection.executescript(SCHEMA + "".join(indices))
            self._check_format()
        except BaseException:
            self._connection.close()
            raise

    def _check_format(self) -> None:
        """Mark a new file; raise sqlite3.DatabaseError for one whose documents lack what is read today."""
        (found,) = self._connection.execute("PRAGMA user_version").fetchone()
        (used,) = self._connection.execute("SELECT EXISTS (SELECT 1 FROM document)").fetchone()
        if not used:
            self._connection.execute(f"PRAGMA user_version = {FORMAT}")
        elif found != FORMAT:
            raise sqlite3.DatabaseError("another version of pdslack wrote it")

    def close(self) -> None:
        """Give the file back; the store is of no use afterwards."""
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
                    self._connection.execute(f"ROLLBACK TO level{level}")
                    self._revise(self._touched)
                if level == 0:
                    self._touched = {}  # nothing was written
                raise
            finally:
                self._depth = level
                if self._saved > level:
                    self._connection.execute(f"RELEASE level{level}")
                    self._saved = level
                if level == 0 and self._touched:
                    self._remember(self._touched)
                    self._touched = {}

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

    def newest(self, kind: str, most: int, **fields: str | int) -> list[Json]:
        """The last documents of a kind whose top-level fields equal `fields`, newest first."""
        tests = "".join(f" AND json_extract(doc, '$.{field}') = ?" for field in fields)
        sql = f"SELECT doc FROM document WHERE kind = ?{tests} ORDER BY seq DESC LIMIT ?"  # noqa: S608 - field names are ours
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

    def greatest(self, kind: str, name: str, *conditions: QueryCondition) -> str | None:
        """The greatest value of a field among the documents that meet all conditions."""
        values = [value for condition in conditions for value in condition.values]
        with self._lock:
            tests = "".join(f" AND {one.sql}" for one in conditions)
            sql = f"SELECT max({field(name)}) FROM document WHERE kind = '{kind}'{tests}"  # noqa: S608
            (value,) = self._connection.execute(sql, values).fetchone()
        return value if value is None else str(value)

    @staticmethod
    def _chosen(kind: str, conditions: Sequence[QueryCondition]) -> str:
        # The kind stands in the text: only then does SQLite take an index that is for it alone.
        index = f"INDEXED BY listed_{kind.replace('.', '_')}" if kind in LISTED else ""
        return " AND ".join(
            [f"FROM document {index} WHERE kind = '{kind}'", *(one.sql for one in conditions)]
        )

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

    def due(self, kind: str, until: str, most: int = 100) -> list[Json]:
        """The documents of a kind whose `_due` is not after `until`, the first to come first."""
        due = "json_extract(doc, '$._due')"
        sql = f"SELECT doc FROM document WHERE kind = ? AND {due} <= ? ORDER BY {due}, seq LIMIT ?"  # noqa: S608
        with self._lock:
            rows = self._connection.execute(sql, (kind, until, most)).fetchall()
        return [json.loads(doc) for (doc,) in rows]

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
                source.deserialize(snapshot)
                tables = {name for (name,) in source.execute("SELECT name FROM sqlite_master")}
                if not {"document", "counter"} <= tables:
                    raise sqlite3.DatabaseError("it is no snapshot of a sandbox")
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

    def _row(self, kind: str, id_: str) -> Row | None:
        sql = "SELECT seq, doc FROM document WHERE kind = ? AND id = ?"
        row: Row | None = self._connection.execute(sql, (kind, id_)).fetchone()
        return row

    def _write(self, sql: str, kind: str, id_: str, *doc: str) -> None:
        # Within a transaction, one statement needs no savepoint of its own: it happens whole or not at all.
        with self._lock, nullcontext() if self._depth else self.transaction():
            self._save()
            self._touched.setdefault((kind, id_), self._row(kind, id_))
            self._revise([(kind, id_)])
            if not self._connection.execute(sql, (*doc, kind, id_)).rowcount:
                raise KeyError(f"{kind} {id_}")
