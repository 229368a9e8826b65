"""Retention: the database keeps open incidents, and finished work for a while.

Nothing that is waited for is forgotten: no open incident, and no work that is due or parked.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, select, text, update

from pdslack_cli.sync.storage.database import changed_rows
from pdslack_cli.sync.storage.tables import audit, inbox, incidents, messages, pace, replies, storms

DAY = 24 * 3600.0
ARRIVALS_KEPT = 7 * DAY  # after they were handled: PagerDuty repeats a webhook for two days
INCIDENTS_KEPT = 30 * DAY  # after they were resolved and read for the last time, with messages and replies
AUDIT_KEPT = 365 * DAY
MOST_AT_ONCE = 500  # rows: nobody waits long for the transaction


def purge(connection: Connection, now: float) -> bool:
    """Delete old rows; returns whether there may be more of them."""
    over = now - INCIDENTS_KEPT
    numbers = (
        _some(connection, inbox, inbox.c.id, inbox.c.done_at < now - ARRIVALS_KEPT),
        _some(connection, audit, audit.c.id, audit.c.time < now - AUDIT_KEPT),
        _some(connection, pace, pace.c.key, pace.c.next_at < now - DAY),
        _end_storms(connection, over),
        _incidents(connection, over),
    )
    return MOST_AT_ONCE in numbers


def _some(connection: Connection, table: Table, key: ColumnElement[Any], old: ColumnElement[bool]) -> int:
    chosen = select(key).where(old).limit(MOST_AT_ONCE)
    return changed_rows(connection.execute(delete(table).where(key.in_(chosen))))


def _end_storms(connection: Connection, over: float) -> int:
    """Forget summaries and their pages as soon as every member is old: pages count on all of them."""
    member = select(messages.c.id).join(incidents, incidents.c.id == messages.c.incident)
    lives = member.where(
        messages.c.storm == storms.c.summary,
        (incidents.c.status != "resolved") | (incidents.c.read_at >= over),
    ).exists()
    old = select(storms.c.summary).where(storms.c.joined_at < over, ~lives).limit(MOST_AT_ONCE)
    summaries = list(connection.execute(old).scalars())
    if summaries:
        connection.execute(update(messages).where(messages.c.storm.in_(summaries)).values(storm=None))
        _messages(connection, messages.c.summary_of.in_(summaries))
        connection.execute(delete(storms).where(storms.c.summary.in_(summaries)))
    return len(summaries)


def _incidents(connection: Connection, over: float) -> int:
    of_it = messages.c.incident == incidents.c.id
    waits = messages.c.state.in_(("dirty", "parked")) | messages.c.storm.is_not(None)
    unsent = select(messages.c.id).where(of_it, waits).exists()
    waiting_replies = (
        select(replies.c.id)
        .join(messages, messages.c.id == replies.c.message)
        .where(of_it, replies.c.state.in_(("ready", "parked")))
        .exists()
    )
    old = select(incidents.c.id).where(
        text("incidents.status = 'resolved'"), incidents.c.read_at < over, ~unsent, ~waiting_replies
    )
    ids = list(connection.execute(old.limit(MOST_AT_ONCE)).scalars())
    if ids:
        _messages(connection, messages.c.incident.in_(ids))
        connection.execute(delete(incidents).where(incidents.c.id.in_(ids)))
    return len(ids)


def _messages(connection: Connection, which: ColumnElement[bool]) -> None:
    below = select(messages.c.id).where(which)
    connection.execute(delete(replies).where(replies.c.message.in_(below)))
    connection.execute(delete(messages).where(which))
