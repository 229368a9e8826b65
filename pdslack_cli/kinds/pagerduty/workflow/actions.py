"""Workflow actions, their inputs, and mistakes in the inputs of steps (pagerduty.md 8.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.pagerduty.workflow.known_actions import ActionInput, Actions
from pdslack_cli.kinds.pagerduty.workflow.step import WorkflowStep, are_steps, walk
from pdslack_cli.model import Live, Ref

_LEAST_ALIKE = 0.85  # ids share most of their letters


def actions_of(found: Mapping[Ref, Live]) -> Actions:
    """Return the actions among live objects. An input with a default is not required of a step."""
    return {
        ref: {
            input_["name"]: ActionInput(
                required=input_.get("default_value") is None and bool(input_.get("is_required")),
                hidden=bool(input_.get("is_hidden")),
            )
            for input_ in live.raw["inputs"]
        }
        for ref, live in found.items()
        if ref.kind == "workflow_action" and isinstance(live.raw.get("inputs"), list)
    }


def near_action(id_: str, actions: Actions) -> str | None:
    """Return what may be meant by an id that none of these actions has; None if one has, in any version."""
    ids = [str(ref.key) for ref in actions]
    if _unversioned(id_) in map(_unversioned, ids):
        return None
    near = get_close_matches(id_, ids, 1, _LEAST_ALIKE)
    return f"did you mean {near[0]!r}?" if near else ""


def wrong_inputs(steps: Sequence[WorkflowStep], actions: Actions) -> Iterator[Doubt]:
    """Yield the inputs that an action does not have, and the required ones that a step does not set."""
    for path, step in walk(steps):
        inputs = actions.get(step.action)
        if inputs is None:
            continue
        free = [name for name, about in inputs.items() if not about.hidden and name not in step.inputs]
        intended = {name: _nearest(name, free) for name in step.inputs.keys() - inputs.keys()}
        for name, value in step.inputs.items():
            if not are_steps(value) and name in intended:
                takes = f"it takes {', '.join(map(repr, free))}" if free else "it takes no other input"
                near = f"did you mean {intended[name]!r}?" if intended[name] else takes
                what = "input" if value else "text input"
                yield Doubt(
                    (*path, "inputs", name),
                    f"action {step.action.key!r} has no {what} {name!r}",
                    near if value else f"{near}; without steps, `{name}: []`",
                    at_key=True,
                )
        for name, about in inputs.items():
            if name in free and about.required and name not in intended.values():
                yield Doubt(
                    (*path, "inputs") if step.inputs else path,
                    f"action {step.action.key!r} needs the input {name!r}",
                    f"add it to `inputs` of step {step.name!r}",
                    lacking=True,
                )


def _nearest(name: str, names: Sequence[str]) -> str:
    spelled = {each.casefold(): each for each in names}
    near = get_close_matches(name.casefold(), spelled, 1)
    return spelled[near[0]] if near else ""


def _unversioned(id_: str) -> str:
    return id_.rpartition(":")[0].casefold()
