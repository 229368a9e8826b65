"""Links of automation actions and runners to teams and services (pagerduty.md 10.3).

They can be given when the object is created, and afterwards only by calls of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.fields.scalars import RefTo
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import reference, remove
from pdslack_cli.model import Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

LinkedTeams = Annotated[
    tuple[Annotated[Ref, RefTo("team")], ...],
    NullClears,
    AfterValidator(lambda refs: tuple(sorted(set(refs)))),
    Field(description="the teams that it belongs to; all of them"),
]


class Links(Part[Any]):
    """The objects of one kind that an object is linked to: a call each to add and to remove."""

    def __init__(self, path: str, kind: str, *, listed: bool) -> None:
        self.path, self.kind = path, kind
        self.field = f"{kind}s"
        self.fields = frozenset({self.field})
        self.stored = "" if listed else self.field  # whether the list of the objects has them

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        if not self.stored:
            return {}
        path = f"{self.path}/{live.id}/{self.field}"
        return {self.stored: clients.pagerduty.list(path, self.field, paged=False)}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        linked = live.parts[self.stored] if self.stored else live.raw.get(self.field) or ()
        refs = {id_index.ref(self.kind, each["id"], each.get("summary")) for each in linked}
        return {self.field: tuple(sorted(refs))}

    def write(self, session: Session, ref: Ref, live: Live, spec: Any) -> None:
        path = f"{self.path}/{live.id}/{self.field}"
        there = set(self.decode_if_there(live, session.id_index).get(self.field) or ())
        wanted = set(getattr(spec, self.field))
        for one in sorted(wanted - there):
            body = {self.kind: reference(session.id_index.id(one), self.kind)}
            session.clients.pagerduty.create(path, body)
        for one in sorted(there - wanted):
            remove(session.clients, f"{path}/{session.id_index.id(one)}")
