"""Incident workflows: steps that run automatically or manually (pagerduty.md 8.1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field

from pdslack_cli.clients.http.vendor_json import text_at, text_or_none
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import Description
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.kinds.pagerduty.workflow.actions import (
    actions_of,
    wrong_inputs,
)
from pdslack_cli.kinds.pagerduty.workflow.known_actions import shipped_actions
from pdslack_cli.kinds.pagerduty.workflow.step import (
    WorkflowStep,
    are_steps,
    decode_input,
    encode_input,
    paired,
    steps_after,
)
from pdslack_cli.kinds.pagerduty.workflow.texts import wrong_texts
from pdslack_cli.kinds.pagerduty.workflow.trigger import (
    Trigger,
    distinct,
    in_order,
)
from pdslack_cli.kinds.pagerduty.workflow.triggers import TRIGGERS, WorkflowTriggers
from pdslack_cli.model import Json, Live, Name, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


class Workflow(Resource):
    """Steps that run on incidents, and what starts them."""

    description: Description = ""
    team: Annotated[Annotated[Ref, RefTo("team")] | None, Field(description="whose people may edit it")] = (
        None
    )
    enabled: Annotated[bool, Field(description="whether it can be started")] = True
    steps: Annotated[tuple[WorkflowStep, ...], NullClears, Field(description="the actions, in order")] = ()
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

    def read_names(self, clients: Clients) -> Iterable[Live]:
        return super().read(clients, ())

    def read(self, clients: Clients, wanted: Collection[Workflow]) -> Iterable[Live]:
        workflows = list(super().read(clients, wanted))
        triggers = clients.pagerduty.list(TRIGGERS, "triggers") if workflows else []
        return [
            replace(live, parts={"triggers": [raw for raw in triggers if _workflow_id(raw) == live.id]})
            for live in workflows
        ]

    def doubts(
        self, spec: Workflow, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterable[Doubt]:
        """Mistakes in steps, as far as known without the account: it may have more actions than we know."""
        yield from (doubt._replace(guess=True) for doubt in wrong_inputs(spec.steps, shipped_actions()))
        yield from wrong_texts(spec.steps)

    def unfit(self, before: Workflow | None, after: Workflow, found: Mapping[Ref, Live]) -> Iterable[Doubt]:
        """Mistakes in steps that change, by the account's own catalogue."""
        if before is not None and before.steps == after.steps:
            return ()
        return wrong_inputs(after.steps, actions_of(found))

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> Workflow:
        raw = live.raw
        team = raw.get("team")
        return Workflow.from_wire(
            name=live.name,
            description=raw["description"].strip(),
            team=id_index.ref_of("team", team) if team else None,
            enabled=raw.get("is_enabled", True),
            steps=tuple(_decoded(step, id_index) for step in raw.get("steps") or []),
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
    return text_or_none(trigger, "workflow_id") or (trigger.get("workflow") or {}).get("id")


def _decoded(raw: Json, id_index: IdIndex) -> WorkflowStep:
    action = raw["action_configuration"]
    inputs: dict[str, Any] = {
        entry["name"]: decode_input(entry.get("value") or "", id_index)
        for entry in action.get("inputs") or []
    }
    for entry in action.get("inline_steps_inputs") or []:
        inputs[entry["name"]] = tuple(_decoded(step, id_index) for step in entry["value"]["steps"])
    return WorkflowStep.from_wire(
        name=raw["name"], action=Ref("workflow_action", Name(text_at(action, "action_id"))), inputs=inputs
    )


def _encoded_steps(steps: Sequence[WorkflowStep], live: Sequence[Json], id_index: IdIndex) -> list[Json]:
    """Return the steps of a request; existing steps keep their ids."""
    places = paired(steps, [_decoded(raw, id_index) for raw in live])
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
        if are_steps(value)
    ]
    action: Json = {
        # An action of a live step, which nobody looked up, is named as it is there.
        "action_id": id_index.id(step.action) if step.action in id_index else str(step.action.key),
        # Must be there, even if empty.
        "inputs": [
            {"name": name, "value": encode_input(value, id_index)}
            for name, value in step.inputs.items()
            if isinstance(value, str | Ref)
        ],
    }
    if inline:
        action["inline_steps_inputs"] = inline
    body: Json = {"name": step.name, "action_configuration": action}
    return body | ({"id": live["id"]} if live and live.get("id") else {})
