"""Automation actions: scripts and jobs that people and rules can run (pagerduty.md 10.3)."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.spec import NAMED, Resource, Spec
from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import FILLED, Description, problem
from pdslack_cli.kinds.fields.shorthand import OR_FILE
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.automation.links import LinkedTeams, Links
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind
from pdslack_cli.model import Json, Live, Name, Ref

_LONGEST_DESCRIPTION = 1_024  # with its mark
_LONGEST_SCRIPT = 16_777_215

_SWITCHES = {
    "unresolved_only": "only_invocable_on_unresolved_incidents",
    "manual": "allow_invocation_manually",
    "from_rules": "allow_invocation_from_event_orchestration",
    "all_services": "map_to_all_services",
}
_SCRIPT = {
    "script": "script",
    "command": "invocation_command",
}
_JOB = {
    "id": "process_automation_job_id",
    "arguments": "process_automation_job_arguments",
    "nodes": "process_automation_node_filter",
}


def _whole(script: str | None) -> str | None:
    """Without white space at the end, which files have and forms drop."""
    script = script if script is None else script.rstrip()
    if script == "":
        raise problem("the script is empty", "write its text, or `script: {file: …}`")
    return script


class AutomationJob(Spec):
    """A job of Process Automation."""

    id: Annotated[str, at_most(36), FILLED, Field(description="the id of the job, as its URL ends")]
    arguments: Annotated[str, at_most(1_024), Field(description="its arguments: `-env production`")] = ""
    nodes: Annotated[str, at_most(1_024), Field(description="a filter of the nodes that it runs on")] = ""


class AutomationAction(Resource):
    """A script or a job that people start from an incident, and rules with `run`."""

    name: Annotated[str, FILLED, at_most(255), NAMED] = ""
    description: Annotated[Description, at_most(_LONGEST_DESCRIPTION)] = ""
    script: Annotated[
        str | None,
        at_most(_LONGEST_SCRIPT),
        AfterValidator(_whole),
        OR_FILE,
        Field(description="the text of the script, or `{file: NAME}` beside this file"),
    ] = None
    command: Annotated[
        str, at_most(65_535), Field(description="what runs the script; empty: the script itself")
    ] = ""
    job: Annotated[
        AutomationJob | None, Field(description="a job of Process Automation, instead of a script")
    ] = None
    runner: Annotated[
        Annotated[Ref, RefTo("automation_runner")] | None, Field(description="what runs it")
    ] = None
    classification: Annotated[
        Literal["diagnostic", "remediation"] | None, Field(description="whether it looks or mends")
    ] = None
    teams: LinkedTeams = ()
    all_services: Annotated[
        bool, Field(description="incidents of every service offer it; else those that name it")
    ] = False
    manual: Annotated[bool, Field(description="whether people may start it")] = True
    from_rules: Annotated[bool, Field(description="whether rules may start it, with `run`")] = True
    unresolved_only: Annotated[bool, Field(description="not for incidents that are resolved")] = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.script is None) == (self.job is None):
            got = "neither" if self.script is None else "both"
            hint = "write the text of the script, `script: {file: …}`, or `job: {id: …}`"
            raise problem(f"expected `script` or `job`, got {got}", hint, needs=("script", "job"))
        if self.job and self.command:
            raise problem("a job has no `command`", "remove it", ("command",), needs=("job", "command"))
        return self


class AutomationActions(PagerDutyKind[AutomationAction]):
    name, section, spec = "automation_action", "automation_actions", AutomationAction
    path, wrapper, plural = "/automation_actions/actions", "action", "actions"
    named_alone = True
    mark_limit = _LONGEST_DESCRIPTION
    sought_with = frozenset({"automation_action"})
    parts = (Links(path, "team", listed=False),)
    absent_hint = "`pdslack list automation-actions` shows those of the account"

    def identity(self, live: Live) -> Name:
        return Name(live.name)

    def wanted_identity(self, spec: Resource, id_index: IdIndex) -> Hashable:
        return Name(spec.name)

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> AutomationAction:
        raw = live.raw
        data, runner = raw["action_data_reference"], raw.get("runner")
        return AutomationAction.from_wire(
            name=live.name,
            description=raw["description"].strip(),
            script=data["script"].rstrip() if _is_script(live) else None,
            command=data.get("invocation_command"),
            job=None if _is_script(live) else _decoded_job(data),
            runner=id_index.ref("automation_runner", runner) if runner else None,
            classification=raw.get("action_classification"),
            **{name: raw.get(word) for name, word in _SWITCHES.items()},
            **self.decoded_parts(live, id_index),
        )

    def encode(self, spec: AutomationAction, id_index: IdIndex, live: Live | None) -> Json:
        fields = spec.model_fields_set
        body: Json = spec.model_dump(include={"name", "description"}, exclude_unset=True)
        # PagerDuty tells the two sorts of body apart by it.
        body["action_type"] = live.raw["action_type"] if live else _type_of(spec)
        if "classification" in fields:
            body["action_classification"] = spec.classification
        if "runner" in fields and spec.runner:
            body["runner"] = id_index.id(spec.runner)
        held = live.raw["action_data_reference"] if live else {}
        if data := _encoded_data(spec, held):
            body["action_data_reference"] = {**held, **data}
        return body | {word: getattr(spec, name) for name, word in _SWITCHES.items() if name in fields}

    # --- what a plan asks ----------------------------------------------------------------------------

    def obstacles(
        self,
        spec: AutomationAction,
        live: Live,
        fields: Collection[str],
        id_index: IdIndex,
        *,
        adopt: bool,
    ) -> Iterator[str]:
        yield from super().obstacles(spec, live, fields, id_index, adopt=adopt)
        there = live.raw["action_type"]
        if {"script", "job"} & set(fields) and _type_of(spec) != there:
            yield (
                f"its type cannot change from {there} to {_type_of(spec)}: give the new one a key of its "
                "own, and name that in the rules that run it"
            )
        elif "runner" in fields and live.raw.get("runner"):
            if spec.runner is None:
                yield "runner: PagerDuty cannot take its runner away: name another one"
            elif there == "process_automation":
                yield "runner: the runner of a job cannot change: give the new one a key of its own"


def _type_of(spec: AutomationAction) -> str:
    return "script" if spec.job is None else "process_automation"


def _is_script(live: Live) -> bool:
    return text_at(live.raw, "action_type") == "script"


def _decoded_job(data: Json) -> AutomationJob:
    return AutomationJob.from_wire(**{name: data.get(word) for name, word in _JOB.items()})


def _encoded_data(spec: AutomationAction, held: Json) -> Json:
    """Return what it runs, as far as it is set; an empty text clears what there is."""
    fields = spec.model_fields_set
    values = {word: getattr(spec, name) for name, word in _SCRIPT.items() if name in fields}
    if spec.job is not None:
        values = {word: getattr(spec.job, name) for name, word in _JOB.items() if "job" in fields}
    return {word: value for word, value in values.items() if value or held.get(word)}


def own_actions(actions: Iterable[Ref], specs: Mapping[Ref, Resource]) -> tuple[Ref, ...]:
    """Return the actions that a service links to itself, without those that every service offers."""
    return tuple(ref for ref in actions if not _is_everywhere(specs.get(ref)))


def action_doubts(actions: Iterable[Ref], specs: Mapping[Ref, Resource]) -> Iterator[Doubt]:
    """Warn of actions that a service names although every service offers them."""
    for place, ref in enumerate(actions):
        if _is_everywhere(specs.get(ref)):
            message = f"every service offers {ref}, which has `all_services`"
            yield Doubt(
                ("automation_actions", place), message, "remove it here, or set `all_services: false`"
            )


def _is_everywhere(action: Resource | None) -> bool:
    return isinstance(action, AutomationAction) and action.all_services
