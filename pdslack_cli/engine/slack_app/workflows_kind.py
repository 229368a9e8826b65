"""The app of Slack workflows, and what starts each of them, as one of the changes of a plan. Experimental.

It is one change and not one for each workflow, since Slack takes the manifest of an app as a whole, and only
about once a minute. The change shows each workflow, though, in the shape of the manifest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from pdslack_cli.clients.http.vendor_json import reads_answers
from pdslack_cli.clients.slack import VARIABLES
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Existing
from pdslack_cli.engine.slack_app.kind import (
    AppManifest,
    AppPlan,
    ManifestPart,
    SlackApps,
    app_change,
    app_is_gone,
    creation_refused,
    parts_of,
    report_app,
    with_tuples,
)
from pdslack_cli.engine.slack_app.provision import app_changes
from pdslack_cli.engine.slack_app.secrets import WORKFLOWS_APP, AppSecrets
from pdslack_cli.engine.slack_app.workflows import (
    is_trigger_as,
    lacks_address,
    provide_workflows,
    read_all_triggers,
    read_ids,
    references_of,
    trigger_among,
    workflows_manifest,
    workflows_of,
)
from pdslack_cli.errors import ApiError, NotFoundError, PdslackError, Problem, ProblemsError
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.slack.app import SlackApp
from pdslack_cli.kinds.slack.workflow import SlackWorkflow, callback_id, trigger_of
from pdslack_cli.model import Json, Live, OwnershipMark, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

EXPERIMENTAL = (
    "experimental: it is not documented that Slack installs an app of workflows without code of its own"
)
DEFINITION = ("title", "description", "input_parameters", "steps")
TRIGGER = ("type", "name", "description", "inputs", "shortcut", "event", "schedule")
ADDRESS = {"address": "in the secret store"}

Workflows = Mapping[Ref, SlackWorkflow]


class WorkflowsManifest(AppManifest):
    """The manifest of the workflows' app, with the trigger of each workflow."""

    ABOUT: ClassVar[frozenset[str]] = Resource.ABOUT | {"needs"}
    PARTS: ClassVar[tuple[str, ...]] = (*AppManifest.PARTS, "workflows")

    workflows: ManifestPart = Field(default_factory=dict)
    needs: Annotated[tuple[Ref, ...], Field(description="what the workflows refer to")] = ()


class WorkflowsApps(SlackApps):
    """Writes the app of the workflows, and their triggers."""

    name, section, spec = "slack_workflows_app", "slack_workflows", WorkflowsManifest
    own_children = frozenset({"workflows"})

    def __init__(self, secrets: AppSecrets, wanted: Json, app: SlackApp, workflows: Workflows) -> None:
        super().__init__(secrets, wanted)
        self._app, self._workflows = app, workflows

    def create(self, session: Session, ref: Ref, spec: AppManifest, mark: OwnershipMark) -> Live:
        return Live(self.name, self._provided(session, ""), spec.name, {})

    def update(
        self,
        session: Session,
        live: Live,
        spec: AppManifest,
        fields: Collection[str],
        mark: OwnershipMark | None,
    ) -> None:
        self._provided(session, live.id)

    def _provided(self, session: Session, app_id: str) -> str:
        """Make or change the app and its triggers; return its id."""
        done = provide_workflows(
            session.clients, self._secrets, self._app, app_id, self._workflows, session.id_index
        )
        report_app(session, WORKFLOWS_APP, done.app)
        for ref, link in done.links.items():
            session.notice(WORKFLOWS_APP, f"{ref} starts here: {link}")
        return done.app.id


class _WantedWorkflows(NamedTuple):
    """The workflows of the file in the shape that a plan compares; `names` are references by ids."""

    manifest: Json
    refs: Collection[Ref]
    names: Mapping[str, str]
    triggers: Mapping[Ref, Json]
    shapes: Json


def plan_workflows(
    stack: Stack,
    clients: Clients,
    secrets: AppSecrets,
    index: IdIndex,
    now: datetime,
    *,
    just_made: Collection[str] = (),
) -> AppPlan:
    """Compare the workflows with the file: two calls, where their app is known and a token is set.

    `just_made` are the ids of triggers that were made a moment ago.
    """
    app, workflows = stack.header.slack_app, workflows_of(stack)
    if not (workflows or app):
        return AppPlan()  # its secret store is not the concern of a stack that has no apps
    app_id = secrets.own_id(WORKFLOWS_APP)
    if not (workflows or app_id):
        return AppPlan()
    if app is None or not clients.slack.has("config"):
        without = "`slack_app`, which names their app" if app is None else VARIABLES["config"]
        return AppPlan.not_compared(f"slack_workflows: they are not compared without {without}")
    try:
        wanted = _wanted(stack, clients, app, app_id, index)
    except ProblemsError as error:
        return AppPlan(problems=tuple(error.problems))
    except PdslackError as error:
        return AppPlan(problems=(Problem(str(error), hint=error.hint),))
    kind = WorkflowsApps(secrets, wanted.manifest, app, workflows)
    if app_id:
        return _compared(stack, clients, secrets, kind, app_id, wanted, now, just_made)
    after = _spec(wanted.manifest, wanted.shapes, wanted.refs)
    created = app_change(stack, WORKFLOWS_APP, kind, None, after, now, (EXPERIMENTAL,))
    return creation_refused(secrets, WORKFLOWS_APP) or AppPlan(created)


def _wanted(stack: Stack, clients: Clients, app: SlackApp, app_id: str, index: IdIndex) -> _WantedWorkflows:
    """Read the ids that the workflows refer to into the index; raises PdslackError."""
    workflows = workflows_of(stack)
    refs = references_of(workflows)
    named = IdIndex({ref: str(ref) for ref in refs})
    manifest = workflows_manifest(app, workflows, named)
    # A plan reads only what its own kinds refer to.
    looked_up = {ref for ref in refs if ref not in index and ref.kind not in MANAGED_NAMED}
    found = read_ids(stack, clients, looked_up)
    for ref in looked_up:
        index.add(ref, found.id(ref))
    names = {index.id(ref): str(ref) for ref in refs if ref in index}
    triggers = {
        ref: _with_names(trigger_of(ref.key, one, app_id, named), names) for ref, one in workflows.items()
    }
    shapes = {
        ref.key: {
            **_with_names(manifest["workflows"][callback_id(ref.key)], names),
            "trigger": _trigger_shape(triggers[ref]),
        }
        for ref in workflows
    }
    return _WantedWorkflows(manifest, refs, names, triggers, shapes)


def _compared(
    stack: Stack,
    clients: Clients,
    secrets: AppSecrets,
    kind: WorkflowsApps,
    app_id: str,
    wanted: _WantedWorkflows,
    now: datetime,
    just_made: Collection[str],
) -> AppPlan:
    """Compare the workflows with those of the app."""
    without_address = {
        ref for ref, trigger in wanted.triggers.items() if lacks_address(secrets, ref, trigger)
    }
    try:
        before, after, _ = app_changes(clients.slack, app_id, wanted.manifest, "workflows")
        triggers = read_all_triggers(clients, app_id, just_made)
        listed = [_with_names(one, wanted.names) for one in triggers]
        there = _live_shapes(_with_names(before, wanted.names), listed, wanted.triggers, without_address)
    except NotFoundError as error:
        return app_is_gone(stack, WORKFLOWS_APP, app_id, error)
    except ApiError as error:
        return AppPlan.not_compared(f"slack_workflows: they could not be read: {error}: {error.hint}")
    if "slack_workflow" not in stack.sections:
        left = f"slack_workflows: left behind: {', '.join(there)}; `slack_workflows: {{}}` removes them"
        return AppPlan(notices=(left,), left_behind=_refs(there)) if there else AppPlan()
    old = _spec(before, there, ())
    existing = Existing(Live(kind.name, app_id, old.name, before), old)
    new = _spec(after, wanted.shapes, wanted.refs)
    change = app_change(stack, WORKFLOWS_APP, kind, existing, new, now, (EXPERIMENTAL,))
    return AppPlan(change if change.fields else None, secrets=tuple(sorted(without_address)))


def _refs(keys: Iterable[str]) -> tuple[Ref, ...]:
    return tuple(Ref("slack_workflow", key) for key in keys)


def _spec(manifest: Json, shapes: Json, refs: Collection[Ref]) -> WorkflowsManifest:
    workflows = with_tuples(dict(sorted(shapes.items())))
    return WorkflowsManifest.built(
        {**parts_of(manifest), "workflows": workflows, "needs": tuple(sorted(refs))}
    )


def _trigger_shape(trigger: Json) -> Json:
    shown = {name: trigger[name] for name in TRIGGER if trigger.get(name)}
    return {**shown, **(ADDRESS if trigger["type"] == "webhook" else {})}


@reads_answers
def _live_shapes(
    manifest: Json, listed: Sequence[Json], wanted: Mapping[Ref, Json], without_address: Collection[Ref]
) -> Json:
    """Return the workflows of the app, by key, each with its trigger; `wanted` are those of the file."""
    keys = {callback_id(ref.key): ref.key for ref in wanted}
    found: dict[str, Json] = {}
    for callback, definition in (manifest.get("workflows") or {}).items():
        known = {part: definition[part] for part in DEFINITION if part in definition}
        found[keys.get(callback, callback)] = known
    left = [*listed]
    for ref, trigger in wanted.items():
        live = trigger_among(left, trigger, ref)
        if live:
            left = [one for one in left if one is not live]
            shown = _trigger_shape(trigger if is_trigger_as(live, trigger) else live)
            if ref in without_address:
                shown = {name: value for name, value in shown.items() if name not in ADDRESS}
            found.setdefault(ref.key, {})["trigger"] = shown
    for other in left:
        callback = other["workflow"]["callback_id"]
        shape = found.setdefault(keys.get(callback, callback), {})
        shape["former_triggers"] = [*shape.get("former_triggers", ()), _trigger_shape(other)]
    return found


def _with_names(value: Any, names: Mapping[str, str]) -> Any:
    """Return what Slack answered with the references of the file in place of ids."""
    if isinstance(value, dict):
        return {key: _with_names(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_names(inner, names) for inner in value]
    return names.get(value, value) if isinstance(value, str) else value
