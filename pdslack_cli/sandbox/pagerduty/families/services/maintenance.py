"""Maintenance windows: while one lasts, its services make no incidents (pagerduty.md 10.1)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.people.users import requester
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, instant, list_of, prose, reference
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, bad_arguments, invalid
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from pdslack_cli.sandbox.pagerduty.runtime import maintenance

FILTERS = {
    "past": ("past",),
    "future": ("future",),
    "ongoing": ("ongoing",),
    "open": ("ongoing", "future"),
    "all": ("past", "ongoing", "future"),
}


class MaintenanceWindowsApi(RestResource):
    """Times in which work is done on services."""

    name = "maintenance_window"
    plural = "maintenance_windows"
    path = "/maintenance_windows"
    site = "/maintenance_windows#/show/{id}"
    fields: ClassVar[Fields] = {
        "start_time": Field(instant, required=True),
        "end_time": Field(instant, required=True),
        "services": Field(list_of(reference("service"), least=1), required=True),
        "description": Field(prose()),
    }

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """A start in the past is now; the end is after it and still to come."""
        now = api.clock.now()
        start, end = (datetime.fromisoformat(new[name]) for name in ("start_time", "end_time"))
        if end <= now or end <= start:
            raise invalid("End time must be in the future and after the start time")
        if start < now and old is None:
            new["start_time"] = api.now()
        number = old["sequence_number"] if old else len(api.all(self.name)) + 1
        author = old["created_by"] if old else self._author(api)
        return {**new, "sequence_number": number, "created_by": author}

    def _author(self, api: Api) -> Json:
        user = requester(api, needed=False)
        return {"id": user["id"] if user else api.all("user")[0]["id"], "type": "user_reference"}

    def destroy(self, api: Api, id: str, parent: str = "") -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """A future one goes, an ongoing one ends now, a past one stays."""
        window = self.existing(api, id)
        match maintenance.phase(api, window):
            case "past":
                raise PagerDutyRefusal(405, "Method Not Allowed", 2103)
            case "ongoing":
                api.replace(self.name, {**window, "end_time": api.now()})
                return SandboxResponse(None, 204)
        return super().destroy(api, id)

    def selects(self, api: Api, document: Json) -> bool:
        """By phase, service, team and description."""
        asked = api.arguments
        wanted = asked.get("filter", "all")
        if wanted not in FILTERS:
            raise bad_arguments(f"filter must be one of {', '.join(FILTERS)}")
        services, teams = asked.getlist("service_ids[]"), asked.getlist("team_ids[]")
        own = {service["id"] for service in document["services"]}
        return (
            super().selects(api, document)
            and maintenance.phase(api, document) in FILTERS[wanted]
            and (not services or bool(own & set(services)))
            and (not teams or bool({team["id"] for team in self._teams(api, document)} & set(teams)))
        )

    def summary(self, document: Json) -> str:
        """Its description."""
        return str(document["description"] or "Maintenance")

    def computed(self, api: Api, document: Json) -> Json:
        """The teams of its services."""
        return {"teams": self._teams(api, document)}

    def _teams(self, api: Api, document: Json) -> list[Json]:
        services = [api.get("service", one["id"]) or {} for one in document["services"]]
        policies = [api.get("escalation_policy", one["escalation_policy"]["id"]) for one in services if one]
        teams = {team["id"]: team for policy in policies if policy for team in policy["teams"]}
        return list(teams.values())
