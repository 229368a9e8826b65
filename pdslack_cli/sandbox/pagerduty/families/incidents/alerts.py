"""Alerts of incidents (pagerduty.md 11)."""

from __future__ import annotations

from typing import Any, ClassVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, anything, instant, text
from pdslack_cli.sandbox.pagerduty.resource import RestResource

# How answers spell the normalised event; the schema does not know it (pagerduty.md 11, unverified).
CEF_NAMES = {
    "source": "source_origin",
    "component": "source_component",
    "group": "service_group",
    "class": "event_class",
    "custom_details": "details",
}


class AlertsApi(RestResource):
    """What made an incident. They come with events; here they are put in by the control endpoint."""

    name = "alert"
    plural = "alerts"
    parent = "incident"
    path = "/incidents/<parent>/alerts"
    site = "/alerts/{id}"
    methods = frozenset({"index", "show"})
    fields: ClassVar[Fields] = {
        "event": Field(anything, required=True),  # in PD-CEF
        "integration": Field(text()),
        "created_at": Field(instant),
    }

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Fill in what follows from the event and the incident."""
        incident = api.get("incident", new["_parent"]) or {}
        event = new.pop("event")
        integration = api.get("integration", new["integration"] or "")
        kind = api.kinds["integration"]
        return {
            **new,
            "status": "resolved" if incident["status"] == "resolved" else "triggered",
            "alert_key": event.get("dedup_key") or ids.hexadecimal(api.store, 32),
            "severity": event.get("severity"),
            "suppressed": False,
            "created_at": new["created_at"] or incident["created_at"],
            "service": incident["service"],
            "incident": {"id": incident["id"], "type": "incident_reference"},
            "integration": integration
            and {"id": integration["id"], "type": f"{kind.type_of(integration)}_reference"},
            "body": {
                "type": "alert_body",
                "contexts": [],
                "details": event.get("custom_details") or {},
                "cef_details": {CEF_NAMES.get(name, name): value for name, value in event.items()},
            },
            "_summary": event.get("summary", ""),
        }

    def selects(self, api: Api, document: Json) -> bool:
        """Status and key."""
        wanted = {"statuses[]": document["status"], "alert_key": document["alert_key"]}
        return all(
            not (asked := api.arguments.getlist(name)) or value in asked for name, value in wanted.items()
        )

    def new_id(self, store: Any) -> str:
        """As of incidents."""
        return "Q" + ids.ulid(store)[:13]

    def summary(self, document: Json) -> str:
        """That of its event."""
        return str(document["_summary"])
