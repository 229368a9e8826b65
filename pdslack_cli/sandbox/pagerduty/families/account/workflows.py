"""Incident workflows and the actions that their steps may use (pagerduty.md 8.1 and 8.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import (
    Exists,
    Field,
    Fields,
    boolean,
    list_of,
    prose,
    record,
    reference,
    text,
)
from pdslack_cli.sandbox.pagerduty.refusals import invalid, lacks_ability
from pdslack_cli.sandbox.pagerduty.resource import RestResource

INPUT: Fields = {"name": Field(text(shortest=1), required=True), "value": Field(text(), required=True)}


def step(value: Any, exists: Exists) -> Json:
    """A step; its inputs must be there, even if empty, and may nest steps of their own."""
    nested: Fields = {"steps": Field(list_of(step), required=True)}
    inline: Fields = {
        "name": Field(text(shortest=1), required=True),
        "value": Field(record(nested), required=True),
    }
    configuration: Fields = {
        "action_id": Field(text(shortest=1), required=True),
        "inputs": Field(list_of(record(INPUT)), required=True),
        "inline_steps_inputs": Field(list_of(record(inline)), default=[]),
    }
    fields: Fields = {
        "id": Field(text()),
        "name": Field(text(shortest=1), required=True),
        "action_configuration": Field(record(configuration), required=True),
    }
    checked: Json = record(fields)(value, exists)
    return checked


class IncidentWorkflowsApi(RestResource):
    """Steps to take on an incident."""

    name = "incident_workflow"
    plural = "incident_workflows"
    path = "/incident_workflows"
    site = "/flex-workflows/workflows/{id}"
    fields: ClassVar[Fields] = {
        "name": Field(text(shortest=1), required=True),
        "description": Field(prose()),
        "team": Field(reference("team")),
        "is_enabled": Field(boolean, default=True, nullable=False),
        "steps": Field(list_of(step), default=[], nullable=False),
    }

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Steps fit the catalogue; inputs with defaults are filled in."""
        if not api.has_feature("incident_workflows"):
            raise lacks_ability("incident_workflows")
        if "steps" in body or old is None:
            known = {*step_ids((old or {}).get("steps", []))}
            new["steps"] = [completed(api, one, known) for one in new["steps"]]
        return {**new, "created_at": (old or {}).get("created_at", api.now())}

    def deleted(self, api: Api, document: Json) -> None:
        """Its triggers go with it."""
        for trigger in api.find("workflow_trigger", _workflow=document["id"]):
            api.delete("workflow_trigger", trigger["id"])

    def answer(self, api: Api, document: Json, status: int = 200) -> SandboxResponse:
        """One workflow always comes with its steps."""
        shown = {**self.view(api, document), "steps": document["steps"]}
        return SandboxResponse({self.name: shown}, status)

    def view(self, api: Api, document: Json) -> Json:
        """Without the steps, unless the request asks for them."""
        shown = super().view(api, document)
        if not api.included("steps"):
            del shown["steps"]
        if document["team"] and api.included("team"):
            shown["team"] = api.whole(document["team"])
        return shown


def step_ids(steps: Iterable[Json]) -> Iterator[str]:
    """The ids of steps, and of those within them."""
    for one in steps:
        yield one["id"]
        for entry in one["action_configuration"]["inline_steps_inputs"]:
            yield from step_ids(entry["value"]["steps"])


def completed(api: Api, one: Json, known: set[str]) -> Json:
    """A step as the server keeps it. Raises Refused: the action or an input is unknown, or one is missing."""
    configuration = one["action_configuration"]
    action = api.get("workflow_action", configuration["action_id"])
    if action is None:
        raise invalid(f"Action {configuration['action_id']} not found")
    values = {entry["name"]: entry["value"] for entry in configuration["inputs"]}
    if unknown := sorted(set(values) - {entry["name"] for entry in action["inputs"]}):
        raise invalid(f"Step {one['name']} has unknown inputs: {', '.join(unknown)}")
    inputs = []
    # The catalogue's order, not the caller's, and defaults for what is missing.
    for entry in action["inputs"]:
        value = values.get(entry["name"], entry["default_value"])
        if value is None and entry["is_required"]:
            raise invalid(f"Step {one['name']} lacks the input {entry['name']}")
        if value is not None:
            inputs.append({"name": entry["name"], "parameter_type": entry["type"], "value": value})
    inline = [
        {**entry, "value": {"steps": [completed(api, child, known) for child in entry["value"]["steps"]]}}
        for entry in configuration["inline_steps_inputs"]
    ]
    return {
        "id": one["id"] if one["id"] in known else ids.short(api.store),
        "type": "step",
        "name": one["name"],
        "description": action["description"],
        "action_configuration": {
            "action_id": action["id"],
            "description": action["description"],
            "inputs": inputs,
            "inline_steps_inputs": inline,
            "outputs": [{**shown, "parameter_type": "text"} for shown in action["outputs"]],
        },
    }


class WorkflowActionsApi(RestResource):
    """The catalogue."""

    name = "workflow_action"
    wrapper = "action"
    plural = "actions"
    path = "/incident_workflows/actions"
    methods = frozenset({"index", "show"})
    fields: ClassVar[Fields] = {}

    def paged(self, api: Api, documents: list[Json]) -> SandboxResponse:
        """Pages of the newer kind."""
        return api.cursor_page(self.plural, documents, lambda document: self.view(api, document))

    def selects(self, api: Api, document: Json) -> bool:
        """By `keyword`."""
        return api.arguments.get("keyword", "").casefold() in document["name"].casefold()

    def type_of(self, document: Json) -> str:
        """The type of all of them."""
        return "action"
