"""The audit trail of the service: who did what to which incident or entry, and the outcome."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from pdslack_cli.model import Json, Ref
from pdslack_cli.sync.storage.tables import audit


def record(
    connection: Connection, now: float, who: str, action: str, ref: Ref, outcome: str, **detail: object
) -> None:
    """Append an entry, in the transaction of the act itself."""
    connection.execute(
        insert(audit).values(
            time=now,
            who=who,
            action=action,
            ref=str(ref),
            outcome=outcome,
            detail=json.dumps({name: value for name, value in detail.items() if value}),
        )
    )


def entries(connection: Connection, *, incident: str = "", since: float = 0.0) -> Sequence[Json]:
    """The entries, oldest first, as the lines of `pdslack audit`."""
    query = select(audit).where(audit.c.time >= since).order_by(audit.c.id)
    if incident:
        query = query.where(audit.c.ref == str(Ref("incident", incident)))
    return [
        {
            "time": datetime.fromtimestamp(row.time, UTC).isoformat(timespec="seconds"),
            "who": row.who,
            "ref": row.ref,
            "action": row.action,
            "outcome": row.outcome,
            **json.loads(row.detail),
        }
        for row in connection.execute(query)
    ]
