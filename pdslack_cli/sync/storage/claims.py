"""How rows of work are claimed, finished, retried and parked; the same for inbox, messages and replies.

A claim lasts until its worker ends it, however long that takes, or until the worker's process is dead: on
SQLite the next process frees what is held when it starts, on PostgreSQL processes watch each other
(`processes.py`). What ends a claim checks that it still holds it, so that a process that was only slow stores
nothing after a take-over. A row that failed is tried again after a growing time, and parked after a day.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, text, update
from sqlalchemy.sql.dml import ReturningUpdate

from pdslack_cli.sync.storage.database import change, changed_rows
from pdslack_cli.sync.storage.tables import inbox, messages, replies

FIRST_RETRY, LONGEST_RETRY = 1.0, 300.0
LONGEST_WAIT = 2 * LONGEST_RETRY  # with the pace of a channel
GIVE_UP_AFTER = 24 * 3600.0
MOST_ERROR = 500  # characters
CLAIMED = (inbox, messages, replies)


class LostClaimError(Exception):
    """Another worker has taken over: what this one did is not to be stored."""


@dataclass(frozen=True)
class Claim:
    """A row that a worker holds."""

    table: Table
    id: int
    owner: str
    attempts: int
    failing_since: float | None


def take(connection: Connection, table: Table, id_: int, owner: str, **values: Any) -> Claim:
    """Claim a row that was selected in this transaction."""
    taken = _taking(table, tuple(values))
    row = connection.execute(taken, {"of_id": id_, "owner": owner, **values}).one()
    return Claim(table, id_, owner, row.attempts, row.failing_since)


def begin_post(connection: Connection, claim: Claim, now: float) -> None:
    """Record that a post begins: if nothing follows, the next worker looks for it before posting again."""
    _change(connection, claim, {"posting_since": now})


def finish(connection: Connection, claim: Claim, state: str, **values: Any) -> None:
    """End a claim whose work was done. Raises LostClaimError."""
    released = {"owner": None, "attempts": 0, "failing_since": None, "error": None}
    _change(connection, claim, {"state": state, **released, **values})


def postpone(connection: Connection, claim: Claim, next_at: float, **values: Any) -> None:
    """End a claim whose work must wait, for no fault of its own. Raises LostClaimError."""
    _change(connection, claim, {"owner": None, "next_at": next_at, **values})


def fail(
    connection: Connection, claim: Claim, error: str, now: float, *, passing: bool, wait: float | None = None
) -> bool:
    """End a claim whose work failed, and return whether the row is parked now.

    `passing`: another try may go better; `wait` is how long the vendor asks to wait, which is believed up to
    the longest time between two tries. Raises LostClaimError.
    """
    since = claim.failing_since or now
    parked = not passing or now - since >= GIVE_UP_AFTER
    values: dict[str, Any] = {
        "owner": None,
        "error": error[:MOST_ERROR],
        "attempts": claim.attempts + 1,
        "failing_since": since,
    }
    if parked:
        values["state"] = "parked"
    else:
        backoff = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(claim.attempts, 16))
        asked = backoff * random.uniform(0.5, 1) if wait is None else wait  # noqa: S311
        values["next_at"] = now + min(asked, LONGEST_RETRY)
    _change(connection, claim, values)
    return parked


def _change(connection: Connection, claim: Claim, values: dict[str, Any]) -> None:
    if not change(connection, claim.table, claim.id, values, claim.owner):
        raise LostClaimError


@cache  # it takes longer to build than to run
def _taking(table: Table, names: tuple[str, ...]) -> ReturningUpdate[Any]:
    changed: dict[str, Any] = {name: bindparam(name) for name in ("owner", *names)}
    statement = update(table).where(table.c.id == bindparam("of_id")).values(changed)
    return statement.returning(table.c.attempts, table.c.failing_since)


def retry_parked(connection: Connection, table: Table, due: str, now: float, id_: int | None = None) -> int:
    """Make parked rows ready again, the one of that number also if it was dropped; returns how many."""
    if id_ is None:
        statement = update(table).where(table.c.state == "parked")
    else:
        statement = update(table).where(table.c.id == id_, table.c.state.in_(("parked", "dropped")))
    values = {"state": due, "next_at": now, "attempts": 0, "failing_since": None}
    if "reposts" in table.c:  # it may be posted once more
        values["reposts"] = 0
    return changed_rows(connection.execute(statement.values(**values)))


def drop_parked(connection: Connection, table: Table, now: float, id_: int | None = None) -> int:
    """Give parked rows up; returns how many."""
    statement = update(table).where(table.c.state == "parked")
    if id_ is not None:
        statement = statement.where(table.c.id == id_)
    ended = {"done_at": now} if "done_at" in table.c else {}
    return changed_rows(connection.execute(statement.values(state="dropped", **ended)))


def hasten(connection: Connection, now: float) -> None:
    """Make due what waits longer than anything does: the clock was set back after it was stored."""
    times = {"now": now, "latest": now + LONGEST_WAIT}
    for late in ("inbox", "messages", "replies", "pace"):
        connection.execute(text(f"UPDATE {late} SET next_at = :now WHERE next_at > :latest"), times)  # noqa: S608


def release(connection: Connection, owner: str) -> None:
    """End the claims of a worker that failed before it ended them."""
    for table in CLAIMED:
        connection.execute(update(table).where(table.c.owner == owner).values(owner=None))


def release_all(connection: Connection) -> None:
    """End all claims, whoever holds them."""
    for table in CLAIMED:
        connection.execute(update(table).where(table.c.owner.is_not(None)).values(owner=None))


def lock_clause(connection: Connection, table: Table) -> str:
    """The end of a query that selects a row to claim: others pass over it."""
    return "" if connection.dialect.name == "sqlite" else f" FOR UPDATE OF {table.name} SKIP LOCKED"


def waits(connection: Connection, table: Table, due: str) -> float | None:
    """When the oldest row that waits became due; None if none waits."""
    found = connection.execute(
        select(text("min(next_at)")).select_from(table).where(text(f"state = '{due}'"))
    )
    return found.scalar()
