"""What is written into a workflow reads back as the file says it, and the rest stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given

from pdslack_cli.kinds.pagerduty.workflow.step import are_steps
from pdslack_cli.kinds.pagerduty.workflow.trigger import encode_trigger
from pdslack_cli.kinds.pagerduty.workflow.workflow import Workflow, Workflows, WorkflowStep
from pdslack_cli.model import Json, Live
from tests.kinds.strategies import id_index, workflows

KIND = Workflows()
BLANK: Json = {"id": "PFLOW", "name": "Old", "description": None, "team": None, "steps": []}
DEFAULTS = {"Message": "Nothing said", "Urgency": "high"}


def held(spec: Workflow, before: Live | None) -> Live:
    """The workflow as PagerDuty shows it afterwards (pagerduty.md 8.1, 8.3)."""
    raw = {**(before.raw if before else BLANK), **KIND.encode(spec, id_index(), before)}
    raw["steps"] = held_steps(raw["steps"])
    parts = dict(before.parts) if before else {"triggers": []}
    if "triggers" in spec.model_fields_set:
        parts["triggers"] = [
            held_trigger({"trigger_type": trigger.type_, **encode_trigger(trigger, id_index())})
            for trigger in reversed(spec.triggers)
        ]
    return replace(KIND.live(raw), parts=parts)


def held_steps(steps: list[Json]) -> list[Json]:
    """Inputs that have a default are added, and all of them come in another order."""
    done = []
    for step in steps:
        action = step["action_configuration"]
        given = {entry["name"]: entry["value"] for entry in action["inputs"]}
        inline = [
            {**entry, "value": {"steps": held_steps(entry["value"]["steps"])}}
            for entry in action.get("inline_steps_inputs", [])
        ]
        defaults = {name: DEFAULTS[name] for name in DEFAULTS.keys() - {entry["name"] for entry in inline}}
        inputs = [{"name": name, "value": value} for name, value in {**defaults, **given}.items()]
        action = {**action, "inputs": inputs[::-1], "inline_steps_inputs": inline}
        done.append({"id": "PSTEP", **step, "action_configuration": action})
    return done


def held_trigger(trigger: Json) -> Json:
    services = sorted(trigger["services"], key=lambda service: service["id"])
    return {"id": "00000000", **trigger, "services": services, "workflow": None, "workflow_id": "PFLOW"}


def says(live: Sequence[WorkflowStep], wanted: Sequence[WorkflowStep]) -> bool:
    """Whether the live steps are the wanted ones, with inputs that these do not name."""
    return len(live) == len(wanted) and all(
        (step.name, step.action) == (other.name, other.action)
        and all(
            says(step.inputs[name], value) if are_steps(value) else step.inputs[name] == value
            for name, value in other.inputs.items()
        )
        for step, other in zip(live, wanted, strict=True)
    )


def written(there: Json, wanted: Json) -> tuple[Live, Workflow, Live]:
    before = held(Workflow.model_validate(there), None)
    spec = KIND.resolved(Workflow.model_validate(wanted), {})
    return (
        before,
        spec,
        held(
            spec.merged_onto(KIND.decode(before, id_index()), before.read_at).restricted_to(spec.managed),
            before,
        ),
    )


@pytest.mark.slow
@given(workflows, workflows)
def test_a_written_workflow_reads_back_as_the_file_says(there, wanted):
    before, spec, after = written(there, wanted)
    old, new = KIND.decode(before, id_index()), KIND.decode(after, id_index())
    for field in ("name", "description", "team", "enabled", "triggers"):
        expected = spec if field in spec.model_fields_set else old
        assert getattr(new, field) == getattr(expected, field), field
    assert says(new.steps, spec.steps) if "steps" in spec.model_fields_set else new.steps == old.steps


@pytest.mark.slow
@given(workflows, workflows)
def test_after_a_write_nothing_is_left_to_do(there, wanted):
    _, spec, after = written(there, wanted)
    assert spec.merged_onto(KIND.decode(after, id_index()), after.read_at) == KIND.decode(after, id_index())


@given(workflows)
def test_a_workflow_that_is_printed_reads_as_the_same(fields):
    spec = Workflow.model_validate(fields)
    printed = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert Workflow.model_validate(printed) == spec


@given(workflows)
def test_what_is_live_prints_as_a_file_would_say_it(fields):
    decoded = KIND.decode(held(Workflow.model_validate(fields), None), id_index())
    printed = decoded.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert Workflow.model_validate(printed) == decoded
