"""Schedules with shifts: names and references; their rotations are not emulated (pagerduty.md 4.2)."""

from __future__ import annotations

from typing import ClassVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, list_of, prose, reference, text, time_zone
from pdslack_cli.sandbox.pagerduty.resource import RestResource


class ShiftSchedulesApi(RestResource):
    """Who is on call when, by shifts."""

    name = "schedule_v3"
    wrapper = "schedule"
    plural = "schedules"
    path = "/v3/schedules"
    site = "/schedules/{id}"
    by_name = True
    methods = frozenset({"index", "create", "show", "update", "destroy"})
    fields: ClassVar[Fields] = {
        "name": Field(text(255, shortest=1), required=True),
        "time_zone": Field(time_zone, required=True),
        "description": Field(prose()),
        "teams": Field(list_of(reference("team")), default=[], nullable=False),
    }

    def index(self, api: Api, parent: str = "") -> SandboxResponse:
        """The list: references only."""
        found = sorted(self.documents(api), key=lambda document: str(document["name"]).casefold())
        return api.page(self.plural, found, lambda document: self._reference(api, document))

    def _reference(self, api: Api, document: Json) -> Json:
        return {
            "id": document["id"],
            "type": f"{self.name}_reference",
            **self.links(api, document),
        }
