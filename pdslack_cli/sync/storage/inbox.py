"""The inbox: everything that arrived, once each. What has the same key is handled in order, one at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, text, update

from pdslack_cli.model import Json
from pdslack_cli.sync.storage import claims
from pdslack_cli.sync.storage.claims import Claim, LostClaimError
from pdslack_cli.sync.storage.database import change
from pdslack_cli.sync.storage.tables import StoredText, inbox

MOST_AT_ONCE = 200
MENDING = "mending"
"""The kind of what asks to read an incident again that is shown without a part."""


@dataclass(frozen=True)
class Arrival:
    """Something that arrived. Two arrivals of one source with the same `dedup` are the same one."""

    source: str
    dedup: str
    key: str
    kind: str
    body: Json


@dataclass(frozen=True)
class InboxRow:
    """A row that was claimed, or follows one."""

    id: int
    arrival: Arrival
    received_at: float
    owner: str | None  # of the first row of a claim


@dataclass(frozen=True)
class InboxClaim:
    """The rows of one key that a worker handles together; the first is held."""

    claim: Claim
    rows: Sequence[InboxRow]

    @property
    def key(self) -> str:
        return self.rows[0].arrival.key


# Statements that are built once: a thousand events a second wait for the first.
ACCEPT = text(
    "INSERT INTO inbox (source, dedup, key, kind, body, received_at, state, next_at, attempts) "
    "VALUES (:source, :dedup, :key, :kind, :body, :received_at, :state, :next_at, :attempts) "
    "ON CONFLICT (dedup) DO NOTHING RETURNING id"
).bindparams(*(bindparam(name, type_=StoredText) for name in ("dedup", "key", "kind")))


FOLLOWING = (
    select(inbox)
    .where(text("state = 'ready'"), inbox.c.key == bindparam("of_key"), inbox.c.id >= bindparam("head"))
    .order_by(inbox.c.id)
    .limit(MOST_AT_ONCE)
)


def accept(connection: Connection, arrival: Arrival, now: float) -> bool:
    """Store something that arrived; returns whether it is new."""
    values = {
        "source": arrival.source,
        "dedup": arrival.dedup,
        "key": arrival.key,
        "kind": arrival.kind,
        "body": json.dumps(arrival.body, separators=(",", ":")),
        "received_at": now,
        "state": "ready",
        "next_at": now,
        "attempts": 0,
    }
    return connection.execute(ACCEPT, values).first() is not None


def claim(connection: Connection, owner: str, now: float) -> InboxClaim | None:
    """Claim the oldest row that is due and first of its key, and what follows it from the same source."""
    query = (
        "SELECT id, key, source FROM inbox "  # noqa: S608 - only constants
        "WHERE state = 'ready' AND next_at <= :now AND owner IS NULL AND NOT EXISTS ("
        "SELECT 1 FROM inbox AS earlier "
        "WHERE earlier.state = 'ready' AND earlier.key = inbox.key AND earlier.id < inbox.id) "
        f"ORDER BY next_at, id LIMIT 1{claims.lock_clause(connection, inbox)}"
    )
    head = connection.execute(text(query), {"now": now}).first()
    if head is None:
        return None
    held = claims.take(connection, inbox, head.id, owner)
    return InboxClaim(held, _rows(connection, head.key, head.id))


def _rows(connection: Connection, key: str, head: int) -> list[InboxRow]:
    """The head and what follows it, up to the first act of a person: acts are done one by one."""
    rows: list[InboxRow] = []
    for row in connection.execute(FOLLOWING, {"of_key": key, "head": head}):
        if rows and "slack" in (row.source, rows[0].arrival.source):
            break
        arrival = Arrival(row.source, row.dedup, row.key, row.kind, json.loads(row.body))
        rows.append(InboxRow(row.id, arrival, row.received_at, row.owner))
    return rows


def finish(connection: Connection, claimed: InboxClaim, now: float) -> None:
    """All rows of the claim are handled. Raises LostClaimError."""
    claims.finish(connection, claimed.claim, "done", done_at=now, body="{}")
    others = [row.id for row in claimed.rows[1:]]
    if others:
        done = update(inbox).where(inbox.c.id.in_(others)).values(state="done", done_at=now, body="{}")
        connection.execute(done)


def change_body(connection: Connection, row: InboxRow, **values: object) -> None:
    """Note something in the body of the row that is held, which a later try reads. Raises LostClaimError."""
    row.arrival.body.update(values)
    body = json.dumps(row.arrival.body, separators=(",", ":"))
    if not change(connection, inbox, row.id, {"body": body}, row.owner or ""):
        raise LostClaimError
