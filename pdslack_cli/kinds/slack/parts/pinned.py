"""The message that the bot pins in a channel, which welcomes people there (slack.md 2.6, 2.7).

A message of ours says so in the ids of its blocks, which nobody sees: that the bot wrote and pinned a message
does not make it ours, for other tools may use the same bot. Of several, the oldest is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import BeforeValidator, Field, WithJsonSchema

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.errors import ApiError, NotFoundError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.slack.text import plain, read_text
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

LONGEST_MESSAGE = 4000  # of an update
LONGEST_BLOCK = 3000  # characters of text
MARK = "pdslack-pinned"  # how the ids of our blocks begin
RECENT = 15  # messages among which one is looked for that was posted and not pinned

PinnedText = Annotated[
    str,
    Field(max_length=LONGEST_MESSAGE),
    BeforeValidator(read_text),
    WithJsonSchema({"type": ["string", "null"], "maxLength": LONGEST_MESSAGE}),
]


class HasPinned(Protocol):
    @property
    def pinned(self) -> str: ...


class PinnedMessage(Part[HasPinned]):
    """The bot's pinned message: read in one list, and posted, updated or deleted."""

    fields = single = frozenset({"pinned"})
    stored = "pinned"
    empty = ""

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        us = clients.slack.identity()["user_id"]
        items = clients.slack.list("pins.list", "items", channel=live.id)
        return {"pinned": [item["message"] for item in items if _is_ours(item.get("message") or {}, us)]}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        ours = _oldest(live)
        return {"pinned": plain(ours["text"]) if ours else ""}

    def write(self, session: Session, ref: Ref, live: Live, spec: HasPinned) -> None:
        slack, ours = session.clients.slack, _oldest(live)
        if ours is None:
            if spec.pinned:
                self._pin(session, live, spec.pinned)
        elif not spec.pinned:
            with suppress(NotFoundError):
                slack.call("chat.delete", channel=live.id, ts=ours["ts"])
        elif plain(ours["text"]) != spec.pinned:
            slack.call("chat.update", channel=live.id, ts=ours["ts"], **_message(spec.pinned))

    @staticmethod
    def _pin(session: Session, live: Live, text: str) -> None:
        slack = session.clients.slack

        def find() -> Json | None:
            """Find what an interrupted run posted: it needs channels:history, or groups:history."""
            us = slack.identity()["user_id"]
            recent = slack.call("conversations.history", channel=live.id, limit=RECENT)["messages"]
            same = (one for one in recent if _is_ours(one, us) and plain(one["text"]) == text)
            return next(same, None)

        found = None
        with suppress(ApiError):
            found = find()
        message = found or create_once(
            lambda: dict(slack.call("chat.postMessage", channel=live.id, **_message(text))),
            find,
            unique=False,
            clock=session.clients.clock,
        )
        try:
            slack.call("pins.add", channel=live.id, timestamp=message["ts"])
        except ApiError as error:
            if error.code != "already_pinned":
                raise


def _oldest(live: Live) -> Json | None:
    return min(live.parts.get("pinned") or (), key=lambda message: str(message["ts"]), default=None)


def _is_ours(message: Json, us: str) -> bool:
    """Return whether our bot wrote the message with our mark."""
    ids = [str(block.get("block_id")) for block in message.get("blocks") or ()]
    return message.get("user") == us and bool(ids) and ids[0].startswith(MARK)


def _message(text: str) -> Json:
    """Return the message as Slack takes it: the text for notifications, and the same in marked blocks."""
    pieces: list[str] = []
    left = text
    while left:
        end = len(left) if len(left) <= LONGEST_BLOCK else left.rfind("\n", 1, LONGEST_BLOCK) + 1
        pieces.append(left[: end or LONGEST_BLOCK])
        left = left[len(pieces[-1]) :]
    blocks = [
        {"type": "section", "block_id": f"{MARK}-{number}", "text": {"type": "mrkdwn", "text": piece}}
        for number, piece in enumerate(pieces)
    ]
    return {"text": text, "blocks": blocks}
