"""`pdslack plan`: what apply would change."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import typer

from pdslack_cli.cli.errors import Failed, reported_errors
from pdslack_cli.cli.exit_codes import CHANGES
from pdslack_cli.cli.next_command import apply_exactly
from pdslack_cli.cli.options import (
    Adopt,
    DetailedExitCode,
    Files,
    Format,
    MaxDeletes,
    NoDelete,
    Only,
    Out,
    OutputFormat,
    Quiet,
    ResetSandbox,
    UseSandbox,
    WithOpenIncidents,
)
from pdslack_cli.cli.session import Context, advice, opened, parse_refs
from pdslack_cli.config.sources.beside import unread_beside
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Plan
from pdslack_cli.engine.live import LiveState, read_live, with_catalogues
from pdslack_cli.engine.plan import make_plan, unread_catalogues
from pdslack_cli.engine.refusals import Allowed, with_refusals
from pdslack_cli.engine.storage.saved import Basis, PlanRequest, SavedPlan, write_saved
from pdslack_cli.engine.storage.secrets import missing_secrets, secrets_lost_in_ci
from pdslack_cli.render.output.streams import echo
from pdslack_cli.render.plan.as_json import plan_json


def plan(
    files: Files = None,
    sandbox: UseSandbox = False,
    reset: ResetSandbox = False,
    format_: OutputFormat = Format.TEXT,
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
        with opened(files, sandbox=sandbox, reset=reset) as context:
            view.advise(advice(context.stack))
            changes = planned(context, request)
        if out and not changes.problems:
            save(changes, request, out)
        view.plan(changes, context.stack, apply_exactly(changes, request), out)
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
    """What the flags ask for, so that it can be asked again from the same working directory."""
    return PlanRequest(
        files=tuple(os.path.relpath(file) for file in files or ()),
        adopt=adopt,
        delete=not no_delete,
        only=tuple(only or ()),
        max_deletes=max_deletes,
        delete_with_open_incidents=delete_with_open_incidents,
        sandbox=sandbox,
    )


def planned(context: Context, request: PlanRequest) -> Plan:
    """Read what is live, compare, and tell what an apply would refuse."""
    refs = parse_refs(context.stack, request.only)
    make = partial(
        make_plan,
        context.stack,
        adopt=request.adopt,
        delete=request.delete,
        only=refs,
        may_restore=context.may_restore,
    )
    live = read_live(context.stack, context.clients, context.audit.recently_made())
    plan = make(live)
    if unread := unread_catalogues(plan, live):
        live = with_catalogues(live, context.clients, unread)
        plan = make(live)
    missing = [
        f"{problem.message}: {problem.hint}"
        for problem in missing_secrets(context.stack, live, context.secrets)
    ]
    beside = unread_files(context.stack, request, plan)
    plan = replace(plan, notices=(*plan.notices, *missing, *beside))
    allowed = Allowed(request.max_deletes, open_incidents=request.delete_with_open_incidents)
    return judged(context, plan, live, allowed)


def unread_files(stack: Stack, request: PlanRequest, plan: Plan) -> list[str]:
    """The notice that a plan with deletes did not read all of the stack, where that could be why."""
    if not plan.of(Action.DELETE):
        return []
    unread = ", ".join(map(str, unread_beside([Path(file) for file in request.files], stack.owner)))
    if not unread:
        return []
    how = "name the folder to read all of its stack files"
    return [f"not read, since it was not named: {unread}; what is defined there counts as removed; {how}"]


def judged(context: Context, plan: Plan, live: LiveState, allowed: Allowed) -> Plan:
    """The plan, with whatever an apply of it in this environment refuses among its problems."""
    plan = with_refusals(plan, context.stack, live, context.clients, allowed)
    if context.sandboxed:
        return plan
    creates = plan.of(Action.CREATE, Action.REPLACE)
    secrets = [change.ref for change in creates if change.kind.secret_name]
    return replace(plan, problems=(*plan.problems, *secrets_lost_in_ci(context.environ, secrets)))


def save(changes: Plan, request: PlanRequest, out: Path) -> None:
    """Write the plan, and how to make it again."""
    write_saved(out, plan_json(changes), SavedPlan(request=request, basis=Basis.of(changes)))
