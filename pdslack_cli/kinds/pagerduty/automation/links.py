"""Links of automation actions and runners to teams, and of services to actions (pagerduty.md 10.3).

They can be given when the object is created, and afterwards only by calls of their own. A service names the
actions that it offers, and not the other way round, because its rules may run them too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import AfterValidator, Field

from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.fields.references import CatalogRef, RefTo
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

    empty = ()

    def __init__(self, path: str, kind: str, *, listed: bool) -> None:
        self.path, self.kind = path, kind
        self.field = f"{kind}s"
        self.fields = frozenset({self.field})
        # Whether the list of the objects has them.
        self.stored, self.listed = ("", self.field) if listed else (self.field, "")

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        if not self.stored:
            return {}
        path = f"{self.path}/{live.id}/{self.field}"
        return {self.stored: clients.pagerduty.list(path, self.field, paged=False)}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        linked = live.parts[self.stored] if self.stored else live.raw[self.listed]
        refs = {id_index.ref_of(self.kind, each) for each in linked}
        return {self.field: tuple(sorted(refs))}

    def write(self, session: Session, ref: Ref, live: Live, spec: Any) -> None:
        path = f"{self.path}/{live.id}/{self.field}"
        there = set(self.decode_if_there(live, session.id_index).get(self.field) or ())
        wanted = set(getattr(spec, self.field))
        for one in sorted(wanted - there):
            body = {self.kind: reference(session.id_index.id(one), self.kind)}
            session.clients.pagerduty.link(path, body)
        for one in sorted(there - wanted):
            remove(session.clients, f"{path}/{session.id_index.id(one)}")


OfferedActions = Annotated[
    tuple[Annotated[Ref, CatalogRef("automation_action")], ...],
    NullClears,
    AfterValidator(lambda refs: tuple(sorted(set(refs), key=_by_key))),
    Field(description="automation actions that its incidents offer, by key or name; all of them"),
]


def _by_key(ref: Ref) -> str:
    return ref.key.casefold()


class HasActions(Protocol):
    @property
    def automation_actions(self) -> OfferedActions: ...


class ServiceActions(Part[HasActions]):
    """The actions of a service: one list, and a call each to add and to remove."""

    fields = frozenset({"automation_actions"})
    stored = "automation_actions"
    empty = ()
    path = "/automation_actions/actions"

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        found = clients.pagerduty.list(self.path, "actions", service_id=live.id)
        # What every service offers is no link of this one.
        return {self.stored: [each for each in found if not each.get("map_to_all_services")]}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        refs = {
            id_index.ref("automation_action", each["id"], each.get("name"))
            for each in live.parts[self.stored]
        }
        return {"automation_actions": tuple(sorted(refs, key=_by_key))}

    def write(self, session: Session, ref: Ref, live: Live, spec: HasActions) -> None:
        there = set(self.decode_if_there(live, session.id_index).get("automation_actions") or ())
        wanted, pagerduty = set(spec.automation_actions), session.clients.pagerduty
        for one in sorted(wanted - there, key=_by_key):
            path = f"{self.path}/{session.id_index.id(one)}/services"
            pagerduty.link(path, {"service": reference(live.id, "service")})
        for one in sorted(there - wanted, key=_by_key):
            remove(session.clients, f"{self.path}/{session.id_index.id(one)}/services/{live.id}")
