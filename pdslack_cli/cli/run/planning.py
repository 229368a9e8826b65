"""The plan of a run: read the live objects, compare, and say what an apply would refuse."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pdslack_cli.analysis.impact import impact_of
from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.analysis.oncall.following import follow_on_call
from pdslack_cli.analysis.oncall.outlook import outlook_of
from pdslack_cli.cli.errors import raise_if_any
from pdslack_cli.cli.run.files import parse_refs, unknown_kind
from pdslack_cli.cli.run.session import Context
from pdslack_cli.config.sources.beside import unread_beside, unread_inside
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Plan
from pdslack_cli.engine.live import LiveState, read_live
from pdslack_cli.engine.live.catalogues import unread_catalogues, with_catalogues
from pdslack_cli.engine.ownership.matching import resolve_ownership
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.plan.removals import refs_without_entry
from pdslack_cli.engine.refusals import Allowed, with_refusals
from pdslack_cli.engine.refusals.children import removed_children
from pdslack_cli.engine.slack_app.kind import AppPlan, plan_app
from pdslack_cli.engine.slack_app.secrets import APP, WORKFLOWS_APP
from pdslack_cli.engine.slack_app.workflows import apps_of, references_of, workflows_of
from pdslack_cli.engine.slack_app.workflows_kind import plan_workflows
from pdslack_cli.engine.storage.saved import PlanRequest
from pdslack_cli.engine.storage.secrets import missing_secrets, secrets_lost_in_ci
from pdslack_cli.errors import ConfigError, Problem, Severity
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Ref


def advice(context: Context, files: Sequence[Path] | None) -> Sequence[Problem]:
    """Return the lint warnings and what was not read; raises ConfigError with all if some are errors.

    A sandbox has every word that the stack uses, so that it is not asked.
    """
    found = lint_stack(context.stack, asked=not context.sandboxed)
    if any(problem.severity is Severity.ERROR for problem in found):
        raise ConfigError(found)
    return [*found, *unread_inside(files or [])]


def not_refused(warnings: Sequence[Problem], plan: Plan) -> Sequence[Problem]:
    """Return the warnings about other places than the plan's problems: each place is shown once."""
    refused = {problem.location for problem in plan.problems}
    return [one for one in warnings if one.location is None or one.location not in refused]


def request_of(
    files: list[Path] | None,
    *,
    adopt: bool,
    no_delete: bool,
    max_deletes: int | None,
    delete_with_open_incidents: bool,
    only: list[str] | None,
    sandbox: bool,
) -> PlanRequest:
    """Return the arguments of the plan, so that it can be repeated from the same working directory.

    Raises ProblemsError for what `--only` cannot name, before anything is read.
    """
    apps = {APP.kind, WORKFLOWS_APP.kind}
    unknown = [unknown_kind(text) for text in only or () if text.partition("/")[0] not in apps]
    raise_if_any([*filter(None, unknown)])
    return PlanRequest(
        files=tuple(os.path.relpath(file) for file in files or ()),
        adopt=adopt,
        delete=not no_delete,
        only=tuple(only or ()),
        max_deletes=max_deletes,
        delete_with_open_incidents=delete_with_open_incidents,
        sandbox=sandbox,
    )


def planned(
    context: Context, request: PlanRequest, *, outlook: bool = False, reviewed: Iterable[str] = ()
) -> Plan:
    """Read the live objects, compare, and add what an apply would refuse.

    With `outlook` it also says what the changes mean for people: who is on call before and after. What a plan
    with these `reviewed` addresses was to remove may be gone by now, and can be named all the same.
    """
    stack, live = context.stack, live_of(context)
    refs = chosen(stack, live, request.only, reviewed) if request.only else []
    apps = named_apps(stack, refs) if refs else {APP, WORKFLOWS_APP}
    make = partial(
        make_plan,
        adopt=request.adopt,
        delete=request.delete,
        only=refs,
        may_restore=context.may_restore,
    )
    plan = make(stack, live)
    followed = follow_on_call(context.stack, live, context.clients, plan)
    stack, live = followed.stack, followed.live
    if stack is not context.stack:
        plan = make(stack, live)
    if unread := unread_catalogues(plan, live):
        live = with_catalogues(live, context.clients, unread)
        plan = make(stack, live)
    missing = [
        f"{problem.message}: {problem.hint}"
        for problem in missing_secrets(context.stack, live, context.secrets)
    ]
    beside = unread_files(context.stack, request, plan)
    plan = replace(plan, notices=(*plan.notices, *followed.notices, *missing, *beside))
    if WORKFLOWS_APP in apps:
        plan = with_app(context, plan, workflows_planned, delete=request.delete)
    if APP in apps:
        plan = with_app(context, plan, partial(app_planned, adopt=request.adopt))
    allowed = Allowed(request.max_deletes, open_incidents=request.delete_with_open_incidents)
    plan = judged(context, plan, live, allowed)
    return with_outlook(context, plan, live) if outlook else plan


def live_of(context: Context, *, everything: bool = False) -> LiveState:
    """Read the live objects, with what earlier runs in this folder made of them."""
    past, count = context.audit.past_runs(), context.progress.counter("reading")
    live = read_live(context.stack, context.clients, past.recent_writes(), everything=everything, watch=count)
    if context.writes:
        context.audit.settle(live.killed)
    return replace(live, created=past.created())


def chosen(stack: Stack, live: LiveState, texts: Sequence[str], reviewed: Iterable[str]) -> list[Ref]:
    """Return what `--only` names, also of what left the files; raises ProblemsError for what is nowhere."""
    ownership = resolve_ownership(stack, live.objects)
    past = (Ref(*address.split("/", 1)) for address in reviewed)
    more = [*past, *apps_of(stack), *workflows_of(stack), *refs_without_entry(ownership)]
    refs = parse_refs(stack, texts, more, nowhere="neither the files nor the owner's marks name")
    if WORKFLOWS_APP in named_apps(stack, refs):
        refs += unmade_channels(stack, ownership.id_index)
    return refs


def named_apps(stack: Stack, refs: Collection[Ref]) -> set[Ref]:
    """Return the apps among what `--only` names: Slack takes all workflows as one, whichever is named."""
    named = {WORKFLOWS_APP if ref.kind == "slack_workflow" else ref for ref in refs}
    return named & set(apps_of(stack))


def unmade_channels(stack: Stack, index: IdIndex) -> list[Ref]:
    """Return what the workflows refer to, and what does not exist yet."""
    wanted = {ref for ref in references_of(workflows_of(stack)) if ref.kind in MANAGED_NAMED}
    return sorted(ref for ref in wanted if ref not in index)


def with_app(
    context: Context, plan: Plan, make: Callable[[Context, Plan], AppPlan], *, delete: bool = True
) -> Plan:
    """Return the plan with the change of a Slack app; its calls are counted.

    Without `delete`, a change that removes workflows is left out as a whole: Slack takes them together.
    """
    calls = context.clients.calls
    found = make(context, plan)
    if found.change and not delete and removed_children(found.change):
        without = (*plan.excluded.get("--no-delete", ()), found.change)
        plan = replace(plan, excluded={**plan.excluded, "--no-delete": without})
        found = replace(found, change=None)
    lost = () if context.sandboxed else secrets_lost_in_ci(context.environ, found.secrets)
    return replace(
        plan,
        changes=(*([found.change] if found.change else []), *plan.changes),
        notices=(*plan.notices, *found.notices),
        problems=tuple(dict.fromkeys((*plan.problems, *found.problems, *lost))),
        left_behind=(*plan.left_behind, *found.left_behind),
        unread=plan.unread | ({"slack_app"} if found.unread else set()),
        calls=plan.calls + context.clients.calls - calls,
    )


def app_planned(context: Context, plan: Plan, *, adopt: bool) -> AppPlan:
    """Compare the stack's Slack app."""
    return plan_app(context.stack, context.clients, context.app_secrets, plan.read_at, adopt=adopt)


def workflows_planned(context: Context, plan: Plan) -> AppPlan:
    """Compare the Slack workflows, and the app that holds them."""
    made = context.audit.past_runs().recently_made().get(WORKFLOWS_APP, {})
    just_made = [id_ for id_, fields in made.items() if fields]  # its triggers, and not the app itself
    return plan_workflows(
        context.stack, context.clients, context.app_secrets, plan.id_index, plan.read_at, just_made=just_made
    )


def apps_left_behind(context: Context) -> list[str]:
    """Return the notices of the Slack apps that `destroy` leaves: deleting one revokes its tokens."""
    refs = (APP, WORKFLOWS_APP) if apps_of(context.stack) else ()
    return [
        f"{ref} is left behind ({id_}), with what it holds: delete it at https://api.slack.com/apps/{id_} "
        "if you do not need it"
        for ref in refs
        if (id_ := context.app_secrets.own_id(ref))
    ]


def with_outlook(context: Context, plan: Plan, live: LiveState) -> Plan:
    """Return the plan with what it touches, and who is on call now and after; its calls are counted."""
    calls = context.clients.calls
    on_call = outlook_of(plan, live, context.clients)
    more = context.clients.calls - calls
    return replace(
        plan, on_call=on_call, impact=impact_of(plan, context.stack, live), calls=plan.calls + more
    )


def unread_files(stack: Stack, request: PlanRequest, plan: Plan) -> list[str]:
    """Return the notice that a plan with deletes may not have read all files of the stack."""
    if not plan.of(Action.DELETE):
        return []
    unread = ", ".join(map(str, unread_beside([Path(file) for file in request.files], stack.owner)))
    if not unread:
        return []
    how = "name the folder to read all of its stack files"
    return [f"not read, since it was not named: {unread}; what is defined there counts as removed; {how}"]


def judged(context: Context, plan: Plan, live: LiveState, allowed: Allowed) -> Plan:
    """Return the plan with the problems for which an apply in this environment would refuse it."""
    plan = with_refusals(plan, context.stack, live, context.clients, allowed)
    if context.sandboxed:
        return plan
    creates = plan.of(Action.CREATE, Action.REPLACE)
    secrets = [change.ref for change in creates if change.after and change.kind.secret_of(change.after)]
    return replace(plan, problems=(*plan.problems, *secrets_lost_in_ci(context.environ, secrets)))
