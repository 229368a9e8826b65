"""The shared database: PostgreSQL, for several processes. Locking and durability are its own.

New work is announced by NOTIFY; that is a hint, since a notification may be lost: workers look every second.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import psycopg
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from pdslack_cli.errors import PdslackError
from pdslack_cli.masking import add_secrets
from pdslack_cli.sync.storage.database import DATABASE_FAILURES, Database, reason_of
from pdslack_cli.sync.storage.engines.processes import BEAT, beat
from pdslack_cli.sync.storage.migrations import migrate

T = TypeVar("T")

log = logging.getLogger(__name__)

CHANNEL = "pdslack"
EXPECTED = "postgresql://USER:PASSWORD@HOST:PORT/NAME"
CONNECTIONS = 16
MIGRATING = 7_305_720_113  # the number of an advisory lock: one process migrates at a time
RECONNECT = 2.0


class PostgresDatabase(Database):
    """A database that several processes share."""

    def __init__(self, url: str) -> None:
        super().__init__()
        try:
            parsed = make_url(url).set(drivername="postgresql+psycopg")
        except (ArgumentError, ValueError):  # the latter for a port that is no number
            raise PdslackError(f"--database: expected {EXPECTED}") from None
        if "@" in (parsed.host or ""):  # the rest of a password, which would be shown as the host
            raise PdslackError(f"--database: expected {EXPECTED}, with %40 for each @ in the password")
        add_secrets(str(word) for word in (parsed.password, parsed.query.get("password")) if word)
        self.name = f"PostgreSQL {parsed.host or 'localhost'}/{parsed.database}"
        self._engine = create_engine(parsed, pool_size=CONNECTIONS, max_overflow=4, pool_pre_ping=True)
        self._libpq = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
        try:
            with self._engine.begin() as connection:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATING})"))
                migrate(connection)
            with self._engine.begin() as connection:
                beat(connection, self.process)
        except DBAPIError as error:
            raise PdslackError(f"cannot open the database {self.name}: {str(error.orig).strip()}") from None
        self._pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="database")
        self._closed = threading.Event()
        self._listener = threading.Thread(target=self._listen, name="listener", daemon=True)
        self._listener.start()
        self._heart = threading.Thread(target=self._live, name="heart", daemon=True)
        self._heart.start()

    def submit(self, work: Callable[[Connection], T], *, durable: bool = True) -> Future[T]:
        return self._pool.submit(self._transaction, work)  # all are durable: saying less is a call more

    def write(self, work: Callable[[Connection], T], *, durable: bool = True) -> T:
        return self._transaction(work)

    def read(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return work(connection)

    def announce(self, connection: Connection) -> None:
        connection.execute(text(f"SELECT pg_notify('{CHANNEL}', '')"))

    def close(self) -> None:
        if self._closed.is_set():
            return
        self._closed.set()
        self._pool.shutdown()
        self._listener.join()
        self._heart.join()
        self._engine.dispose()

    def _transaction(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)

    def _wake(self) -> None:
        self.inbox_wakeup.set()
        self.outbox_wakeup.set()

    def _live(self) -> None:
        while not self._closed.wait(BEAT):
            try:
                self.write(partial(beat, process=self.process))
                self._wake()  # for what was freed
            except DATABASE_FAILURES as error:
                log.warning("cannot record in the database that this process is alive: %s", reason_of(error))

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                with psycopg.connect(self._libpq, autocommit=True) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    while not self._closed.is_set():
                        for _ in connection.notifies(timeout=0.5, stop_after=1):
                            self._wake()
            except psycopg.Error:
                self._closed.wait(RECONNECT)
