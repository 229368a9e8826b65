"""The message that the bot pins in a channel, which welcomes people there (slack.md 2.6, 2.7).

A pinned message is ours if the bot both wrote and pinned it; of several, the oldest.
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

    fields = frozenset({"pinned"})
    stored = "pinned"

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        us = clients.slack.identity()["user_id"]
        items = clients.slack.list("pins.list", "items", channel=live.id)
        pinned = [item["message"] for item in items if item.get("created_by") == us and "message" in item]
        return {"pinned": [message for message in pinned if message.get("user") == us]}

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
            slack.call("chat.update", channel=live.id, ts=ours["ts"], text=spec.pinned)

    @staticmethod
    def _pin(session: Session, live: Live, text: str) -> None:
        slack = session.clients.slack

        def find() -> Json | None:
            """Find what an interrupted run posted: it needs channels:history, or groups:history."""
            us = slack.identity()["user_id"]
            recent = slack.call("conversations.history", channel=live.id, limit=RECENT)["messages"]
            same = (one for one in recent if one.get("user") == us and plain(one.get("text", "")) == text)
            return next(same, None)

        found = None
        with suppress(ApiError):
            found = find()
        message = found or create_once(
            lambda: dict(slack.call("chat.postMessage", channel=live.id, text=text)),
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
