"""`pdslack plan`: show what apply would change."""

from __future__ import annotations

from pathlib import Path

import typer

from pdslack_cli.cli.errors import Failed, reported_errors
from pdslack_cli.cli.exit_codes import CHANGES
from pdslack_cli.cli.next_command import apply_exactly
from pdslack_cli.cli.options import (
    Adopt,
    DetailedExitCode,
    Files,
    MaxDeletes,
    NoDelete,
    OnlyChanges,
    Out,
    Quiet,
    ResetSandbox,
    RunFormat,
    RunOutputFormat,
    UseSandbox,
    WithOpenIncidents,
)
from pdslack_cli.cli.run.planning import advice, not_refused, planned, request_of
from pdslack_cli.cli.run.session import opened
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.storage.saved import Basis, PlanRequest, SavedPlan, write_saved
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
    only: OnlyChanges = None,
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
            warnings = not_refused(warnings, changes)
            view.advise(warnings)
        shown = ShownPlan.of(changes, context.stack, warnings)
        if out and not changes.problems:
            save(changes, shown, request, out)
        view.plan(shown, apply_exactly(shown.fingerprint, request), out)
        if out and changes.problems:
            echo(f"The plan was not saved to {out}: it cannot be applied.", err=True)
    if changes.problems:
        raise Failed
    if detailed_exitcode and changes.changes:
        raise typer.Exit(CHANGES)


def save(changes: Plan, shown: ShownPlan, request: PlanRequest, out: Path) -> None:
    """Save the plan with its arguments and its presentation."""
    saved = SavedPlan(request=request, basis=Basis.of(changes), shown=shown.model_dump(mode="json"))
    write_saved(out, shown.document, saved)
