"""Incident workflows and the actions that their steps may use (pagerduty.md 8.1 and 8.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import (
    Exists,
    Field,
    Fields,
    bare_reference,
    boolean,
    list_of,
    no_one_or,
    prose,
    record,
    reference,
    text,
)
from pdslack_cli.sandbox.pagerduty.refusals import invalid, lacks_ability
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from pdslack_cli.sandbox.pagerduty.runtime.workflows import running

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
        "team": Field(no_one_or(bare_reference("team"))),
        "is_enabled": Field(boolean, default=True, nullable=False),
        "steps": Field(list_of(step), default=[], nullable=False),
    }

    def rules(self) -> Iterator[RuleFactory]:
        """The classic calls, and the start by hand."""
        yield from super().rules()
        yield Rule(f"{self.path}/<id>/instances", methods=["POST"], endpoint=self.start)

    def start(self, api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """Run a workflow on an incident now."""
        if not api.has_feature("incident_workflows"):
            raise lacks_ability("incident_workflows")
        workflow = self.existing(api, id)
        fields: Fields = {"id": Field(text(255)), "incident": Field(reference("incident"), required=True)}
        wanted = api.checked(fields, api.body("incident_workflow_instance"))
        incident = api.get("incident", wanted["incident"]["id"]) or {}
        agent = {"id": api.token.user, "type": "user_reference"} if api.token.user else None
        instance = running.run(api, workflow["id"], incident, None, agent, wanted["id"] or "")
        if instance is None:
            raise invalid("Workflow is disabled")
        shown = {name: api.expanded(instance[name]) for name in ("id", "type", "incident")}
        return SandboxResponse({"incident_workflow_instance": shown}, 201)

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
    unknown = sorted(set(values) - {entry["name"] for entry in action["inputs"]})
    if unknown and not action.get("_any_inputs"):
        raise invalid(f"Step {one['name']} has unknown inputs: {', '.join(unknown)}")
    inputs = [{"name": name, "parameter_type": "text", "value": values[name]} for name in unknown]
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
    shown_types = ("action",)
    path = "/incident_workflows/actions"
    methods = frozenset({"index", "show"})
    fields: ClassVar[Fields] = {}

    def paged(self, api: Api, documents: list[Json]) -> SandboxResponse:
        """Pages of the newer kind."""
        return api.cursor_page(self.plural, documents, lambda document: self.view(api, document))

    def selects(self, api: Api, document: Json) -> bool:
        """By `keyword`."""
        return api.arguments.get("keyword", "").casefold() in document["name"].casefold()

    def view(self, api: Api, document: Json) -> Json:
        """Without the inputs of an action that takes any: nobody knows them."""
        shown = super().view(api, document)
        return (
            {name: shown[name] for name in shown.keys() - {"inputs"}}
            if document.get("_any_inputs")
            else shown
        )
