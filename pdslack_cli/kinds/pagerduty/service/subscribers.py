"""Subscribers: who is notified of the status of a business service (pagerduty.md 6.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import AfterValidator, Field

from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

TYPES = {"user": "person", "team": "team"}  # of subscribers, and our kinds

SubscriberSet = Annotated[
    tuple[Annotated[Ref, RefTo("person", "team")], ...],
    NullClears,
    AfterValidator(lambda refs: tuple(sorted(set(refs)))),
    Field(description="who is notified of its status: person/KEY or team/KEY; all of them"),
]


class HasSubscribers(Protocol):
    @property
    def subscribers(self) -> SubscriberSet: ...


class Subscribers(Part[HasSubscribers]):
    """The subscribers of a business service: one list, and a call each to add and to remove."""

    fields = frozenset({"subscribers"})
    stored = "subscribers"
    empty = ()

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        path = f"/business_services/{live.id}/subscribers"
        # Its answer comes in pages, but no parameter of it is documented: those after the first ask for one.
        return {"subscribers": clients.pagerduty.list(path, "subscribers", paged=False)}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        refs = {
            id_index.ref(TYPES[each["subscriber_type"]], each["subscriber_id"])
            for each in live.parts["subscribers"]
            if text_at(each, "subscriber_type") in TYPES
        }
        return {"subscribers": tuple(sorted(refs))}

    def write(self, session: Session, ref: Ref, live: Live, spec: HasSubscribers) -> None:
        there = set(self.decode_if_there(live, session.id_index).get("subscribers") or ())
        wanted, types = set(spec.subscribers), {kind: type_ for type_, kind in TYPES.items()}
        for call, refs in (("subscribers", wanted - there), ("unsubscribe", there - wanted)):
            subscribers = [
                {"subscriber_id": session.id_index.id(one), "subscriber_type": types[one.kind]}
                for one in sorted(refs)
            ]
            if subscribers:
                path = f"/business_services/{live.id}/{call}"
                session.clients.pagerduty.link(path, {"subscribers": subscribers})
