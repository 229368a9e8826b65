"""The slash command, and notes that people write in a thread."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Connection, select

from pdslack_cli.model import Json
from pdslack_cli.sync.actions.asked import asked, is_foreign
from pdslack_cli.sync.message.mrkdwn import link, shown
from pdslack_cli.sync.storage.database import Database
from pdslack_cli.sync.storage.inbox import Arrival
from pdslack_cli.sync.storage.tables import incidents, messages

WORDS = {
    "ack": "acknowledge",
    "acknowledge": "acknowledge",
    "resolve": "resolve",
    "escalate": "escalate",
    "note": "note",
}
LISTED = 20
HELP = (
    "`list` shows the open incidents; `ack N`, `resolve N [NOTE]`, `escalate N` and `note N TEXT` act on "
    "incident number N. In the thread of an incident, `@pdslack note TEXT` adds a note."
)
WITH_TEXT = (None, "file_share", "thread_broadcast")  # the sorts of messages that people write
NOTE = re.compile(r"^\s*(?:<@[A-Z0-9]+>\s*note|!note)\b:?\s*(?P<text>.+)$", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class CommandReply:
    """What a command means: a text for the person alone, and an act to store."""

    text: str = ""
    arrival: Arrival | None = None


def answer_command(database: Database, body: Json) -> CommandReply:
    """Answer the slash command `/incident …`."""
    word, _, rest = str(body.get("text") or "").strip().partition(" ")
    word = word.casefold()
    if word in ("", "list"):
        return CommandReply(database.read(_open_incidents))
    if word not in WORDS:
        return CommandReply(HELP)
    number, _, text = rest.strip().partition(" ")
    number = number.lstrip("#")
    if not (number.isascii() and number.isdigit()) or len(number) > 12:
        return CommandReply(
            f"expected the number of an incident, got {shown(number, 40) or 'nothing'}. {HELP}"
        )
    incident = database.read(lambda connection: _by_number(connection, int(number)))
    if incident is None:
        return CommandReply(f"there is no message of an incident #{number}")
    dedup = f"slack:{body.get('trigger_id')}"
    act = asked(
        dedup,
        WORDS[word],
        incident,
        body["user_id"],
        body.get("channel_id"),
        values={"markup": text.strip()},
    )
    return CommandReply("", act)


def answer_mention(database: Database, body: Json) -> Arrival | None:
    """The note that somebody wrote in the thread of an incident; None for anything else."""
    event = body.get("event") or {}
    match = NOTE.match(str(event.get("text") or ""))
    thread, channel, user = event.get("thread_ts"), event.get("channel"), event.get("user")
    if event.get("subtype") not in WITH_TEXT or not match or not thread or not user or event.get("bot_id"):
        return None
    incident = database.read(lambda connection: _by_thread(connection, str(channel), str(thread)))
    if incident is None:
        return None
    files = event.get("files")
    addresses = [str(file.get("permalink")) for file in files or () if isinstance(file, dict)]
    text = " ".join([match["text"].strip(), *addresses])
    # By the message and not by the event: a mention arrives as `app_mention` and as `message`.
    dedup = f"slack:{channel}:{event.get('ts')}"
    values = {"markup": text}
    return asked(dedup, "note", incident, user, channel, thread, values, foreign=is_foreign(body))


def _open_incidents(connection: Connection) -> str:
    found = connection.execute(
        select(incidents).where(incidents.c.status != "resolved").order_by(incidents.c.number.desc())
    ).all()
    if not found:
        return "No open incidents."
    lines = [
        f"{link(row.url, f'#{row.number}')} {shown(row.title, 100)}: {row.status} ({shown(row.service, 40)})"
        for row in found[:LISTED]
    ]
    more = len(found) - LISTED
    return "\n".join([*lines, *([f"and {more} more"] if more > 0 else [])])


def _by_number(connection: Connection, number: int) -> str | None:
    return connection.execute(select(incidents.c.id).where(incidents.c.number == number)).scalar()


def _by_thread(connection: Connection, channel: str, ts: str) -> str | None:
    return connection.execute(
        select(messages.c.incident).where(messages.c.posted_to == channel, messages.c.ts == ts)
    ).scalar()
