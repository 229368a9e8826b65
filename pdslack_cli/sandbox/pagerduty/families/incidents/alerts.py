"""Alerts of incidents (pagerduty.md 11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse, SortKey
from pdslack_cli.sandbox.pagerduty.families.incidents.incidents import acting_user
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, anything, instant, one_of, reference, text
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, invalid
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from pdslack_cli.sandbox.pagerduty.runtime import opening
from pdslack_cli.sandbox.pagerduty.runtime.arrival import alerts
from pdslack_cli.sandbox.pagerduty.runtime.changes import CHANNEL

UPDATE: Fields = {"status": Field(one_of("resolved", "triggered")), "incident": Field(reference("incident"))}
MOST_AT_ONCE = 250
MOST_ON_A_PAGE = 100


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

    def rules(self) -> Iterator[RuleFactory]:
        """The classic calls, and updates of one or many."""
        yield from super().rules()
        yield Rule(self.path, methods=["PUT"], endpoint=self.update_many)
        yield Rule(f"{self.path}/<id>", methods=["PUT"], endpoint=self.update_one)

    def update_one(self, api: Api, id: str, parent: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """Resolve an alert, or move it to another incident."""
        acting_user(api)
        changed = self._changed(api, self.existing(api, id, self._incident(api, parent)), api.body("alert"))
        return self.answer(api, changed)

    def update_many(self, api: Api, parent: str) -> SandboxResponse:
        """The same of several: all or nothing."""
        acting_user(api)
        incident = self._incident(api, parent)
        wanted = api.bodies("alerts")
        if len(wanted) > MOST_AT_ONCE:
            raise PagerDutyRefusal(413, "Request Entity Too Large", 2001)
        found = [(self.existing(api, str(body.get("id")), incident), body) for body in wanted]
        changed = [self._changed(api, alert, body) for alert, body in found]
        return api.page(self.plural, changed, lambda alert: self.view(api, alert), usual=MOST_ON_A_PAGE)

    def _incident(self, api: Api, id_or_number: str) -> str:
        return str(api.kinds["incident"].existing(api, id_or_number)["id"])

    def _changed(self, api: Api, alert: Json, body: Json) -> Json:
        wanted = api.checked(UPDATE, body)
        if wanted["incident"] and wanted["incident"]["id"] != alert["_parent"]:
            target = api.get("incident", wanted["incident"]["id"]) or {}
            if target["status"] == "resolved":
                raise PagerDutyRefusal(400, "Incident Already Resolved", 1001)
            alert = alerts.move(api, alert, target)
        if wanted["status"] == "resolved" and alert["status"] != "resolved":
            alert = alerts.resolve(api, alert, acting_user(api), CHANNEL)
        elif wanted["status"] == "triggered" and alert["status"] == "resolved":
            raise invalid("Alerts that are resolved cannot be triggered again")
        return alert

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Fill in what follows from the event and the incident."""
        incident = api.get("incident", new["_parent"]) or {}
        known = api.get("integration", new["integration"] or "")
        integration = known and {"id": known["id"], "type": f"{known['type']}_reference"}
        alert = alerts.document(api, new["event"], incident["service"], integration)
        return {
            **alert,
            "id": new["id"],
            "status": "resolved" if incident["status"] == "resolved" else "triggered",
            "created_at": new["created_at"] or incident["created_at"],
            "incident": {"id": incident["id"], "type": "incident_reference"},
            "_parent": new["_parent"],
        }

    def sorts(self, api: Api) -> Mapping[str, SortKey]:
        """By when they began or ended."""
        return {
            "created_at": lambda one: str(one["created_at"]),
            "resolved_at": lambda one: str(one.get("resolved_at") or ""),
        }

    def selects(self, api: Api, document: Json) -> bool:
        """Status and key."""
        wanted = {"statuses[]": document["status"], "alert_key": document["alert_key"]}
        return all(
            not (asked := api.arguments.getlist(name)) or value in asked for name, value in wanted.items()
        )

    def computed(self, api: Api, document: Json) -> Json:
        """How its incident began."""
        incident = api.peek("incident", document["_parent"]) or {}
        return {"first_trigger_log_entry": incident.get("first_trigger_log_entry")}

    def new_id(self, store: Any) -> str:
        """As of incidents."""
        return opening.long_id(store)

    def summary(self, document: Json) -> str:
        """That of its event."""
        return str(document["_summary"])
