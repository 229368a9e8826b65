"""A database of the service: transactions that are durable when they return, and a wake-up for new work."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Table, Update, bindparam, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

T = TypeVar("T")

DATABASE_FAILURES = (SQLAlchemyError, sqlite3.Error)
"""What a transaction raises where the database fails: a full disk, a lost connection."""


def reason_of(failure: Exception) -> str:
    """The database's own reason for a failure, on one line."""
    return str(getattr(failure, "orig", None) or failure).strip().partition("\n")[0]


class Wakeup:
    """Tells waiting workers that there may be work. A wake-up between two waits is not lost."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._number = 0

    @property
    def number(self) -> int:
        """How often it was set; to be read before looking for work."""
        with self._condition:
            return self._number

    def set(self) -> None:
        with self._condition:
            self._number += 1
            self._condition.notify_all()

    def wait(self, seen: int, seconds: float) -> None:
        """Return at once if it was set since `seen`, else when it is set or the time is over."""
        with self._condition:
            self._condition.wait_for(lambda: self._number != seen, seconds)


class Database(ABC):
    """What SQLite and PostgreSQL have in common. Thread-safe."""

    name: str

    def __init__(self) -> None:
        self.inbox_wakeup, self.outbox_wakeup = Wakeup(), Wakeup()
        self.process = uuid.uuid4().hex  # unique in all processes and at every start

    @property
    def lost(self) -> str:
        """Why nothing can be stored until a restart; empty where it can."""
        return ""

    @abstractmethod
    def submit(self, work: Callable[[Connection], T], *, durable: bool = True) -> Future[T]:
        """Run `work` in a transaction; the future ends when that is durable, or was undone.

        What is not `durable` outlives the process all the same, and is lost with the machine at most.
        """

    @abstractmethod
    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, which only reads."""

    @abstractmethod
    def close(self) -> None:
        """Finish what was submitted, and let go of the database."""

    def write(self, work: Callable[[Connection], T], *, durable: bool = True) -> T:
        """Run `work` in a transaction, and return its result when that has ended."""
        return self.submit(work, durable=durable).result()

    @abstractmethod
    def announce(self, connection: Connection) -> None:
        """Wake up other processes when the transaction ends: there may be work."""


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, except those whose unique columns are taken."""
    if rows:
        connection.execute(_insert(connection.dialect.name, table).on_conflict_do_nothing(), rows)


def upsert(connection: Connection, table: Table, key: tuple[str, ...], values: Mapping[str, Any]) -> None:
    """Insert a row, or change the one with that key."""
    connection.execute(_upserting(connection.dialect.name, table, key, tuple(values)), values)


def change(
    connection: Connection, table: Table, id_: int, values: Mapping[str, Any], held_by: str | None = None
) -> bool:
    """Change a row by its number, if `held_by` is given only while that worker holds it; whether it was."""
    changing = _changing(table, tuple(values), held_by is not None)
    return bool(changed_rows(connection.execute(changing, {"of_id": id_, "of_owner": held_by, **values})))


# Statements are built once, since that takes longer than to run them, and every message waits for several.


@cache
def _changing(table: Table, names: tuple[str, ...], held: bool) -> Update:
    statement = update(table).where(table.c.id == bindparam("of_id"))
    if held:
        statement = statement.where(table.c.owner == bindparam("of_owner"))
    return statement.values({name: bindparam(name) for name in names})


@cache
def _upserting(dialect: str, table: Table, key: tuple[str, ...], names: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    changed = {name: statement.excluded[name] for name in names if name not in key}
    return statement.on_conflict_do_update(index_elements=list(key), set_=changed)


def _insert(dialect: str, table: Table) -> Any:
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def hold(connection: Connection, name: str) -> None:
    """Let no other process hold the same name until the transaction ends; on SQLite there is none."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})


def changed_rows(result: CursorResult[Any]) -> int:
    """How many rows an UPDATE or DELETE met."""
    return result.rowcount
