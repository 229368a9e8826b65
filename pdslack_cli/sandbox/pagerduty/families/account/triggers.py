"""Triggers of incident workflows (pagerduty.md 8.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse, SortKey
from pdslack_cli.sandbox.pagerduty.families.rules.conditions import expression
from pdslack_cli.sandbox.pagerduty.fields import (
    Exists,
    Field,
    Fields,
    bare_reference,
    boolean,
    id_of,
    list_of,
    one_of,
    record,
)
from pdslack_cli.sandbox.pagerduty.refusals import invalid, not_found
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from pdslack_cli.sandbox.pagerduty.runtime.workflows import starting
from pdslack_cli.sandbox.store import Store

TYPE_NAMES = {
    "manual": "Manual Trigger",
    "conditional": "Conditional Trigger",
    "incident_type": "Incident Type Trigger",
}


def condition(value: Any, exists: Exists) -> str:
    """A condition; empty is *on every creation*."""
    return "" if value == "" else expression(value, exists)


PERMISSIONS: Fields = {
    "restricted": Field(boolean, default=False, nullable=False),
    "team_id": Field(id_of("team")),
}


class WorkflowTriggersApi(RestResource):
    """Triggers of workflows. Type and workflow cannot change."""

    name = "workflow_trigger"
    wrapper = "trigger"
    plural = "triggers"
    path = "/incident_workflows/triggers"
    fields: ClassVar[Fields] = {
        "trigger_type": Field(one_of(*TYPE_NAMES), required=True, fixed=True),
        "workflow": Field(bare_reference("incident_workflow"), required=True, fixed=True),
        "services": Field(list_of(bare_reference("service"), unique=True), default=[], nullable=False),
        "is_subscribed_to_all_services": Field(boolean, default=False, nullable=False),
        "condition": Field(condition),
        "incident_types": Field(list_of(id_of("incident_type")), default=[], nullable=False),
        "permissions": Field(record(PERMISSIONS)),
    }

    def rules(self) -> Iterator[RuleFactory]:
        """The classic calls, and those that add or take one service."""
        yield from super().rules()
        services = f"{self.path}/<id>/services"
        yield Rule(services, methods=["POST"], endpoint=self.add_service)
        yield Rule(f"{services}/<service_id>", methods=["DELETE"], endpoint=self.remove_service)

    def add_service(self, api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """Add one service; safe while other requests run."""
        document = self.existing(api, id)
        wanted = api.checked({"service": Field(bare_reference("service"), required=True)}, api.bare_body())
        if document["is_subscribed_to_all_services"]:
            raise invalid("Services are not allowed with all services")
        if wanted["service"] not in document["services"]:
            document["services"].append(wanted["service"])
            api.replace(self.name, document)
        return self.answer(api, document, 201)

    def remove_service(self, api: Api, id: str, service_id: str) -> SandboxResponse:  # noqa: A002
        """Take one service off."""
        document = self.existing(api, id)
        kept = [service for service in document["services"] if service["id"] != service_id]
        if kept == document["services"]:
            raise not_found()
        document["services"] = kept
        api.replace(self.name, document)
        return self.answer(api, document, 201)

    def new_id(self, store: Store) -> str:
        """A UUID."""
        return ids.long(store)

    def paged(self, api: Api, documents: list[Json]) -> SandboxResponse:
        """Pages of the newer kind."""
        return api.cursor_page(self.plural, documents, lambda document: self.view(api, document))

    def selects(self, api: Api, document: Json) -> bool:
        """By workflow, type, service or the service of an incident, and whether its workflow is disabled."""
        asked, shown = api.arguments, self.computed(api, document)
        services = {service["id"] for service in document["services"]}
        wanted = {asked["service_id"]} if "service_id" in asked else set()
        if "incident_id" in asked:
            incident = api.get("incident", asked["incident_id"])
            wanted.add(incident["service"]["id"] if incident else "")
        return (
            asked.get("workflow_id") in (None, shown["workflow_id"])
            and asked.get("workflow_name_contains", "").casefold()
            in (shown["workflow_name"] or "").casefold()
            and asked.get("is_disabled") in (None, str(shown["is_disabled"]).casefold())
            and asked.get("trigger_type") in (None, document["trigger_type"])
            and (wanted <= services or document["is_subscribed_to_all_services"])
        )

    def sorts(self, api: Api) -> Mapping[str, SortKey]:
        """By the workflow's id or name."""
        return {
            "workflow_id": lambda one: str(one["workflow"]["id"]),
            "workflow_name": lambda one: (self.computed(api, one)["workflow_name"] or "").casefold(),
        }

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Each type has fields of its own, and services are some or all."""
        type_ = new["trigger_type"]
        if type_ == "conditional" and new["condition"] is None:
            raise invalid("Condition can't be blank for a conditional trigger")
        if type_ != "conditional" and new["condition"] is not None:
            raise invalid("Condition is only allowed for a conditional trigger")
        if type_ != "manual" and new["permissions"] is not None:
            raise invalid("Permissions are only allowed for a manual trigger")
        if type_ != "incident_type" and new["incident_types"]:
            raise invalid("Incident types are only allowed for an incident type trigger")
        if new["services"] and new["is_subscribed_to_all_services"]:
            raise invalid("Services are not allowed with all services")
        permissions = new["permissions"] or {"restricted": False, "team_id": None}
        if permissions["restricted"] != (permissions["team_id"] is not None):
            raise invalid("Permissions need a team if and only if they are restricted")
        # The vendor answers services in an order of its own.
        new["services"].sort(key=lambda service: service["id"])
        return {**new, "_workflow": new["workflow"]["id"]}

    def written(self, api: Api, new: Json, body: Json, old: Json | None) -> None:
        """A condition starts the workflow where it comes to hold, not where it holds already."""
        starting.remember(api, new)

    def summary(self, document: Json) -> str:
        """Its type in words."""
        return TYPE_NAMES[document["trigger_type"]]

    def computed(self, api: Api, document: Json) -> Json:
        """Fields from its workflow, and fields that only its type has."""
        workflow = api.get("incident_workflow", document["workflow"]["id"])
        about = {"id": document["workflow"]["id"], "type": "workflow_reference"}
        services = [api.reference("service", service["id"]) for service in document["services"]]
        return {
            "trigger_type_name": TYPE_NAMES[document["trigger_type"]],
            "trigger_url": f"{api.base}{self.path}/{document['id']}/start",
            "workflow": {**about, "name": workflow and workflow["name"]},
            "workflow_id": about["id"],
            "workflow_name": workflow and workflow["name"],
            "services": [{**service, "type": "service"} for service in services],
            "is_disabled": not (workflow and workflow["is_enabled"]),
        }

    def view(self, api: Api, document: Json) -> Json:
        """Without the fields of other types."""
        shown = super().view(api, document)
        for field, type_ in (
            ("condition", "conditional"),
            ("permissions", "manual"),
            ("incident_types", "incident_type"),
        ):
            if document["trigger_type"] != type_:
                del shown[field]
        if document["trigger_type"] == "manual":
            shown["permissions"] = document["permissions"] or {"restricted": False}
        return shown
