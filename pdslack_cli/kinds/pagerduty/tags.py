"""Tags of an object: a part that every kind with a field `tags` lists (pagerduty.md 10.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import AfterValidator, Field

from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.scalars import FILLED, printable
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

TagSet = Annotated[
    tuple[Annotated[str, FILLED, at_most(191), AfterValidator(printable)], ...],
    NullClears,
    # Order carries no meaning here, so one order is kept: two spellings of a list compare equal.
    AfterValidator(lambda labels: tuple(sorted(set(labels)))),
    Field(description="its tags; all of them"),
]


class HasTags(Protocol):
    @property
    def tags(self) -> TagSet: ...


class Tags(Part[HasTags]):
    """The tags of an object: one list, and one call that adds and removes."""

    fields = frozenset({"tags"})
    stored = "tags"
    empty = ()

    def __init__(self, path: str) -> None:
        self.path = path  # of the kind: "/teams"

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {"tags": clients.pagerduty.list(f"{self.path}/{live.id}/tags", "tags")}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {"tags": tuple(sorted({raw["label"] for raw in live.parts["tags"]}))}

    def write(self, session: Session, ref: Ref, live: Live, spec: HasTags) -> None:
        there = live.parts.get("tags", ())
        labels = {raw["label"] for raw in there}
        # A label is found or made by its text, so that a repeated call changes nothing.
        add = [{"type": "tag", "label": label} for label in spec.tags if label not in labels]
        gone = [raw["id"] for raw in there if raw["label"] not in spec.tags]  # two may have one label
        remove = [{"type": "tag_reference", "id": id_} for id_ in gone]
        session.clients.pagerduty.link(f"{self.path}/{live.id}/change_tags", {"add": add, "remove": remove})
