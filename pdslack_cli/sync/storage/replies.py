"""The outbox of thread replies: each is posted once, in order, below a message that is there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text, update

from pdslack_cli.sync.storage import claims
from pdslack_cli.sync.storage.claims import Claim
from pdslack_cli.sync.storage.database import insert_new
from pdslack_cli.sync.storage.messages import SEEN_AT_ONCE, Content
from pdslack_cli.sync.storage.pace import Pace, posts_to
from pdslack_cli.sync.storage.tables import replies


@dataclass(frozen=True)
class ReplyClaim:
    """A reply that a worker is to post below a message."""

    claim: Claim
    message: int
    incident: str
    dedup: str
    channel: str
    thread_ts: str
    content: Content
    posting_since: float | None

    @property
    def pace(self) -> Pace:
        return posts_to(self.channel)


def add(connection: Connection, message: int, wanted: Iterable[tuple[str, Content]], now: float) -> None:
    """Add replies below a message, by their unique names; existing ones stay."""
    rows = [
        {
            "message": message,
            "dedup": dedup,
            "body": content.dump(),
            "created_at": now,
            "state": "ready",
            "next_at": now,
            "attempts": 0,
        }
        for dedup, content in wanted
    ]
    insert_new(connection, replies, rows)


def claim(connection: Connection, owner: str, now: float) -> ReplyClaim | None:
    """Claim the first reply of a thread that is due and whose pace allows a post now."""
    query = (
        "SELECT replies.*, messages.ts, messages.incident, messages.posted_to FROM replies "  # noqa: S608
        "JOIN messages ON messages.id = replies.message "
        "WHERE replies.state = 'ready' AND replies.next_at <= :now AND messages.ts IS NOT NULL "
        "AND replies.owner IS NULL AND NOT EXISTS ("
        "SELECT 1 FROM replies AS earlier WHERE earlier.state = 'ready' "
        "AND earlier.message = replies.message AND earlier.id < replies.id) "
        f"ORDER BY replies.next_at, replies.id LIMIT {SEEN_AT_ONCE}{claims.lock_clause(connection, replies)}"
    )
    for row in connection.execute(text(query), {"now": now}).all():
        pace = posts_to(row.posted_to)
        if not pace.take_turn(connection, now):
            turn = pace.next_turn(connection)
            connection.execute(update(replies).where(replies.c.id == row.id).values(next_at=turn))
            continue
        return ReplyClaim(
            claim=claims.take(connection, replies, row.id, owner),
            message=row.message,
            incident=row.incident,
            dedup=row.dedup,
            channel=row.posted_to,
            thread_ts=row.ts,
            content=Content.parse(row.body),
            posting_since=row.posting_since,
        )
    return None


def send_plain(connection: Connection, claimed: ReplyClaim, now: float) -> None:
    """Send the text without its blocks. Raises LostClaimError."""
    claims.postpone(connection, claimed.claim, now, body=Content(claimed.content.text, []).dump())


def not_posted(connection: Connection, claimed: ReplyClaim) -> None:
    """Note that a post certainly did not happen."""
    held = (replies.c.id == claimed.claim.id) & (replies.c.owner == claimed.claim.owner)
    connection.execute(update(replies).where(held).values(posting_since=None))
