"""Incident workflows: steps that run by themselves or by hand (pagerduty.md 8.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from pdslack_cli.clients.once import create_once, withdraw_younger
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.spec import Resource, Spec
from pdslack_cli.kinds.fields.scalars import CatalogRef, RefTo, Text, problem
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.export_notes import as_comment, unsaid_fields
from pdslack_cli.kinds.lenses.merge import merged
from pdslack_cli.kinds.lenses.pairing import continued
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference, remove
from pdslack_cli.kinds.pagerduty.workflow.trigger import (
    Trigger,
    decode_trigger,
    distinct,
    encode_trigger,
    in_order,
)
from pdslack_cli.model import Json, Live, Name, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

TRIGGERS = "/incident_workflows/triggers"


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

    def merged_onto(self, live: Self) -> Self:
        after = super().merged_onto(live)
        if "steps" not in self.model_fields_set:
            return after
        return after.model_copy(update={"steps": steps_after(self.steps, live.steps)})


class Workflows(PagerDutyKind[Workflow]):
    name, section, spec = "workflow", "workflows", Workflow
    path, wrapper, plural = "/incident_workflows", "incident_workflow", "incident_workflows"
    type_name = "incident_workflow"
    params: ClassVar[Mapping[str, Any]] = {"include[]": ["steps", "team"]}
    perhaps_unique_names = True
    part_fields = frozenset({"triggers"})
    server_made = frozenset({"description"})  # of steps, and of their actions
    child_fields = frozenset({"steps", "triggers"})

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
        triggers = [decode_trigger(trigger, id_index) for trigger in live.parts.get("triggers", ())]
        return Workflow.from_wire(
            name=live.name,
            description=raw["description"].strip(),
            team=id_index.ref("team", team["id"], team.get("summary")) if team else None,
            enabled=raw.get("is_enabled", True),
            steps=tuple(_decoded(step) for step in raw.get("steps") or []),
            triggers=in_order(triggers),
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

    # --- what an export asks -------------------------------------------------------------------------

    def export_notes(self, live: Live, id_index: IdIndex) -> Iterable[str]:
        yield from super().export_notes(live, id_index)
        for raw in live.parts.get("triggers", ()):
            said = encode_trigger(decode_trigger(raw, id_index), id_index)
            usual = {"permissions": {"restricted": False}}
            yield from as_comment(unsaid_fields(raw, said, usual), f"a {raw['trigger_type']} trigger")

    # --- writing -------------------------------------------------------------------------------------

    def write_parts(
        self, session: Session, ref: Ref, live: Live, spec: Workflow, fields: Collection[str]
    ) -> None:
        clients, id_index = session.clients, session.id_index
        there: Sequence[Json] = live.parts.get("triggers", ())
        surplus, made = list(there), []
        for trigger in spec.triggers:
            raw = _same(trigger, surplus, id_index)
            if raw is None:
                made.append(self._create_trigger(session, live.id, trigger))
                continue
            surplus.remove(raw)
            if (before := decode_trigger(raw, id_index)) != trigger:
                body = encode_trigger(trigger, id_index)
                held = {name: raw[name] for name in body if name in raw}
                body = merged(body, encode_trigger(before, id_index), held)
                clients.pagerduty.update(f"{TRIGGERS}/{raw['id']}", {"trigger": body})
        for raw in surplus:
            remove(clients, f"{TRIGGERS}/{raw['id']}")
        if not live.new:
            withdraw_younger(
                made,
                lambda: clients.pagerduty.list(TRIGGERS, "triggers", workflow_id=live.id),
                {raw["id"] for raw in there},
                lambda raw: decode_trigger(raw, id_index).identity,
                lambda raw: remove(clients, f"{TRIGGERS}/{raw['id']}"),
            )

    def delete(self, session: Session, live: Live) -> None:
        # Whether PagerDuty deletes them with the workflow is not documented.
        for raw in live.parts.get("triggers", ()):
            remove(session.clients, f"{TRIGGERS}/{raw['id']}")
        super().delete(session, live)

    def _create_trigger(self, session: Session, workflow_id: str, trigger: Trigger) -> Json:
        clients, id_index = session.clients, session.id_index
        body = {
            "trigger_type": trigger.type_,
            "workflow": {"id": workflow_id},
            **encode_trigger(trigger, id_index),
        }

        def post() -> Json:
            return dict(clients.pagerduty.create(TRIGGERS, {"trigger": body})["trigger"])

        def find() -> Json | None:
            there = clients.pagerduty.list(TRIGGERS, "triggers", workflow_id=workflow_id)
            return _same(trigger, there, id_index)

        return create_once(post, find, unique=False, clock=clients.clock)


def _workflow_id(trigger: Json) -> str | None:
    # The workflow itself can be null on read (pagerduty.md 8.3).
    return trigger.get("workflow_id") or (trigger.get("workflow") or {}).get("id")


def _same(trigger: Trigger, raws: Iterable[Json], id_index: IdIndex) -> Json | None:
    return next((raw for raw in raws if decode_trigger(raw, id_index).identity == trigger.identity), None)


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
