"""Storms: one summary replaces the messages of more incidents than a channel accepts.

The summary counts them; pages in its thread list each with its state, and change as the incidents do. So
nothing is lost, and 500 incidents cost a dozen messages. What was posted before the storm stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, Row, bindparam, func, insert, select, text, update

from pdslack_cli.sync.message.mrkdwn import link, shown
from pdslack_cli.sync.message.parts import STATUS_EMOJI, plain, section
from pdslack_cli.sync.storage import messages as outbox
from pdslack_cli.sync.storage.database import hold
from pdslack_cli.sync.storage.messages import Content
from pdslack_cli.sync.storage.tables import incidents, messages, replies, storms

MOST_WAITING = 10  # messages of a channel that are not posted yet: ten seconds of its pace
QUIET = 60.0  # seconds without a new incident end a storm
PAGE = 25  # incidents
LISTED_SERVICES = 8
NEVER_POSTED = text("state = 'dirty' AND ts IS NULL AND posting_since IS NULL AND storm IS NULL")

# The messages that were never posted, and that no worker is posting; pages and summaries excepted.
WAITING = (
    select(messages.c.id)
    .where(
        NEVER_POSTED,
        messages.c.channel == bindparam("of_channel"),
        messages.c.owner.is_(None),
        messages.c.summary_of.is_(None),
    )
    .order_by(messages.c.id)
)
WAITS = WAITING.limit(1)
# On PostgreSQL a worker may be about to claim one; what it has locked is left to it.
LOCKED = WAITING.with_for_update(skip_locked=True)


def join(connection: Connection, channel: str, now: float) -> bool:
    """Replace the waiting messages of a channel by a summary if they are too many, or a storm is on.

    Returns whether it does now.
    """
    of_channel = {"of_channel": channel}
    if connection.execute(WAITS, of_channel).first() is None:
        return False
    hold(connection, f"storm {channel}")
    waiting: list[int] = [*connection.execute(LOCKED, of_channel).scalars()]
    if not waiting:
        return False
    storm = connection.execute(
        # One that lies ahead is of before the clock was set back.
        select(storms).where(
            storms.c.channel == channel, storms.c.joined_at.between(now - QUIET, now + QUIET)
        )
    ).first()
    if storm is None and len(waiting) < MOST_WAITING:
        return False
    summary = storm.summary if storm else _begin(connection, channel, now)
    for id_ in waiting:
        connection.execute(
            update(messages).where(messages.c.id == id_).values(storm=summary, state="summarized")
        )
        dropped = update(replies).where(replies.c.message == id_, text("state = 'ready'"))
        connection.execute(dropped.values(state="dropped"))
    connection.execute(update(storms).where(storms.c.summary == summary).values(joined_at=now))
    # One that joins late moves those behind it to another page, and the last of them perhaps to a new one.
    last = connection.execute(select(func.max(messages.c.id)).where(messages.c.storm == summary)).scalar_one()
    for id_ in {*waiting, last}:
        touch(connection, channel, summary, id_, now)
    stale = update(messages).where(messages.c.summary_of == summary)
    connection.execute(stale.values(state="dirty", wanted_hash=outbox.STALE))
    return True


def _begin(connection: Connection, channel: str, now: float) -> int:
    number = (connection.execute(select(func.max(storms.c.id))).scalar() or 0) + 1
    empty = Content("", [])
    summary = outbox.want(connection, f"storm-{channel}-{number}", channel, empty, now, summary_of=-1)
    connection.execute(update(messages).where(messages.c.id == summary).values(summary_of=summary))
    connection.execute(insert(storms).values(channel=channel, summary=summary, began_at=now, joined_at=now))
    return summary


def touch(connection: Connection, channel: str, summary: int, member: int, now: float) -> None:
    """A member of a storm has changed: its page and the summary are to be rendered again."""
    place = connection.execute(
        select(func.count()).where(messages.c.storm == summary, messages.c.id < member)
    ).scalar_one()
    page = place // PAGE
    name = f"page-{summary}-{page}"
    known = connection.execute(select(messages.c.id).where(messages.c.incident == name)).scalar()
    if known is None:
        known = outbox.want(
            connection, name, channel, Content("", []), now, summary_of=summary, thread_of=summary, page=page
        )
    stale = {"state": "dirty", "wanted_hash": outbox.STALE}
    connection.execute(update(messages).where(messages.c.id.in_([summary, known])).values(**stale))


def rendered(connection: Connection, row: Row[tuple[object, ...]]) -> Content:
    """The content of a summary or a page, from the incidents as they are now."""
    members = connection.execute(
        select(incidents)
        .join(messages, messages.c.incident == incidents.c.id)
        .where(messages.c.storm == row.summary_of)
        .order_by(messages.c.id)
    ).all()
    return _summary(members) if row.page is None else _page(members[row.page * PAGE :][:PAGE])


def _summary(members: Sequence[Row[tuple[object, ...]]]) -> Content:
    states = Counter(member.status for member in members)
    services = Counter(member.service for member in members if member.status != "resolved")
    counted = ", ".join(f"{number} {state}" for state, number in sorted(states.items(), reverse=True))
    title = f"{len(members)} incidents in a short time: {counted}"
    lines = [f"{shown(name, 100)}: {number}" for name, number in services.most_common(LISTED_SERVICES)]
    blocks = [{"type": "header", "text": plain(f"🌩️ {title}"[:150])}]
    if lines:
        blocks.append(section("*Open, by service*\n" + "\n".join(lines)))
    blocks.append(section("Each is listed in the thread."))
    return Content(title, blocks)


def _page(members: Sequence[Row[tuple[object, ...]]]) -> Content:
    lines = [
        f"{STATUS_EMOJI.get(member.status, '')} {link(member.url, f'#{member.number}')} "
        f"{shown(member.title, 60)} ({shown(member.service, 30)})"
        for member in members
    ]
    # Sections hold 3,000 characters, of which the links take most.
    blocks = [section("\n".join(lines[at : at + 10])) for at in range(0, len(lines), 10)]
    return Content(f"{len(members)} incidents", blocks)
