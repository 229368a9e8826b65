"""The canvas of a channel: a text from a Markdown file (slack.md 2.9).

Slack gives no text of a canvas back: it only tells whether a canvas contains some text. So a canvas of ours
ends with a heading that contains the id of its channel, a digest of the file's text and the minute in which
it was written, and a plan asks for them. It alone says that a canvas is ours: not who made it, for other
tools may use the same bot, and not the heading of another channel, which is copied along with a canvas. The
heading is written in the same call as the text, so that it never claims another one. It is a heading because,
by reports, a look-up finds no other sort of section.

Changes by people show in the last editor. That this is the bot after it wrote is unverified: if it is not,
the last edit still counts as ours if it was made in the minute that the heading tells.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.errors import HiddenError, NotFoundError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.fields.shorthand import FROM_FILE
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

LARGEST = 1024 * 1024 - 1024  # bytes that Slack takes, and some for our heading
LONGEST_TITLE = 60  # of a text, where a plan shows it
WRITING = 2  # minutes that a write may take to show as the last edit


# What is shown of the text of a canvas, as it cannot be read.
OTHER_TEXT = "(another text)"
EDITED = "(this text, changed in Slack)"
FOREIGN = "(a text that is not ours)"


def _given(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise problem("the file is empty", "write the text of the canvas in it, or `canvas: null` for none")
    return "" if value is None else value


def _checked(text: str) -> str:
    """Without white space at the end, which files have."""
    text = text.rstrip()
    size = len(text.encode())
    if size > LARGEST:
        message = f"the file has {size:,} bytes, and a canvas takes {LARGEST:,}"
        raise problem(message, "shorten it, or link to the rest")
    return text


def shown(text: str) -> str:
    """Return the title, length and digest of a text: a plan shows no whole documents."""
    if text in {"", OTHER_TEXT, EDITED, FOREIGN}:
        return text
    lines = text.splitlines()
    title = next(line for line in lines if line.strip()).strip("# ")[:LONGEST_TITLE]
    return f"{title} ({len(lines)} line{'s' * (len(lines) != 1)}, {digest(text)})"


CanvasText = Annotated[
    str,
    FROM_FILE,
    BeforeValidator(_given),
    AfterValidator(_checked),
    PlainSerializer(shown),
]
"""The text of a Markdown file that the entry names; null: no canvas."""


class HasCanvas(Protocol):
    @property
    def canvas(self) -> str: ...


class ChannelCanvas(Part[HasCanvas]):
    """The canvas of a channel: created, replaced as a whole, or deleted."""

    fields = single = frozenset({"canvas"})
    stored = "canvas"

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        # Whether lists have the properties of channels is not documented.
        channel = clients.slack.call("conversations.info", channel=live.id)["channel"]
        canvas = (channel.get("properties") or {}).get("canvas") or {}
        return {"canvas": {"id": canvas["file_id"], **canvas} if canvas.get("file_id") else None}

    def read_wanted(self, clients: Clients, live: Live, wanted: HasCanvas) -> Mapping[str, Any]:
        canvas = live.parts["canvas"]
        if canvas is None:
            return {}
        try:
            text = _text_of(clients, live.id, canvas, wanted.canvas)
        except HiddenError:
            raise
        except NotFoundError:
            # Of a channel without the bot in it, the canvas may be hidden.
            if live.raw.get("is_member"):
                return {"canvas": None}
            text = FOREIGN
        return {"canvas": {**canvas, "text": text}}

    def read_for_export(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return self.read(clients, live)

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {"canvas": live.parts["canvas"].get("text")}

    # --- what a plan and an export ask ---

    def obstacles(
        self, spec: HasCanvas, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        canvas = live.parts.get("canvas")
        if canvas and canvas.get("text") == FOREIGN and not adopt:
            yield (
                f"canvas: the one that the channel has ({canvas['id']}) does not have our heading, and its "
                "text would be lost: `--adopt` replaces it, or take `canvas` out of the file"
            )

    def warnings(
        self, before: HasCanvas | None, after: HasCanvas, fields: Collection[str], now: datetime
    ) -> Iterable[str]:
        if before and before.canvas in {EDITED, FOREIGN}:
            yield "canvas: what others wrote in it will be lost, and cannot be shown here: see it in Slack"

    def export_notes(self, before: HasCanvas, live: Live, id_index: IdIndex) -> Iterable[str]:
        yield "canvas: it has one, whose text Slack does not give out: save it as Markdown and name the file"

    # --- writing ---

    def write(self, session: Session, ref: Ref, live: Live, spec: HasCanvas) -> None:
        slack, canvas = session.clients.slack, live.parts.get("canvas")
        if not spec.canvas:
            if canvas:
                slack.call("canvases.delete", canvas_id=canvas["id"])
            return
        document = {"type": "markdown", "markdown": _with_heading(live.id, spec.canvas, slack.now)}
        if canvas:
            change = {"operation": "replace", "document_content": document}
            slack.call("canvases.edit", canvas_id=canvas["id"], changes=[change])
            return

        def find() -> Json | None:
            there, ours = self.read(session.clients, live)["canvas"], _of_text(live.id, spec.canvas)
            return there if there and _contains(session.clients, there, ours) else None

        create_once(
            lambda: dict(
                slack.call("conversations.canvases.create", channel_id=live.id, document_content=document)
            ),
            find,
            unique=True,
            clock=session.clients.clock,
        )


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%MZ}"


def _mark(channel: str) -> str:
    """Return what only the heading of ours in this channel contains."""
    return f"pdslack:{channel} "


def _of_text(channel: str, text: str) -> str:
    """Return what only the heading of ours under this text contains."""
    return _mark(channel) + digest(text)


def _with_heading(channel: str, text: str, now: datetime) -> str:
    kept = f"{_of_text(channel, text)} {_minute(now)}"
    return f"{text}\n\n### Kept by pdslack from a file: changes made here are lost ({kept})\n"


def _text_of(clients: Clients, channel: str, canvas: Json, wanted: str) -> str:
    """Return the wanted text if the canvas has it, else what is shown of another one.

    A canvas that people opened and left empty is like none.
    """
    file = clients.slack.call("files.info", file=canvas["id"])["file"]
    if wanted and _contains(clients, canvas, _of_text(channel, wanted)):
        return EDITED if _is_edited(clients, canvas, file) else wanted
    if canvas.get("is_empty"):
        return ""
    return OTHER_TEXT if _contains(clients, canvas, _mark(channel)) else FOREIGN


def _is_edited(clients: Clients, canvas: Json, file: Json) -> bool:
    """Return whether people changed the canvas after we wrote it."""
    identity = clients.slack.identity()
    edited = file.get("edit_timestamp") or file.get("updated")
    if not edited or file.get("last_editor") in {None, "", identity["user_id"], identity.get("bot_id")}:
        return False
    last = datetime.fromtimestamp(int(edited), UTC)
    minutes = (_minute(last - timedelta(minutes=ago)) for ago in range(WRITING + 1))
    return not any(_contains(clients, canvas, minute) for minute in minutes)


def _contains(clients: Clients, canvas: Json, text: str) -> bool:
    criteria = {"contains_text": text}
    found = clients.slack.call("canvases.sections.lookup", canvas_id=canvas["id"], criteria=criteria)
    return bool(found["sections"])
