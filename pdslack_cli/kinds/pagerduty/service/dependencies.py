"""What a service uses: dependencies between services and business services (pagerduty.md 6.2).

A dependency has no name and no mark. It is part of the service that uses the other one, as members are of a
team: the field names all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import AfterValidator, Field

from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.errors import NotFoundError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

READ_TYPES = {"technical_service": "service", "business_service": "business_service"}

UsedServices = Annotated[
    tuple[Annotated[Ref, RefTo("service", "business_service")], ...],
    NullClears,
    AfterValidator(lambda refs: tuple(sorted(set(refs)))),
    Field(description="what it uses: service/KEY or business_service/KEY; all of them"),
]


class HasDependencies(Protocol):
    @property
    def depends_on(self) -> UsedServices: ...


class Dependencies(Part[HasDependencies]):
    """What an object uses: one list, which also has what uses it, and a call each to add and to remove."""

    fields = frozenset({"depends_on"})
    stored = "dependencies"
    empty = ()

    def __init__(self, kind: str) -> None:
        self.kind = kind  # as a request names it
        self.path = "business_services" if kind == "business_service" else "technical_services"

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        found: list[Json] = []
        with suppress(NotFoundError):  # so PagerDuty answers after the other end of one was deleted
            path = f"/service_dependencies/{self.path}/{live.id}"
            found = clients.pagerduty.list(path, "relationships", paged=False)
        return {self.stored: [each for each in found if text_at(each["dependent_service"], "id") == live.id]}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        used = (each["supporting_service"] for each in live.parts[self.stored])
        refs = {
            id_index.ref(_kind(service), service["id"], service.get("summary"))
            for service in used
            if _kind(service)
        }
        return {"depends_on": tuple(sorted(refs))}

    def write(self, session: Session, ref: Ref, live: Live, spec: HasDependencies) -> None:
        there = set(self.decode_if_there(live, session.id_index).get("depends_on") or ())
        wanted = set(spec.depends_on)
        self._call(session, live, "associate", wanted - there)
        self._call(session, live, "disassociate", there - wanted)

    def _call(self, session: Session, live: Live, verb: str, refs: Iterable[Ref]) -> None:
        own = {"id": live.id, "type": self.kind}
        relationships = [
            {
                "supporting_service": {"id": session.id_index.id(ref), "type": ref.kind},
                "dependent_service": own,
            }
            for ref in sorted(refs)
        ]
        if relationships:
            session.clients.pagerduty.link(f"/service_dependencies/{verb}", {"relationships": relationships})


def _kind(service: Json) -> str:
    """Return our kind of an end, or "" for one that we do not know: reads and writes name it differently."""
    return READ_TYPES.get(text_at(service, "type").removesuffix("_reference"), "")
