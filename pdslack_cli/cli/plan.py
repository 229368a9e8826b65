"""`pdslack plan`: what apply would change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from pdslack_cli.cli.door import reported_errors
from pdslack_cli.cli.options import (
    Adopt,
    DetailedExitCode,
    Files,
    Format,
    NoDelete,
    Only,
    OutputFormat,
    Quiet,
    ResetSandbox,
    UseSandbox,
)

if TYPE_CHECKING:
    from pdslack_cli.cli.session import Context
    from pdslack_cli.engine.change import Plan


def plan(
    files: Files = None,
    sandbox: UseSandbox = False,
    reset: ResetSandbox = False,
    format_: OutputFormat = Format.TEXT,
    detailed_exitcode: DetailedExitCode = False,
    adopt: Adopt = False,
    no_delete: NoDelete = False,
    only: Only = None,
    quiet: Quiet = False,
) -> None:
    """Show what apply would change, and change nothing."""
    with reported_errors(format_):
        from pdslack_cli.cli.session import opened

        with opened(files, sandbox=sandbox, reset=reset) as context:
            changes = planned(context, adopt=adopt, delete=not no_delete, only=only)
        show(changes, format_, quiet=quiet)
        refuse_problems(changes, format_)
    if detailed_exitcode and changes.changes:
        raise typer.Exit(2)


def planned(context: Context, *, adopt: bool, delete: bool, only: list[str] | None) -> Plan:
    """Read what is live and compare."""
    from pdslack_cli.cli.session import parse_refs
    from pdslack_cli.engine.live import read_live
    from pdslack_cli.engine.plan import make_plan

    refs = parse_refs(context.stack, only)
    live = read_live(context.stack, context.clients)
    return make_plan(
        context.stack, live, adopt=adopt, delete=delete, only=refs, may_restore=context.may_restore
    )


def show(changes: Plan, format_: Format, *, quiet: bool) -> None:
    """The plan on standard output."""
    if format_ is Format.JSON:
        from pdslack_cli.render.plan_json import plan_json

        typer.echo(json.dumps(plan_json(changes), indent=2, ensure_ascii=False))
    else:
        from pdslack_cli.render.console import stdout
        from pdslack_cli.render.plan_text import print_plan

        print_plan(changes, stdout(), quiet=quiet)


def refuse_problems(changes: Plan, format_: Format) -> None:
    """End with the plan's problems; in JSON they stand in the plan itself already."""
    from pdslack_cli.cli.door import Failed
    from pdslack_cli.render.console import stderr
    from pdslack_cli.render.problems import print_problems

    if changes.problems:
        print_problems(changes.problems, stderr())
        raise Failed
