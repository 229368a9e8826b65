"""Slack workflows made of Slack's own functions (slack.md 4). Experimental.

They exist in the manifest of an app of their own, whose functions run at Slack; `apply` makes it, and their
triggers. (unverified): whether Slack installs such an app without code of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.base.spec import Resource, Spec
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import FILLED, Pattern, problem
from pdslack_cli.kinds.fields.zones import TimeZone
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Json, Ref
from pdslack_cli.suggest import all_of, suggest

MOST = 50  # in one manifest

# The inputs that each function needs, and what else it takes (slack.md 4.4).
FUNCTIONS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    name: (frozenset(needed.split()), frozenset(more.split()))
    for name, needed, more in (
        ("send_message", "channel_id message", "metadata interactive_blocks files"),
        ("reply_in_thread", "message_context message", "reply_broadcast metadata interactive_blocks files"),
        ("send_dm", "user_id message", "metadata interactive_blocks files"),
        ("send_ephemeral_message", "channel_id user_id message", ""),
        ("open_form", "title fields interactivity", "description submit_label"),
        ("create_channel", "channel_name", "is_private manager_ids team_id"),
        ("invite_user_to_channel", "channel_ids", "user_ids usergroup_ids"),
        ("update_channel_topic", "channel_id topic", ""),
        ("archive_channel", "channel_id", ""),
        ("add_bookmark", "channel_id name link", ""),
        ("add_pin", "channel_id message", ""),
        ("delay", "minutes_to_delay", ""),
        ("create_usergroup", "usergroup_handle usergroup_name", ""),
        ("add_user_to_usergroup", "usergroup_id user_ids", ""),
        ("remove_user_from_usergroup", "usergroup_id user_ids", ""),
    )
}
EVENTS = (
    "app_mentioned", "channel_archived", "channel_created", "channel_deleted", "channel_renamed",
    "channel_shared", "channel_unarchived", "channel_unshared", "dnd_updated", "emoji_changed",
    "message_metadata_posted", "message_posted", "pin_added", "pin_removed", "reaction_added",
    "reaction_removed", "shared_channel_invite_accepted", "shared_channel_invite_approved",
    "shared_channel_invite_declined", "shared_channel_invite_received", "shared_channel_invite_requested",
    "user_joined_channel", "user_joined_team", "user_left_channel",
)  # fmt: skip
# Inputs that refer to the file: what Slack calls them, and what they refer to.
REFERRING = {"channel": ("channel_id", RefTo("channel")), "user": ("user_id", RefTo("slack_user"))}
_READ = re.compile(r"\{\{\s*(inputs|steps)\.(\w+)")
_TYPES = {"interactivity": "slack#/types/interactivity", "user_id": "slack#/types/user_id",
          "channel_id": "slack#/types/channel_id"}  # fmt: skip


class WebhookTrigger(Spec):
    """A POST of flat JSON to a secret address starts it."""


class ShortcutTrigger(Spec):
    """A person starts it by a link."""

    button: Annotated[str, FILLED, Field(max_length=75, description="the text of the button")]


class EventTrigger(Spec):
    """Something that happens in Slack starts it."""

    type: Annotated[str, Field(description="what happens, such as reaction_added")]
    channels: Annotated[
        tuple[Annotated[Ref, RefTo("channel")], ...],
        Field(description="where, for events of channels; everywhere, if left out"),
    ] = ()
    filter: Annotated[str | None, Field(description="a condition, such as {{data.reaction}} == eyes")] = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.type not in EVENTS:
            hint = suggest(self.type, EVENTS) or f"write one of {', '.join(EVENTS)}"
            raise problem(f"unknown event {self.type!r}", hint, ("type",))
        if self.type == "message_posted" and not self.filter:
            raise problem(
                "message_posted needs a `filter`", "add one: every message would start it", ("type",)
            )
        return self


class ScheduledTrigger(Spec):
    """A point in time starts it, once or again and again."""

    start: Annotated[
        str,
        Pattern(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", "time", "write it like 2027-01-04T09:00:00Z"
        ),
        Field(description="the first time, in the future"),
    ]
    every: Annotated[
        Literal["once", "hourly", "daily", "weekly", "monthly", "yearly"], Field(description="how often")
    ] = "once"
    time_zone: Annotated[TimeZone, Field(description="in which the days are counted")] = "UTC"


class SlackTrigger(Spec):
    """What starts a workflow: exactly one of the fields is set."""

    webhook: Annotated[
        WebhookTrigger | None,
        Field(description="a POST of flat JSON to an address that the secret store gets", examples=[{}]),
    ] = None
    shortcut: Annotated[ShortcutTrigger | None, Field(description="a link that a person opens")] = None
    event: Annotated[EventTrigger | None, Field(description="something that happens in Slack")] = None
    schedule: Annotated[ScheduledTrigger | None, Field(description="a point in time")] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1 or not self.chosen:
            given = all_of(sorted(self.model_fields_set)) if self.model_fields_set else "none"
            raise problem(
                f"expected one of webhook, shortcut, event and schedule, got {given}",
                "a workflow has one trigger: write another workflow for each other one",
            )
        return self

    @property
    def chosen(self) -> Spec | None:
        return self.webhook or self.shortcut or self.event or self.schedule


class SlackStep(Spec):
    """One of Slack's functions, and its inputs."""

    function: Annotated[str, Field(description="such as send_message")]
    id: Annotated[
        str | None, Pattern(r"[a-z0-9_]{1,40}", "id of a step", rule="use a-z, 0-9 and _"),
        Field(description="how later steps refer to it: {{steps.ID.OUTPUT}}; its number from 0, if left out"),
    ] = None  # fmt: skip
    inputs: Annotated[
        dict[str, Any],
        Field(description="by Slack's own names; `channel: KEY` and `user: KEY` refer to the file"),
    ]

    @field_validator("inputs")
    @classmethod
    def _references(cls, inputs: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        return {
            name: REFERRING[name][1].read(value, info.context) if name in REFERRING else value
            for name, value in inputs.items()
        }

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.function not in FUNCTIONS:
            alone = self.function.rpartition("/")[2]  # of its full id, `slack#/functions/…`
            hint = f"write {alone}" if alone in FUNCTIONS else suggest(alone, FUNCTIONS)
            hint = hint or f"write one of {', '.join(FUNCTIONS)}"
            raise problem(f"unknown function {self.function!r}", hint, ("function",))
        needed, more = ({_own_name(name) for name in names} for names in FUNCTIONS[self.function])
        given = {_own_name(name): name for name in self.inputs}
        free = sorted((needed | more) - given.keys())
        for name in given.keys() - needed - more:
            hint = suggest(given[name], free) or f"it takes {', '.join(sorted(needed | more))}"
            raise problem(f"{self.function} has no input {given[name]!r}", hint, ("inputs", given[name]))
        if missing := sorted(needed - given.keys()):
            listed = all_of(f"`{name}: …`" for name in missing)
            raise problem(f"{self.function} needs {all_of(missing)}", f"add {listed}", ("inputs",))
        return self


def _own_name(name: str) -> str:
    """Return how a file may write one of Slack's inputs: `channel` for `channel_id`."""
    return next((own for own, (theirs, _) in REFERRING.items() if name == theirs), name)


class SlackWorkflow(Resource):
    """A workflow of Slack's own functions (experimental)."""

    description: Annotated[str, Field(max_length=1000, description="what it is for")] = ""
    trigger: Annotated[SlackTrigger, Field(description="what starts it")]
    inputs: Annotated[
        dict[str, str],
        Field(
            description="its inputs, by name, from the trigger: {{data.NAME}}; steps write {{inputs.NAME}}"
        ),
    ] = Field(default_factory=dict)
    steps: Annotated[tuple[SlackStep, ...], Field(min_length=1, max_length=MOST, description="what it does")]

    @model_validator(mode="after")
    def _reads_what_there_is(self) -> Self:
        """An input of the workflow, or an earlier step, that a step reads and that is not there."""
        earlier: list[str] = []
        for number, step in enumerate(self.steps):
            for name, text in ((name, text) for name, text in step.inputs.items() if isinstance(text, str)):
                for root, word in _READ.findall(text):
                    known = self.inputs if root == "inputs" else earlier
                    if word not in known:
                        what = "the workflow has no input" if root == "inputs" else "there is no earlier step"
                        hint = suggest(word, known) or f"it has {', '.join(known) or 'none'}"
                        at = ("steps", number, "inputs", name)
                        raise problem(f"{what} {word!r}", hint, at, needs=("inputs", "steps"))
            earlier.append(step.id or str(number))
        return self


class SlackWorkflows(Section[SlackWorkflow]):
    """Workflows in the manifest of an app of their own."""

    name, section, spec = "slack_workflow", "slack_workflows", SlackWorkflow


def callback_id(key: str) -> str:
    """Return how Slack names a workflow."""
    return re.sub(r"[^a-z0-9]+", "_", key)


def definition_of(workflow: SlackWorkflow, index: IdIndex) -> Json:
    """Return a workflow as manifests have it (version 2)."""
    steps = [
        {
            "id": step.id or str(number),
            "function_id": f"slack#/functions/{step.function}",
            "inputs": {
                REFERRING[name][0] if name in REFERRING else name: _sent(value, index)
                for name, value in step.inputs.items()
            },
        }
        for number, step in enumerate(workflow.steps)
    ]
    inputs = {name: {"type": _TYPES.get(name, "string")} for name in workflow.inputs}
    return {
        "title": workflow.name,
        "description": workflow.description or workflow.name,
        "input_parameters": {"properties": inputs, "required": sorted(inputs)},
        "steps": steps,
    }


def trigger_of(key: str, workflow: SlackWorkflow, app_id: str, index: IdIndex) -> Json:
    """Return the trigger of a workflow, as `workflows.triggers.create` takes it."""
    kind, details = _details(workflow.trigger, index)
    return {
        "type": kind,
        "name": workflow.name,
        "description": workflow.description or workflow.name,
        "workflow": f"#/workflows/{callback_id(key)}",
        "workflow_app_id": app_id,
        "inputs": {name: {"value": value} for name, value in workflow.inputs.items()},
        **details,
    }


def _details(trigger: SlackTrigger, index: IdIndex) -> tuple[str, Json]:
    if trigger.shortcut:
        return "shortcut", {"shortcut": {"button_text": trigger.shortcut.button}}
    if trigger.schedule:
        one = trigger.schedule
        frequency = {"type": one.every}
        return "scheduled", {
            "schedule": {"start_time": one.start, "timezone": one.time_zone, "frequency": frequency}
        }
    if trigger.event:
        return "event", {"event": _event(trigger.event, index)}
    return "webhook", {}


def _event(event: EventTrigger, index: IdIndex) -> Json:
    where: Json = {"channel_ids": index.ids(event.channels)} if event.channels else {"all_resources": True}
    found: Json = {"event_type": f"slack#/events/{event.type}", **where}
    if event.filter:
        found["filter"] = {"version": 1, "root": {"statement": event.filter}}
    return found


def _sent(value: Any, index: IdIndex) -> Any:
    return index.id(value) if isinstance(value, Ref) else value
