"""Whether a channel is put away. It keeps its name and its mark (slack.md 2.2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live, Ref

HIDDEN = "Slack hides archived private channels from bots: remove the entry instead, which archives it"


class HasArchived(Protocol):
    @property
    def archived(self) -> bool: ...


class ChannelArchived(Part[HasArchived]):
    """Archives a channel after its other parts are written.

    Nothing is decoded: a plan compares no archived channel that is to stay so, and restores any other.
    """

    fields = frozenset({"archived"})

    def obstacles(
        self, spec: HasArchived, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        if spec.archived and live.raw["is_private"]:
            yield f"archived: {HIDDEN}"
        elif spec.archived and live.raw.get("is_general"):
            yield "archived: the workspace's general channel cannot be archived: remove `archived`"

    def write(self, session: Session, ref: Ref, live: Live, spec: HasArchived) -> None:
        if spec.archived:
            try:
                session.clients.slack.call("conversations.archive", channel=live.id)
            except ApiError as error:
                if error.code not in {"already_archived", "is_archived"}:
                    raise
