"""The tables of the service. One transaction changes inbox, messages, replies and audit trail together.

Work is found through partial indexes, whose condition a query must repeat literally: a bound parameter never
matches one. Times are seconds since 1970, as `ServiceClock.now` gives them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData()


class StoredText(TypeDecorator[str]):
    """Text as both databases take it: without NUL, and without half a pair of surrogates."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: object) -> str | None:
        return None if value is None else value.replace("\0", "").encode(errors="replace").decode()


READY = text("state = 'ready'")
"""Work to be done, now or at `next_at`. The other states are `done` and `parked`."""

DIRTY = text("state = 'dirty'")
"""A message that does not show what it should. The others are `shown`, `parked`, `dropped`, `summarized`."""


def _partial(name: str, *columns: str, where: Any = READY) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


def _identity() -> Column[int]:
    """A number that is never reused: it identifies rows even after they are purged."""
    number = BigInteger().with_variant(Integer(), "sqlite")
    return Column("id", number, primary_key=True, autoincrement=True)


def _tries() -> list[Column[Any]]:
    """The columns of everything that is claimed, tried, retried and parked (`claims.py`)."""
    return [
        Column("state", StoredText, nullable=False),
        Column("next_at", Double, nullable=False),
        Column("attempts", Integer, nullable=False, default=0),
        Column("failing_since", Double),
        Column("error", StoredText),
        Column("owner", StoredText),  # the worker that has it: `process/worker`
    ]


version = Table(
    "version",
    metadata,
    Column("number", Integer, nullable=False),
    Column("created_at", Double, nullable=False),  # what was posted before, another database knew
)

processes = Table(
    "processes",
    metadata,
    Column("id", StoredText, primary_key=True),
    Column("alive_until", Double, nullable=False),  # by the clock of the database
)

inbox = Table(
    "inbox",
    metadata,
    _identity(),
    Column("source", StoredText, nullable=False),  # pagerduty, slack, healing
    Column("dedup", StoredText, nullable=False),
    Column("key", StoredText, nullable=False),  # the incident: what has the same key is handled in order
    Column("kind", StoredText, nullable=False),  # the type of the event, or the action
    Column("body", StoredText, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("done_at", Double),
    *_tries(),
    UniqueConstraint("dedup"),
    _partial("inbox_heads", "key", "id"),
    _partial("inbox_due", "next_at"),
    Index("inbox_done", "done_at"),
    sqlite_autoincrement=True,
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", StoredText, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("title", StoredText, nullable=False),
    Column("url", StoredText, nullable=False),
    Column("service", StoredText, nullable=False),
    Column("status", StoredText, nullable=False),
    Column("urgency", StoredText, nullable=False),
    Column("stamp", StoredText, nullable=False),  # its `updated_at`: what is older never overwrites it
    Column("read_at", Double, nullable=False),
    Column("unread", StoredText),  # the parts without which it is shown, and why
    Column("unread_since", Double),
    Index("incidents_status", "status"),
    _partial("incidents_unread", "unread_since", where=text("unread_since IS NOT NULL")),
    _partial("incidents_read", "read_at", where=text("status = 'resolved'")),
)

messages = Table(
    "messages",
    metadata,
    _identity(),
    Column("incident", StoredText, nullable=False),
    Column("channel", StoredText, nullable=False),  # an id, where the rule wants the message
    Column("fallback", StoredText, nullable=False, default=""),  # where to post if the channel cannot be used
    Column("template", StoredText, nullable=False, default="default"),
    Column("posted_to", StoredText),  # where it is: another one if the channel could not be used
    Column("ts", StoredText),
    Column("thread_of", Integer),  # the message under which it stands
    Column("storm", Integer),  # the summary that speaks for it
    Column("summary_of", Integer),  # a summary or one of its pages: what it shows is rendered when it is sent
    Column("page", Integer),
    Column("wanted", StoredText, nullable=False),  # what it should show
    Column("wanted_hash", StoredText, nullable=False),
    Column("shown_hash", StoredText),
    Column("posting_since", Double),  # a post was begun, and nobody knows yet how it ended
    Column("reposts", Integer, nullable=False, default=0),
    Column("created_at", Double, nullable=False),
    *_tries(),
    UniqueConstraint("incident", "channel"),
    _partial("messages_due", "next_at", where=DIRTY),
    Index("messages_storm", "storm"),
    sqlite_autoincrement=True,
)

replies = Table(
    "replies",
    metadata,
    _identity(),
    Column("message", BigInteger, nullable=False),
    Column("dedup", StoredText, nullable=False),
    Column("body", StoredText, nullable=False),
    Column("posting_since", Double),
    Column("created_at", Double, nullable=False),
    *_tries(),
    UniqueConstraint("message", "dedup"),
    _partial("replies_heads", "message", "id"),
    sqlite_autoincrement=True,
)

pace = Table(
    "pace", metadata, Column("key", StoredText, primary_key=True), Column("next_at", Double, nullable=False)
)

storms = Table(
    "storms",
    metadata,
    _identity(),
    Column("channel", StoredText, nullable=False),
    Column("summary", Integer, nullable=False),  # the message
    Column("began_at", Double, nullable=False),
    Column("joined_at", Double, nullable=False),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    _identity(),
    Column("time", Double, nullable=False),
    Column("who", StoredText, nullable=False),
    Column("action", StoredText, nullable=False),
    Column("ref", StoredText, nullable=False),  # `incident/Q1`, or an entry of the stack
    Column("outcome", StoredText, nullable=False),
    Column("detail", StoredText, nullable=False),
    Index("audit_ref", "ref"),
    Index("audit_time", "time"),
    sqlite_autoincrement=True,
)
