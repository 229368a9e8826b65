"""Incident workflows: steps that run by themselves or by hand (pagerduty.md 8.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from pdslack_cli.kinds.base.spec import Resource, Spec
from pdslack_cli.kinds.fields.scalars import CatalogRef, RefTo, Text, problem
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.pairing import continued
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.kinds.pagerduty.workflow.trigger import (
    Trigger,
    distinct,
    in_order,
)
from pdslack_cli.kinds.pagerduty.workflow.triggers import TRIGGERS, WorkflowTriggers
from pdslack_cli.model import Json, Live, Name, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


def _versioned(action: Ref) -> Ref:
    if not re.fullmatch(r"[^:\s]+:[^:\s]+:[^:\s]+:\d+", action.key):
        raise problem(
            f"{action.key!r} is not the id of an action",
            "with its version, as pagerduty.com:incident-workflows:send-status-update:1",
        )
    return action


def _input(value: object) -> object:
    """All inputs are texts to PagerDuty, numbers too; in a file nobody wants to quote them."""
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def _spelling(value: object) -> str:
    return "steps" if isinstance(value, list | tuple) else "text"


class WorkflowStep(Spec):
    """One action, done after the step before it."""

    name: Annotated[str, Field(min_length=1)]
    action: Annotated[
        Ref,
        CatalogRef("workflow_action"),
        AfterValidator(_versioned),
        Field(description="the id of an action, with its version"),
    ]
    inputs: Annotated[
        dict[str, Input], Field(description="by name: a text, or the steps of a condition or a loop")
    ] = Field(default_factory=dict)

    def after(self, live: WorkflowStep) -> WorkflowStep:
        """What reads back once this is written over `live`: inputs that are not named keep their values."""
        inputs = dict(live.inputs)
        for name, value in self.inputs.items():
            there = inputs.get(name)
            nested = isinstance(value, tuple) and isinstance(there, tuple)
            inputs[name] = steps_after(value, there) if nested else value  # type: ignore[arg-type]  # both are
        return self.model_copy(update={"inputs": inputs})


Input = Annotated[
    Annotated[str, Tag("text")] | Annotated[tuple[WorkflowStep, ...], Tag("steps")],
    Discriminator(_spelling),
    BeforeValidator(
        _input, json_schema_input_type=str | int | float | bool | None | tuple[WorkflowStep, ...]
    ),
]
WorkflowStep.model_rebuild()


def steps_after(wanted: Sequence[WorkflowStep], live: Sequence[WorkflowStep]) -> tuple[WorkflowStep, ...]:
    """What reads back once the wanted steps are written over the live ones."""
    return tuple(
        step if place is None else step.after(live[place])
        for step, place in zip(wanted, paired(wanted, live), strict=True)
    )


def paired(wanted: Sequence[WorkflowStep], live: Sequence[WorkflowStep]) -> list[int | None]:
    """Which live step each of the wanted ones is: by action and name, else by action and place."""
    return continued(_keys(wanted), _keys(live))


def _keys(steps: Sequence[WorkflowStep]) -> list[tuple[object, object]]:
    return [((step.action, step.name), (step.action, place)) for place, step in enumerate(steps)]


class Workflow(Resource):
    """Steps that run on incidents, and what starts them."""

    description: Text = ""
    team: Annotated[Annotated[Ref, RefTo("team")] | None, Field(description="whose people may edit it")] = (
        None
    )
    enabled: bool = True
    steps: Annotated[tuple[WorkflowStep, ...], NullClears] = ()
    triggers: Annotated[
        tuple[Trigger, ...], NullClears, AfterValidator(distinct), Field(description="what starts it")
    ] = ()

    def merged_onto(self, live: Self, now: datetime) -> Self:
        after = super().merged_onto(live, now)
        if "steps" not in self.model_fields_set:
            return after
        return after.model_copy(update={"steps": steps_after(self.steps, live.steps)})


class Workflows(PagerDutyKind[Workflow]):
    name, section, spec = "workflow", "workflows", Workflow
    path, wrapper, plural = "/incident_workflows", "incident_workflow", "incident_workflows"
    type_name = "incident_workflow"
    params: ClassVar[Mapping[str, Any]] = {"include[]": ["steps", "team"]}
    perhaps_unique_names = True
    parts = (WorkflowTriggers(),)
    server_made = frozenset({"description"})  # of steps, and of their actions
    own_children = frozenset({"steps"})

    def resolved(self, spec: Workflow, specs: Mapping[Ref, Resource]) -> Workflow:
        if "triggers" not in spec.model_fields_set:
            return spec
        triggers = in_order(trigger.without_ignored() for trigger in spec.triggers)
        return spec.model_copy(update={"triggers": triggers})

    def read(self, clients: Clients, wanted: Collection[Workflow]) -> Iterable[Live]:
        workflows = list(super().read(clients, wanted))
        triggers = clients.pagerduty.list(TRIGGERS, "triggers") if workflows else []
        return [
            replace(live, parts={"triggers": [raw for raw in triggers if _workflow_id(raw) == live.id]})
            for live in workflows
        ]

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> Workflow:
        raw = live.raw
        team = raw.get("team")
        return Workflow.from_wire(
            name=live.name,
            description=raw["description"].strip(),
            team=id_index.ref("team", team["id"], team.get("summary")) if team else None,
            enabled=raw.get("is_enabled", True),
            steps=tuple(_decoded(step) for step in raw.get("steps") or []),
            **self.decoded_parts(live, id_index),
        )

    def encode(self, spec: Workflow, id_index: IdIndex, live: Live | None) -> Json:
        body = spec.model_dump(include={"name", "description"}, exclude_unset=True)
        if "enabled" in spec.model_fields_set:
            body["is_enabled"] = spec.enabled
        if "team" in spec.model_fields_set:
            body["team"] = reference(id_index.id(spec.team), "team") if spec.team else None
        if "steps" in spec.model_fields_set:
            body["steps"] = _encoded_steps(
                spec.steps, (live.raw.get("steps") or []) if live else [], id_index
            )
        return body


def _workflow_id(trigger: Json) -> str | None:
    # The workflow itself can be null on read (pagerduty.md 8.3).
    return trigger.get("workflow_id") or (trigger.get("workflow") or {}).get("id")


def _decoded(raw: Json) -> WorkflowStep:
    action = raw["action_configuration"]
    inputs: dict[str, Any] = {entry["name"]: entry.get("value") or "" for entry in action.get("inputs") or []}
    for entry in action.get("inline_steps_inputs") or []:
        inputs[entry["name"]] = tuple(_decoded(step) for step in entry["value"]["steps"])
    return WorkflowStep.from_wire(
        name=raw["name"], action=Ref("workflow_action", Name(action["action_id"])), inputs=inputs
    )


def _encoded_steps(steps: Sequence[WorkflowStep], live: Sequence[Json], id_index: IdIndex) -> list[Json]:
    """The steps as they are sent, with the ids of those that are there."""
    places = paired(steps, [_decoded(raw) for raw in live])
    return [
        _encoded(step, None if place is None else live[place], id_index)
        for step, place in zip(steps, places, strict=True)
    ]


def _encoded(step: WorkflowStep, live: Json | None, id_index: IdIndex) -> Json:
    there = {
        entry["name"]: entry["value"]["steps"]
        for entry in (live["action_configuration"].get("inline_steps_inputs") or [] if live else [])
    }
    inline = [
        {"name": name, "value": {"steps": _encoded_steps(value, there.get(name, []), id_index)}}
        for name, value in step.inputs.items()
        if isinstance(value, tuple)
    ]
    action: Json = {
        # An action of a live step, which nobody looked up, is named as it is there.
        "action_id": id_index.id(step.action) if step.action in id_index else str(step.action.key),
        # Must be there, even if empty.
        "inputs": [
            {"name": name, "value": value} for name, value in step.inputs.items() if isinstance(value, str)
        ],
    }
    if inline:
        action["inline_steps_inputs"] = inline
    body: Json = {"name": step.name, "action_configuration": action}
    return body | ({"id": live["id"]} if live and live.get("id") else {})
