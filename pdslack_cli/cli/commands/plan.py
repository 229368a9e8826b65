"""`pdslack plan`: show what apply would change."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from pathlib import Path

import typer

from pdslack_cli.analysis.impact import impact_of
from pdslack_cli.analysis.oncall.following import follow_on_call
from pdslack_cli.analysis.oncall.outlook import outlook_of
from pdslack_cli.cli.errors import Failed, reported_errors
from pdslack_cli.cli.exit_codes import CHANGES
from pdslack_cli.cli.next_command import apply_exactly
from pdslack_cli.cli.options import (
    Adopt,
    DetailedExitCode,
    Files,
    MaxDeletes,
    NoDelete,
    Only,
    Out,
    Quiet,
    ResetSandbox,
    RunFormat,
    RunOutputFormat,
    UseSandbox,
    WithOpenIncidents,
)
from pdslack_cli.cli.session import Context, advice, not_refused, opened, parse_refs
from pdslack_cli.config.sources.beside import unread_beside
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Plan
from pdslack_cli.engine.live import LiveState, read_live, unread_catalogues, with_catalogues
from pdslack_cli.engine.ownership.matching import resolve_ownership
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.refusals import Allowed, with_refusals
from pdslack_cli.engine.slack_app.kind import AppPlan, plan_app
from pdslack_cli.engine.slack_app.provision import APP, kept_as, known_app_id, stored_app_id
from pdslack_cli.engine.slack_app.workflows import WORKFLOWS_APP, references_of, workflows_of
from pdslack_cli.engine.slack_app.workflows_kind import plan_workflows
from pdslack_cli.engine.storage.saved import Basis, PlanRequest, SavedPlan, write_saved
from pdslack_cli.engine.storage.secrets import missing_secrets, secrets_lost_in_ci
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.model import Ref
from pdslack_cli.render.output.streams import echo
from pdslack_cli.render.plan.shown import ShownPlan


def plan(
    files: Files = None,
    sandbox: UseSandbox = False,
    reset: ResetSandbox = False,
    format_: RunOutputFormat = RunFormat.TEXT,
    out: Out = None,
    detailed_exitcode: DetailedExitCode = False,
    adopt: Adopt = False,
    no_delete: NoDelete = False,
    max_deletes: MaxDeletes = None,
    delete_with_open_incidents: WithOpenIncidents = False,
    only: Only = None,
    quiet: Quiet = False,
) -> None:
    with reported_errors(format_, files, command="plan", quiet=quiet) as view:
        request = request_of(
            files,
            adopt=adopt,
            no_delete=no_delete,
            max_deletes=max_deletes,
            delete_with_open_incidents=delete_with_open_incidents,
            only=only,
            sandbox=sandbox,
        )
        with opened(files, sandbox=sandbox, reset=reset, quiet=quiet) as context:
            warnings = advice(context, files)
            changes = planned(context, request, outlook=True)
            view.advise(not_refused(warnings, changes))
        shown = ShownPlan.of(changes, context.stack)
        if out and not changes.problems:
            save(changes, shown, request, out)
        view.plan(shown, apply_exactly(shown.fingerprint, request), out)
        if out and changes.problems:
            echo(f"The plan was not saved to {out}: it cannot be applied.", err=True)
    if changes.problems:
        raise Failed
    if detailed_exitcode and changes.changes:
        raise typer.Exit(CHANGES)


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
    """Return the arguments of the plan, so that it can be repeated from the same working directory."""
    return PlanRequest(
        files=tuple(os.path.relpath(file) for file in files or ()),
        adopt=adopt,
        delete=not no_delete,
        only=tuple(only or ()),
        max_deletes=max_deletes,
        delete_with_open_incidents=delete_with_open_incidents,
        sandbox=sandbox,
    )


def planned(context: Context, request: PlanRequest, *, outlook: bool = False) -> Plan:
    """Read the live objects, compare, and add what an apply would refuse.

    With `outlook` it also says what the changes mean for people: who is on call before and after.
    """
    stack = context.stack
    refs = parse_refs(stack, request.only, more=apps_of(stack))
    apps = named_apps(stack, refs) if refs else {APP, WORKFLOWS_APP}
    live = read_live(
        stack,
        context.clients,
        context.audit.recently_made(),
        watch=context.progress.counter("reading"),
    )
    live = replace(live, created=context.audit.created())
    make = partial(
        make_plan,
        adopt=request.adopt,
        delete=request.delete,
        only=[*refs, *unmade_channels(stack, live)] if refs and WORKFLOWS_APP in apps else refs,
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
        plan = with_app(context, plan, workflows_planned)
    if APP in apps:
        plan = with_app(context, plan, app_planned)
    allowed = Allowed(request.max_deletes, open_incidents=request.delete_with_open_incidents)
    plan = judged(context, plan, live, allowed)
    return with_outlook(context, plan, live) if outlook else plan


def apps_of(stack: Stack) -> list[Ref]:
    """Return the Slack apps of the stack, which are changes of a plan and no entries."""
    app = [APP] if stack.header.slack_app else []
    return [*app, *([WORKFLOWS_APP] if stack.of_kind("slack_workflow") else [])]


def named_apps(stack: Stack, refs: Collection[Ref]) -> set[Ref]:
    """Return the apps among what `--only` names: Slack takes all workflows as one, whichever is named."""
    named = {WORKFLOWS_APP if ref.kind == "slack_workflow" else ref for ref in refs}
    return named & set(apps_of(stack))


def unmade_channels(stack: Stack, live: LiveState) -> list[Ref]:
    """Return what the workflows refer to, and what does not exist yet."""
    index = resolve_ownership(stack, live.objects).id_index
    wanted = {ref for ref in references_of(workflows_of(stack)) if ref.kind in MANAGED_NAMED}
    return sorted(ref for ref in wanted if ref not in index)


def with_app(context: Context, plan: Plan, make: Callable[[Context, Plan], AppPlan]) -> Plan:
    """Return the plan with the change of a Slack app; its calls are counted."""
    calls = context.clients.calls
    found = make(context, plan)
    lost = () if context.sandboxed else secrets_lost_in_ci(context.environ, found.secrets)
    return replace(
        plan,
        changes=(*([found.change] if found.change else []), *plan.changes),
        notices=(*plan.notices, *found.notices),
        problems=(*plan.problems, *found.problems, *lost),
        left_behind=(*plan.left_behind, *found.left_behind),
        unread=plan.unread | ({"slack_app"} if found.unread else set()),
        calls=plan.calls + context.clients.calls - calls,
    )


def app_planned(context: Context, plan: Plan) -> AppPlan:
    """Compare the stack's Slack app."""
    app, sandboxed = context.stack.header.slack_app, context.sandboxed
    if app is None:
        return AppPlan()
    known = known_app_id(app, context.environ, context.folder, sandboxed=sandboxed)
    place = kept_as(APP, sandboxed=sandboxed)
    return plan_app(context.stack, context.clients, context.secrets, place, known, plan.read_at)


def workflows_planned(context: Context, plan: Plan) -> AppPlan:
    """Compare the Slack workflows, and the app that holds them."""
    if context.stack.header.slack_app is None and not context.stack.of_kind("slack_workflow"):
        return AppPlan()  # its secret store is not the concern of a stack that has no apps
    known = stored_app_id(WORKFLOWS_APP, context.environ, context.folder, sandboxed=context.sandboxed)
    return plan_workflows(
        context.stack,
        context.clients,
        context.secrets,
        known,
        plan.id_index,
        plan.read_at,
        sandboxed=context.sandboxed,
    )


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


def save(changes: Plan, shown: ShownPlan, request: PlanRequest, out: Path) -> None:
    """Save the plan with its arguments and its presentation."""
    saved = SavedPlan(request=request, basis=Basis.of(changes), shown=shown.model_dump(mode="json"))
    write_saved(out, shown.document, saved)
