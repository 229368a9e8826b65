"""Create and update the app of Slack workflows, and their triggers (slack.md 2.11, 4). Experimental.

The workflows have an app of their own: where its functions run at Slack, the bot's app could not stay what it
is. A trigger belongs to the workflow that it starts, so triggers are found by the list of the app's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pdslack_cli.clients import Clients
from pdslack_cli.clients.create_once import LOOKUP_DELAYS, create_once
from pdslack_cli.clients.http.vendor_json import reads_answers
from pdslack_cli.clients.slack import SlackClient
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.ownership.matching import resolve_ownership
from pdslack_cli.engine.slack_app.provision import AppResult, create_app, update_app
from pdslack_cli.engine.slack_app.secrets import APP, WORKFLOWS_APP, AppSecrets
from pdslack_cli.errors import ApiError, PdslackError, Problem, ProblemsError
from pdslack_cli.kinds import READ_NAMED
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.slack.app import SlackApp
from pdslack_cli.kinds.slack.app_words import scopes_of_events
from pdslack_cli.kinds.slack.workflow import SlackWorkflow, callback_id, definition_of, trigger_of
from pdslack_cli.masking import add_secrets
from pdslack_cli.model import Json, Ref

WEBHOOK_URL = "webhook_url"
UNFINISHED = "Its address is not stored yet: pdslack apply does it"
"""The description of a webhook trigger until its address, which nothing else tells, is stored."""


@dataclass(frozen=True)
class WorkflowsResult:
    """What was done: to the app, and to which triggers; `links` start workflows of people."""

    app: AppResult
    created: bool
    triggers: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)


def workflows_manifest(app: SlackApp, workflows: Mapping[Ref, SlackWorkflow], index: IdIndex) -> Json:
    """Return the manifest of the workflows' app."""
    # Cut with an ellipsis, so that what is left of a masked value is masked, too.
    name = app.name if len(app.name) <= 25 else f"{app.name[:24]}…"
    by_id = {callback_id(ref.key): ref for ref in workflows}
    for ref in workflows:
        if (other := by_id[callback_id(ref.key)]) != ref:
            raise PdslackError(f"{ref} and {other} have the same id in Slack: rename one of them")
    events = [one.trigger.event.type for one in workflows.values() if one.trigger.event]
    scopes = {"chat:write", "chat:write.public", *scopes_of_events(events)}
    return {
        "_metadata": {"major_version": 2},
        "display_information": {"name": f"{name} workflows", "description": "Workflows of pdslack"},
        "features": {"bot_user": {"display_name": "pdslack-workflows"}},
        "oauth_config": {"scopes": {"bot": sorted(scopes)}},
        "settings": {"function_runtime": "slack", "org_deploy_enabled": True},
        "workflows": {
            callback_id(ref.key): definition_of(workflow, index) for ref, workflow in workflows.items()
        },
    }


def apps_of(stack: Stack) -> list[Ref]:
    """Return the Slack apps of the stack, which are changes of a plan and no entries."""
    app = [APP] if stack.header.slack_app else []
    return [*app, *([WORKFLOWS_APP] if stack.of_kind("slack_workflow") else [])]


def workflows_of(stack: Stack) -> Mapping[Ref, SlackWorkflow]:
    """Return the workflows of the stack."""
    specs = {entry.ref: entry.spec for entry in stack.of_kind("slack_workflow")}
    return {ref: spec for ref, spec in specs.items() if isinstance(spec, SlackWorkflow)}


def references_of(workflows: Mapping[Ref, SlackWorkflow]) -> set[Ref]:
    """Return the channels and people that workflows refer to."""
    return set().union(*(references(workflow) for workflow in workflows.values()))


def read_ids(stack: Stack, clients: Clients, refs: Collection[Ref]) -> IdIndex:
    """Read the ids of what workflows refer to; raises ProblemsError for what does not exist."""
    objects = {}
    for name in sorted({ref.kind for ref in refs}):
        wanted = [stack.entries[ref].spec for ref in sorted(refs) if ref.kind == name]
        objects[name] = tuple(READ_NAMED[name].read(clients, wanted))
    ownership = resolve_ownership(stack, objects)
    missing = sorted(ref for ref in refs if ref not in ownership.id_index)
    known = {ref: match.problem for ref in missing if (match := ownership.matches.get(ref)) and match.problem}
    problems = [*known.values()]
    if new := ", ".join(str(ref) for ref in missing if ref not in known):
        message = f"not in Slack: {new}, which workflows refer to"
        problems.append(Problem(message, hint="run `pdslack apply` first"))
    if problems:
        raise ProblemsError(problems)
    return ownership.id_index


def provide_workflows(
    clients: Clients,
    secrets: AppSecrets,
    app: SlackApp,
    app_id: str,
    workflows: Mapping[Ref, SlackWorkflow],
    index: IdIndex,
) -> WorkflowsResult:
    """Make the app (or, where its id is known, update it) and its triggers; raises PdslackError."""
    slack, manifest = clients.slack, workflows_manifest(app, workflows, index)
    if any(workflow.trigger.webhook for workflow in workflows.values()):
        secrets.check_writable()
    if app_id:
        result = update_app(slack, app_id, manifest, whole="workflows")
    else:
        result = create_app(slack, secrets, manifest, WORKFLOWS_APP)
    done, links = [], {}
    for ref, text, link in _triggers(clients, secrets, result.id, workflows, index):
        done.append(f"{ref}: {text}")
        if link:
            links[str(ref)] = link
    return WorkflowsResult(result, not app_id, tuple(done), links)


@reads_answers
def _triggers(
    clients: Clients,
    secrets: AppSecrets,
    app_id: str,
    workflows: Mapping[Ref, SlackWorkflow],
    index: IdIndex,
) -> Iterator[tuple[Ref, str, str]]:
    """Make the triggers match the file; yields what was done, and a link that starts the workflow."""
    slack = clients.slack
    left = read_triggers(slack, app_id)
    for ref, workflow in workflows.items():
        wanted = trigger_of(ref.key, workflow, app_id, index)
        live = trigger_among(left, wanted, ref)
        left = [one for one in left if one is not live]
        if live and is_trigger_as(live, wanted) and not lacks_address(secrets, ref, wanted):
            yield ref, "its trigger stays as it is", str(live.get("shortcut_url") or "")
            continue
        is_webhook = wanted["type"] == "webhook"
        first = {**wanted, "description": UNFINISHED} if is_webhook else wanted
        trigger = _updated(slack, live["id"], first) if live else _created(clients, app_id, first, ref)
        if is_webhook:
            add_secrets([str(trigger[WEBHOOK_URL])])
            secrets.store(ref, WEBHOOK_URL, str(trigger[WEBHOOK_URL]))
            _updated(slack, trigger["id"], wanted)
        done = "updated" if live else "created"
        yield ref, f"its trigger was {done}", str(trigger.get("shortcut_url") or "")
    for live in left:
        try:
            slack.call("workflows.triggers.delete", token="config", trigger_id=live["id"])  # noqa: S106
        except ApiError as error:
            if error.code != "trigger_not_found":
                raise
        yield Ref("slack_workflow", live["workflow"]["callback_id"]), "its former trigger was deleted", ""


def _created(clients: Clients, app_id: str, wanted: Json, ref: Ref) -> Json:
    """Create a trigger, or return the one that a lost answer of ours has created, with its address."""

    def post() -> Json:
        return dict(clients.slack.call("workflows.triggers.create", token="config", **wanted)["trigger"])  # noqa: S106

    def find() -> Json | None:
        listed = read_triggers(clients.slack, app_id)
        found = trigger_among(listed, wanted, ref)
        return found and _updated(clients.slack, found["id"], wanted)

    return create_once(post, find, unique=False, clock=clients.clock)


def _updated(slack: SlackClient, id_: str, wanted: Json) -> Json:
    answer = slack.call("workflows.triggers.update", token="config", trigger_id=id_, **wanted)  # noqa: S106
    return dict(answer["trigger"])


@reads_answers
def read_triggers(slack: SlackClient, app_id: str) -> Sequence[Json]:
    """Read the triggers of an app."""
    found = slack.list("workflows.triggers.list", "triggers", token="config", app_id=app_id)  # noqa: S106
    return [one for one in found if one["id"] and one["type"] and one["workflow"]["callback_id"]]


def read_all_triggers(clients: Clients, app_id: str, just_made: Collection[str]) -> Sequence[Json]:
    """Read the triggers of an app, for up to 10 s until those are there that were made a moment ago."""
    found: Sequence[Json] = ()
    for seconds in LOOKUP_DELAYS:
        clients.clock.sleep(seconds)
        found = read_triggers(clients.slack, app_id)
        if {one["id"] for one in found}.issuperset(just_made):
            break
    return found


def trigger_among(listed: Sequence[Json], wanted: Json, ref: Ref) -> Json | None:
    """Return the trigger that starts a workflow as the file wants; of several, one that is as wanted.

    One whose address a run that was killed did not store is unfinished, and so it is not the one.
    """
    name = callback_id(ref.key)
    found = [
        one for one in listed if one["workflow"]["callback_id"] == name and one["type"] == wanted["type"]
    ]
    return next((one for one in found if is_trigger_as(one, wanted)), next(iter(found), None))


def lacks_address(secrets: AppSecrets, ref: Ref, wanted: Json) -> bool:
    """Whether the address of a webhook trigger is not in the store: a run was cut off before it was."""
    return wanted["type"] == "webhook" and secrets.has(ref, WEBHOOK_URL) is False


def is_trigger_as(live: Json, wanted: Json) -> bool:
    """Whether a trigger matches the file. A schedule accepts only a new start, and so keeps its own."""
    names = ("name", "description", "inputs", "shortcut", "event")
    same = all((live.get(name) or None) == (wanted.get(name) or None) for name in names)
    schedule, other = ((one.get("schedule") or {}) for one in (live, wanted))
    return same and schedule.get("frequency") == other.get("frequency")
