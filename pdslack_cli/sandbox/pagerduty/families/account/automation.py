"""Automation actions, as far as creating and finding them (pagerduty.md 10.3)."""

from __future__ import annotations

from typing import ClassVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import (
    Field,
    Fields,
    boolean,
    list_of,
    one_of,
    record,
    reference,
    text,
)
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from pdslack_cli.sandbox.store import Store

SCRIPT: Fields = {
    "script": Field(text(16_777_215, shortest=1), required=True),
    "invocation_command": Field(text(65_535)),
}
JOB: Fields = {
    "process_automation_job_id": Field(text(36, shortest=1), required=True),
    "process_automation_job_arguments": Field(text(1024)),
    "process_automation_node_filter": Field(text(1024)),
}


class AutomationActionsApi(RestResource):
    """Scripts and jobs that incidents can run."""

    name = "action"
    plural = "actions"
    path = "/automation_actions/actions"
    fields: ClassVar[Fields] = {
        "name": Field(text(255, shortest=1), required=True),
        "description": Field(text(1024, shortest=1), required=True),
        "action_type": Field(one_of("script", "process_automation"), required=True, fixed=True),
        "action_classification": Field(one_of("diagnostic", "remediation")),
        "action_data_reference": Field(record({}), required=True),
        "runner": Field(text(36)),
        "services": Field(list_of(reference("service")), default=[], nullable=False, fixed=True),
        "teams": Field(list_of(reference("team")), default=[], nullable=False, fixed=True),
        "only_invocable_on_unresolved_incidents": Field(boolean, default=False, nullable=False),
        "allow_invocation_manually": Field(boolean, default=True, nullable=False),
        "allow_invocation_from_event_orchestration": Field(boolean, default=True, nullable=False),
        "map_to_all_services": Field(boolean, default=False, nullable=False),
    }

    def new_id(self, store: Store) -> str:
        """A ULID."""
        return ids.ulid(store)

    def paged(self, api: Api, documents: list[Json]) -> SandboxResponse:
        """Pages of the newer kind."""
        return api.cursor_page(self.plural, documents, lambda document: self.view(api, document))

    def selects(self, api: Api, document: Json) -> bool:
        """`name` finds a part of it, case ignored."""
        wanted = api.arguments
        return (
            wanted.get("name", "").casefold() in document["name"].casefold()
            and wanted.get("action_type") in (None, document["action_type"])
            and wanted.get("classification") in (None, document["action_classification"])
            and wanted.get("service_id") in (None, *(one["id"] for one in document["services"]))
            and wanted.get("team_id") in (None, *(one["id"] for one in document["teams"]))
        )

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """What it runs depends on its type."""
        if "action_data_reference" in body:
            fields = SCRIPT if new["action_type"] == "script" else JOB
            data = {"action_data_reference": Field(record(fields), required=True)}
            new |= api.checked(data, body)
        return {
            **new,
            "creation_time": (old or {}).get("creation_time", api.now()),
            "modify_time": api.now(),
        }

    def view(self, api: Api, document: Json) -> Json:
        """Unset fields are missing, not null."""
        shown = super().view(api, document)
        data = {name: value for name, value in document["action_data_reference"].items() if value is not None}
        return {**shown, "action_data_reference": data}
