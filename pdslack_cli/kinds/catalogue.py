"""What an account offers and a file refers to by name: looked up, case ignored, and only when referred to."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from pdslack_cli.clients.http.vendor_json import text_or_none
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyLookup
from pdslack_cli.model import Json, Live, Name

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


class Catalogue(PagerDutyLookup[Resource]):
    """One list, found by name. Its kinds have no section: an entry refers to them with `Catalogued`."""

    spec = Resource

    def read(self, clients: Clients, wanted: Collection[Resource]) -> Iterable[Live]:
        lives = list(super().read(clients, wanted))
        known = {Name(live.name) for live in lives}
        called = {Name(spec.name) for spec in wanted}
        return [
            _as_shown(live) if _shown(live) in called - known and Name(live.name) not in called else live
            for live in lives
        ]

    def live(self, raw: Json) -> Live:
        return Live(self.name, raw["id"], raw.get("name") or raw.get("summary") or "", raw)

    def identity(self, live: Live) -> Name:
        return Name(live.name)

    def wanted_identity(self, spec: Resource, id_index: IdIndex) -> Hashable:
        return Name(spec.name)


def _shown(live: Live) -> Name:
    """What the web interface calls a custom field or an incident type: people write either name."""
    return Name(text_or_none(live.raw, "display_name") or live.name)


def _as_shown(live: Live) -> Live:
    return replace(live, name=str(_shown(live)))


class Priorities(Catalogue):
    """Incident priorities (pagerduty.md 8.6)."""

    name, path, plural = "priority", "/priorities", "priorities"
    absent_hint = "priorities are made in PagerDuty, under Incident Settings"


class Vendors(Catalogue):
    """Products that PagerDuty has an integration for (pagerduty.md 10.4)."""

    name, path, plural = "vendor", "/vendors", "vendors"
    absent_hint = (
        "PagerDuty's catalogue has no product of that name: write it as it stands there, or give a `type`"
    )


class AutomationActions(Catalogue):
    """Scripts and jobs that PagerDuty can run (pagerduty.md 10.3)."""

    name, path, plural = "automation_action", "/automation_actions/actions", "actions"


class CustomFields(Catalogue):
    """Custom fields that every incident has: those of the base type (pagerduty.md 8.5)."""

    name, path, plural = "custom_field", "/incidents/types/incident_default/custom_fields", "fields"
    paged = False


class IncidentTypes(Catalogue):
    """Incident types (pagerduty.md 8.4)."""

    name, path, plural = "incident_type", "/incidents/types", "incident_types"
    params: ClassVar[Mapping[str, Any]] = {"filter": "all"}
    paged = False


class WorkflowActions(Catalogue):
    """What the steps of an incident workflow can do; its name is its versioned id (pagerduty.md 8.2)."""

    name, path, plural = "workflow_action", "/incident_workflows/actions", "actions"

    def identity(self, live: Live) -> Name:
        return Name(live.id)
