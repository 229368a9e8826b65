"""The outbox of messages: one row for an incident in a channel, with what it shows and what it should show.

The row is also the map from incident to message. Changes that come before the last one was sent merge: only
the newest content is ever sent, and what is shown already is not sent again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, text, update

from pdslack_cli.model import Json
from pdslack_cli.sync.storage import claims
from pdslack_cli.sync.storage.claims import Claim
from pdslack_cli.sync.storage.database import change
from pdslack_cli.sync.storage.pace import UPDATES, Pace, posts_to
from pdslack_cli.sync.storage.tables import incidents, messages

# Built once, as every change of an incident waits for them.
OF_INCIDENT = select(messages).where(messages.c.incident == bindparam("of_incident"))
# Locked, since a worker may be noting that it sent an older content.
IN_CHANNEL = OF_INCIDENT.where(messages.c.channel == bindparam("of_channel")).with_for_update()

SEEN_AT_ONCE = 50
STALE = "stale"  # the hash of a summary that is to be rendered before it is sent


@dataclass(frozen=True)
class Content:
    """What a message shows: `blocks`, and `text` for notifications and screen readers."""

    text: str
    blocks: list[Json]

    def dump(self) -> str:
        return json.dumps({"text": self.text, "blocks": self.blocks}, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> Content:
        return cls(**json.loads(text))


def digest(content: str) -> str:
    """A short hash by which equal contents are known."""
    return hashlib.sha256(content.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class MessageClaim:
    """A message that a worker is to post or to change."""

    claim: Claim
    incident: str
    channel: str  # where it is, or is to be
    ts: str | None
    thread_ts: str | None
    content: Content
    content_hash: str
    posting_since: float | None  # an earlier post whose outcome is unknown
    reposts: int
    fallback: str

    @property
    def pace(self) -> Pace:
        return UPDATES if self.ts else posts_to(self.channel)

    @property
    def has_fallback(self) -> bool:
        """Whether there is another channel to go to."""
        return self.fallback not in ("", self.channel)


def want(
    connection: Connection,
    incident: str,
    channel: str,
    content: Content,
    now: float,
    *,
    look_since: float | None = None,
    **values: Any,
) -> int:
    """Store what the message of an incident in a channel should show; returns the id of its row.

    `look_since`: an earlier database may know a message of that time, so the channel is looked through first.
    """
    dumped = content.dump()
    wanted = {"wanted": dumped, "wanted_hash": digest(dumped)}
    row = connection.execute(IN_CHANNEL, {"of_incident": incident, "of_channel": channel}).first()
    if row is None:
        made = connection.execute(
            insert(messages)
            .values(
                incident=incident,
                channel=channel,
                posting_since=look_since,
                created_at=now,
                state="dirty",
                next_at=now,
                attempts=0,
                reposts=0,
                **{**wanted, **values},
            )
            .returning(messages.c.id)
        )
        return int(made.scalar_one())
    if row.wanted_hash != wanted["wanted_hash"]:
        change(connection, messages, row.id, {**wanted, **_due(row, now)})
    return int(row.id)


def _due(row: Row[Any], now: float) -> Json:
    """New content makes a message due; one that is being retried keeps its time, one given up stays so."""
    if row.state == "dirty" or row.state == "dropped" or row.storm is not None:
        return {}
    return {"state": "dirty", "next_at": now, "attempts": 0, "failing_since": None}


Renderer = Callable[[Connection, Row[Any]], Content]
"""Renders a summary or a page of one, which changes too often to be rendered at every change."""


def claim(connection: Connection, owner: str, now: float, render: Renderer) -> MessageClaim | None:
    """Claim a message that is due and whose pace allows a call now."""
    query = (
        "SELECT * FROM messages "  # noqa: S608 - only constants
        "WHERE state = 'dirty' AND next_at <= :now AND owner IS NULL "
        "AND (thread_of IS NULL OR ts IS NOT NULL OR EXISTS (SELECT 1 FROM messages AS parent "
        "WHERE parent.id = messages.thread_of AND parent.ts IS NOT NULL)) "
        f"ORDER BY next_at, id LIMIT {SEEN_AT_ONCE}{claims.lock_clause(connection, messages)}"
    )
    turns: dict[Pace, float] = {}
    for row in connection.execute(text(query), {"now": now}).all():
        channel = row.posted_to or row.channel
        pace = UPDATES if row.ts else posts_to(channel)
        if pace not in turns:
            if pace.take_turn(connection, now):
                return _claimed(connection, row, channel, owner, render)
            turns[pace] = pace.next_turn(connection)
        connection.execute(update(messages).where(messages.c.id == row.id).values(next_at=turns[pace]))
    return None


def _claimed(
    connection: Connection, row: Row[Any], channel: str, owner: str, render: Renderer
) -> MessageClaim:
    rendered: Json = {}
    content = Content.parse(row.wanted)
    if row.summary_of is not None and row.wanted_hash == STALE:
        content = render(connection, row)
        rendered = {"wanted": content.dump(), "wanted_hash": digest(content.dump())}
    parent = select(messages.c.ts).where(messages.c.id == row.thread_of)
    return MessageClaim(
        claim=claims.take(connection, messages, row.id, owner, **rendered),
        incident=row.incident,
        channel=channel,
        ts=row.ts,
        thread_ts=connection.execute(parent).scalar() if row.thread_of else None,
        content=content,
        content_hash=digest(content.dump()),
        posting_since=row.posting_since,
        reposts=row.reposts,
        fallback=row.fallback,
    )


def sent(connection: Connection, claimed: MessageClaim, ts: str, shown_hash: str | None) -> None:
    """The message is there and shows `shown_hash`; None: an older content. Raises LostClaimError."""
    wanted = connection.execute(
        select(messages.c.wanted_hash).where(messages.c.id == claimed.claim.id).with_for_update()
    ).scalar_one()
    state = "shown" if wanted == shown_hash else "dirty"
    values = {"ts": ts, "posted_to": claimed.channel, "shown_hash": shown_hash, "posting_since": None}
    claims.finish(connection, claimed.claim, state, **values)


def move(connection: Connection, claimed: MessageClaim, channel: str, now: float) -> None:
    """Post the message again in that channel: it is gone, or cannot be posted. Raises LostClaimError."""
    claims.finish(
        connection,
        claimed.claim,
        "dirty",
        ts=None,
        posted_to=channel,
        shown_hash=None,
        posting_since=None,
        reposts=claimed.reposts + 1,
        next_at=now,
    )


def send_plain(connection: Connection, claimed: MessageClaim, now: float) -> None:
    """Send the text without its blocks, unless there is newer content by now. Raises LostClaimError."""
    wanted = connection.execute(
        select(messages.c.wanted_hash).where(messages.c.id == claimed.claim.id).with_for_update()
    ).scalar_one()
    plain = Content(claimed.content.text, []).dump()
    newer = wanted != claimed.content_hash
    values = {} if newer else {"wanted": plain, "wanted_hash": digest(plain)}
    claims.postpone(connection, claimed.claim, now, **values)


def doubt(connection: Connection, message: int, now: float) -> str:
    """Schedule a message that may be gone to be sent again; returns its new state."""
    shown = (messages.c.id == message) & (messages.c.state == "shown")
    values = {"state": "dirty", "next_at": now, "shown_hash": None}
    connection.execute(update(messages).where(shown).values(**values))
    return str(connection.execute(select(messages.c.state).where(messages.c.id == message)).scalar_one())


def not_posted(connection: Connection, claimed: MessageClaim) -> None:
    """Note that an earlier post certainly did not happen."""
    held = (messages.c.id == claimed.claim.id) & (messages.c.owner == claimed.claim.owner)
    connection.execute(update(messages).where(held).values(posting_since=None))


def shown_of_open(connection: Connection) -> dict[str, dict[str, int]]:
    """The messages of open incidents that show what they should: their rows by channel and `ts`."""
    found: dict[str, dict[str, int]] = {}
    query = (
        select(messages.c.posted_to, messages.c.ts, messages.c.id)
        .join(incidents, incidents.c.id == messages.c.incident)
        .where(incidents.c.status != "resolved", messages.c.state == "shown", messages.c.ts.is_not(None))
    )
    for channel, ts, id_ in connection.execute(query):
        found.setdefault(channel, {})[ts] = id_
    return found


def of_incident(connection: Connection, incident: str) -> list[Row[Any]]:
    """All messages of an incident."""
    return list(connection.execute(OF_INCIDENT, {"of_incident": incident}))
