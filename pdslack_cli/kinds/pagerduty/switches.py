"""Switches of services and orchestrations: parts of one boolean each (pagerduty.md 5.1, 5.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import Field

from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import reference
from pdslack_cli.model import Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

FEATURE = "aiops"  # the only one there is

Aiops = Annotated[
    bool, Field(description="false: PagerDuty's AIOps, where the account has it, leaves its alerts alone")
]


class HasDisabled(Protocol):
    @property
    def disabled(self) -> bool: ...


class ServiceDisabled(Part[HasDisabled]):
    """Whether a service is switched off: PagerDuty takes it only of a service that is there.

    Its `status` also follows incidents (pagerduty.md 5.1), so nothing but `disabled` of it is compared.
    """

    fields = frozenset({"disabled"})

    def write(self, session: Session, ref: Ref, live: Live, spec: HasDisabled) -> None:
        if spec.disabled == (live.raw.get("status") == "disabled"):
            return
        clients, path = session.clients, f"/services/{live.id}"
        # What every PUT must repeat is read again: the same run may just have changed it.
        now = clients.pagerduty.get(path)["service"]
        body = {
            "type": "service",
            "name": now["name"],
            "escalation_policy": reference(now["escalation_policy"]["id"], "escalation_policy"),
            "status": "disabled" if spec.disabled else "active",
        }
        clients.pagerduty.update(path, {"service": body})


class HasAiops(Protocol):
    @property
    def aiops(self) -> bool: ...


class Enablement(Part[HasAiops]):
    """Whether AIOps is on for an object. It is, until somebody switches it off; nothing deletes it."""

    fields = frozenset({"aiops"})
    stored, optional = "switched_off", True
    empty = True

    def __init__(self, path: str) -> None:
        self.path = path  # of the kind: "/services"

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        found = clients.pagerduty.list(f"{self.path}/{live.id}/enablements", "enablements", paged=False)
        return {
            self.stored: [raw for raw in found if text_at(raw, "feature") == FEATURE and not raw["enabled"]]
        }

    def lacking(self, wanted: HasAiops | None) -> Mapping[str, Any] | None:
        if wanted is None:
            return {self.stored: []}
        return None if wanted.aiops else {self.stored: [{"feature": FEATURE, "enabled": False}]}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {"aiops": not live.parts[self.stored]}

    def is_bare(self, field: str, value: Any) -> bool:
        return bool(value)

    def write(self, session: Session, ref: Ref, live: Live, spec: HasAiops) -> None:
        path = f"{self.path}/{live.id}/enablements/{FEATURE}"
        answer = session.clients.pagerduty.update(path, {"enablement": {"enabled": spec.aiops}})
        for warning in answer["enablement"].get("warnings") or ():
            session.notice(ref, str(warning["message"]))
