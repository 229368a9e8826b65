"""The embedded database: one SQLite file, one process, one thread that writes.

A single thread commits the transactions of all others in groups. So `synchronous=FULL` costs one flush for
many, no writer ever finds the file locked, and the races of several writers cannot happen.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from filelock import FileLock, Timeout
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from pdslack_cli.config.sources.files import make_folder_of
from pdslack_cli.errors import PdslackError
from pdslack_cli.sync.storage.claims import release_all
from pdslack_cli.sync.storage.database import Database
from pdslack_cli.sync.storage.migrations import migrate

T = TypeVar("T")

LARGEST_GROUP = 256
IDLE = 0.3  # seconds without a transaction; then the log is folded into the file, which takes two flushes
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=10000",
    "foreign_keys=ON",
    "wal_autocheckpoint=10000",  # 40 MB, where it is never idle
)


class Job(NamedTuple):
    """A transaction that waits, or one of a group."""

    work: Callable[[Connection], Any]
    future: Future[Any]
    durable: bool


class SqliteDatabase(Database):
    """A file that one process holds; a second service is refused.

    `beside`: open it for a moment, beside a service that may be running.
    """

    def __init__(self, path: Path, *, beside: bool = False) -> None:
        super().__init__()
        self.name = f"SQLite {path}"
        self._lock = FileLock(f"{path}.lock") if beside else _locked(path)
        self._path, self._file = path, _identity(path)
        try:
            self._writer = self._engine(writes=True)
            self._reader = self._engine(writes=False)
            with self._writer.begin() as connection:
                migrate(connection)
                if not beside:  # what a killed process held is free at once
                    release_all(connection)
        except DBAPIError as error:
            self._lock.release()
            raise PdslackError(f"cannot open the database {path}: {error.orig}") from None
        except PdslackError:
            self._lock.release()
            raise
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="database", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T], *, durable: bool = True) -> Future[T]:
        future: Future[T] = Future()
        if self._closed.is_set():
            future.set_exception(PdslackError("the database is closed"))
        else:
            self._jobs.put(Job(work, future, durable))
        return future

    def read(self, work: Callable[[Connection], T]) -> T:
        with self._reader.connect() as connection:
            return work(connection)

    def announce(self, connection: Connection) -> None:
        """There is no other process."""

    @property
    def lost(self) -> str:
        return "" if _identity(self._path) == self._file else f"{self._path} was deleted or replaced"

    def close(self) -> None:
        if self._closed.is_set():
            return
        self._closed.set()
        self._jobs.put(None)
        self._thread.join()
        self._writer.dispose()
        self._reader.dispose()
        self._lock.release()

    def _engine(self, *, writes: bool) -> Engine:
        engine = create_engine(
            "sqlite://",
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=1 if writes else 8,
            max_overflow=0 if writes else 8,
        )

        @event.listens_for(engine, "connect")
        def connected(connection: Any, _: Any) -> None:
            for pragma in (*PRAGMAS, *([] if writes else ["query_only=ON"])):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begun(connection: Connection) -> None:
            # A transaction that reads first and writes later could not wait for another writer.
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    def _connect(self) -> sqlite3.Connection:
        """A connection to the file that was there at the start, and to no other.

        SQLite finds the log by the name of the file. Where that is missing, it would make an empty one, and
        delete the log of the one that was moved away: with all that was not in the file yet.
        """
        url = f"{self._path.absolute().as_uri()}?mode=rw"
        try:  # this reads nothing of it yet
            connection = sqlite3.connect(
                url, uri=True, check_same_thread=False, isolation_level=None, timeout=10
            )
        except sqlite3.OperationalError as error:
            raise sqlite3.OperationalError(self.lost or str(error)) from None
        if lost := self.lost:
            connection.close()
            raise sqlite3.OperationalError(lost)
        return connection

    def _run(self) -> None:
        with self._writer.connect() as connection:
            while (first := self._next(connection)) is not None:
                group, ended = self._group(first)
                if lost := self.lost:  # SQLite would go on, in a file that nobody ever opens again
                    for job in group:
                        job.future.set_exception(sqlite3.OperationalError(lost))
                else:
                    _commit(connection, group)
                if ended:
                    return

    def _next(self, connection: Connection) -> Job | None:
        """The next job; None at the end. A pause before it is used to shorten the log."""
        try:
            return self._jobs.get(timeout=IDLE)
        except queue.Empty:
            driver: Any = connection.connection.driver_connection
            # By the only connection that writes: two would meet a fault of SQLite before 3.51.3.
            with suppress(sqlite3.Error):  # such as a full disk, of which the next job tells
                driver.execute("PRAGMA wal_checkpoint(PASSIVE)")
            return self._jobs.get()

    def _group(self, first: Job) -> tuple[list[Job], bool]:
        """The jobs that wait, and whether the end was among them."""
        group = [first]
        while len(group) < LARGEST_GROUP:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return group, True
            group.append(job)
        return group, False


def _commit(connection: Connection, group: list[Job]) -> None:
    """Run each job in a savepoint, so that one that fails leaves the others whole, and commit them all."""
    results: list[tuple[Future[Any], Any, BaseException | None]] = []
    # Of the driver: the same statements through SQLAlchemy cost more than an insert.
    driver: Any = connection.connection.driver_connection
    try:
        # A commit that flushes makes those before it durable too.
        driver.execute(f"PRAGMA synchronous={'FULL' if any(job.durable for job in group) else 'NORMAL'}")
        with connection.begin():
            for work, future, _ in group:
                driver.execute("SAVEPOINT job")
                try:
                    results.append((future, work(connection), None))
                except Exception as error:
                    driver.execute("ROLLBACK TO job")
                    results.append((future, None, error))
                driver.execute("RELEASE job")
    except Exception as error:  # the commit itself: a full disk
        results = [(job.future, None, error) for job in group]
    # Only now: until here nothing of it was durable.
    for future, value, failure in results:
        if failure is not None:
            future.set_exception(failure)
        else:
            future.set_result(value)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file that is; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _locked(path: Path) -> FileLock:
    lock = FileLock(f"{path}.lock", timeout=0)
    try:
        make_folder_of(path)
        lock.acquire()
        path.touch()
    except Timeout:
        error = PdslackError(f"another `pdslack serve` uses the database {path}")
        error.hint = "stop it, or give each its own --database; for several processes use postgresql://…"
        raise error from None
    except OSError as error:
        raise PdslackError(f"cannot open the database {path}: {error.strerror}") from None
    return lock
