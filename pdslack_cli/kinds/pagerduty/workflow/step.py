"""Steps of incident workflows, which may hold steps themselves (pagerduty.md 8.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Self, TypeGuard

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.limits import USUAL_NAME
from pdslack_cli.kinds.fields.references import CatalogRef, RefTo
from pdslack_cli.kinds.fields.scalars import FILLED, problem
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.pairing import continued
from pdslack_cli.kinds.pagerduty.workflow.known_actions import action_called
from pdslack_cli.model import SCHEDULES, DataPath, Ref


def _versioned(action: Ref) -> Ref:
    if not re.fullmatch(r"[^:\s]+:[^:\s]+:[^:\s]+:\d+", action.key):
        near = action_called(str(action.key))
        form = "with its version, as pagerduty.com:incident-workflows:send-status-update:1"
        raise problem(f"{action.key!r} is not the id of an action", f"write {near}" if near else form)
    return action


def _input(value: object) -> object:
    """Convert an input to text, PagerDuty's only type, so that numbers need no quotes in a file."""
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool | int | float) else value


REFERRED = ("channel", "user_group", "person", "team", *SCHEDULES, "escalation_policy", "service")
"""The kinds of objects that an input may name; PagerDuty gets their ids."""

_REFERENCE = re.compile(rf"({'|'.join(REFERRED)})/{written.KEY}")


class InputRef(Ref):
    """What a live input refers to, with its id: a file may have either."""

    id: str

    @classmethod
    def of(cls, ref: Ref, id_: str) -> Self:
        made = cls(*ref)
        made.id = id_
        return made


def decode_input(text: str, id_index: IdIndex) -> str | Ref:
    """Return the object of the stack whose id a live input is, or else the text."""
    found = (id_index.known(kind, text) for kind in REFERRED)
    return next((InputRef.of(ref, text) for ref in found if ref), text)


def encode_input(value: str | Ref, id_index: IdIndex) -> str:
    return id_index.id(value) if isinstance(value, Ref) else value


def _spelling(value: object) -> str:
    if isinstance(value, Ref) or (isinstance(value, str) and _REFERENCE.fullmatch(value)):
        return "reference"
    return "steps" if isinstance(value, list | tuple) else "text"


class WorkflowStep(Spec):
    """One action, run after the previous step."""

    name: Annotated[str, USUAL_NAME, FILLED, Field(description="the name of the step")]
    action: Annotated[
        Ref,
        CatalogRef("workflow_action"),
        AfterValidator(_versioned),
        Field(description="the id of an action, with its version"),
    ]
    inputs: Annotated[
        dict[
            Annotated[str, FILLED],
            Annotated[
                Annotated[str, Tag("text")]
                | Annotated[Ref, RefTo(*REFERRED), Tag("reference")]
                | Annotated[tuple[WorkflowStep, ...], Tag("steps")],
                Discriminator(_spelling),
                BeforeValidator(
                    _input, json_schema_input_type=str | int | float | bool | None | tuple[WorkflowStep, ...]
                ),
            ],
        ],
        Field(
            description="by name: a text, an object as kind/KEY, or the steps of a condition or a loop",
        ),
    ] = Field(default_factory=dict)

    def after(self, live: WorkflowStep) -> WorkflowStep:
        """Return the step as it reads back after replacing `live`: unset inputs keep their values."""
        inputs = dict(live.inputs)
        for name, value in self.inputs.items():
            there = inputs.get(name)
            if are_steps(value) and are_steps(there):
                inputs[name] = steps_after(value, there)
            elif not isinstance(there, InputRef) or value != there.id:
                inputs[name] = value
        return self.model_copy(update={"inputs": inputs})


def are_steps(value: object) -> TypeGuard[tuple[WorkflowStep, ...]]:
    return isinstance(value, tuple) and not isinstance(value, Ref)


def walk(
    steps: Iterable[WorkflowStep], path: DataPath = ("steps",)
) -> Iterator[tuple[DataPath, WorkflowStep]]:
    """Yield every step with its path, including those inside conditions and loops."""
    for number, step in enumerate(steps):
        yield (*path, number), step
        for name, value in step.inputs.items():
            if are_steps(value):
                yield from walk(value, (*path, number, "inputs", name))


def steps_after(wanted: Sequence[WorkflowStep], live: Sequence[WorkflowStep]) -> tuple[WorkflowStep, ...]:
    """Return the steps as they read back after the wanted ones are written over the live ones."""
    return tuple(
        step if place is None else step.after(live[place])
        for step, place in zip(wanted, paired(wanted, live), strict=True)
    )


def paired(wanted: Sequence[WorkflowStep], live: Sequence[WorkflowStep]) -> list[int | None]:
    """Return the live step that each wanted one continues: by action and name, else action and position."""
    return continued(_keys(wanted), _keys(live))


def _keys(steps: Sequence[WorkflowStep]) -> list[tuple[object, object]]:
    return [((step.action, step.name), (step.action, place)) for place, step in enumerate(steps)]
