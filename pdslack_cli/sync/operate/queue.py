"""The queue of failed work: an operator can list it, retry it or drop it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select, text

from pdslack_cli.errors import PdslackError
from pdslack_cli.sync.storage import claims
from pdslack_cli.sync.storage.tables import inbox, incidents, messages, replies

TABLES: Mapping[str, tuple[Table, str]] = {
    "event": (inbox, "ready"),
    "message": (messages, "dirty"),
    "reply": (replies, "ready"),
}
"""What the operator calls a row, its table, and the state in which it is worked on."""
MOST = 500


@dataclass(frozen=True)
class QueueEntry:
    """A row that failed. `id` is how the operator names it."""

    id: str
    about: str
    state: str
    attempts: int
    since: str
    error: str


def counts(connection: Connection) -> Mapping[tuple[str, str], int]:
    """How many rows there are, by what they are and their state."""
    found: dict[tuple[str, str], int] = {}
    for name, (table, _) in TABLES.items():
        query = select(table.c.state, func.count()).group_by(table.c.state)
        found |= {(name, row[0]): int(row[1]) for row in connection.execute(query)}
    return found


def count_incomplete(connection: Connection) -> int:
    """How many open incidents are shown without a part that could not be read."""
    return connection.execute(
        select(func.count())
        .select_from(incidents)
        .where(text("unread_since IS NOT NULL AND status != 'resolved'"))
    ).scalar_one()


def parked(connection: Connection, *, failing: bool = False, dropped: bool = False) -> Sequence[QueueEntry]:
    """The rows that wait for an operator.

    With `failing`, also those that failed and will be tried again; with `dropped`, also those that failed and
    were given up for good: by an operator, or as their message was deleted twice.
    """
    found = []
    for name, (table, due) in TABLES.items():
        wanted = table.c.state == "parked"
        if dropped:
            wanted = wanted | ((table.c.state == "dropped") & table.c.error.is_not(None))
        if failing:
            wanted = wanted | ((table.c.state == due) & table.c.failing_since.is_not(None))
        for row in connection.execute(select(table).where(wanted).order_by(table.c.id).limit(MOST)):
            since = row.failing_since and datetime.fromtimestamp(row.failing_since, UTC)
            shown = since.isoformat(timespec="seconds") if since else ""
            found.append(
                QueueEntry(
                    f"{name}-{row.id}", _about(name, row), row.state, row.attempts, shown, row.error or ""
                )
            )
    return found


def retry(connection: Connection, ids: Sequence[str], now: float) -> int:
    """Try parked rows again, all of them if none is named; returns how many. Raises PdslackError.

    What is named may also have been dropped.
    """
    return sum(claims.retry_parked(connection, table, due, now, number) for table, due, number in _named(ids))


def drop(connection: Connection, ids: Sequence[str], now: float) -> int:
    """Give parked rows up for good, all of them if none is named; returns how many. Raises PdslackError."""
    return sum(claims.drop_parked(connection, table, now, number) for table, _, number in _named(ids))


def _named(ids: Sequence[str]) -> Sequence[tuple[Table, str, int | None]]:
    if not ids:
        return [(table, due, None) for table, due in TABLES.values()]
    found: list[tuple[Table, str, int | None]] = []
    for id_ in ids:
        name, _, number = id_.partition("-")
        if name not in TABLES or not (number.isascii() and number.isdigit()):
            error = PdslackError(f"{id_!r} is not the id of parked work; expected one such as event-12")
            error.hint = "`pdslack queue list` shows them"
            raise error
        table, due = TABLES[name]
        found.append((table, due, int(number)))
    return found


def _about(name: str, row: Row[Any]) -> str:
    match name:
        case "event":
            return f"incident {row.key}: {row.kind}"
        case "message":
            return f"incident {row.incident} in {row.channel}"
    return f"reply below message-{row.message}"
