"""`pdslack apply`: plan, ask, do, report."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from pdslack_cli.cli.door import Failed, refuse, reported_errors
from pdslack_cli.cli.options import (
    Adopt,
    Files,
    Format,
    MaxDeletes,
    NoDelete,
    Only,
    OutputFormat,
    Quiet,
    ResetSandbox,
    UseSandbox,
    WithOpenIncidents,
    Yes,
)

if TYPE_CHECKING:
    from pdslack_cli.cli.session import Context
    from pdslack_cli.engine.change import Plan

INTERRUPTED = 130


def apply(
    files: Files = None,
    sandbox: UseSandbox = False,
    reset: ResetSandbox = False,
    yes: Yes = False,
    format_: OutputFormat = Format.TEXT,
    adopt: Adopt = False,
    no_delete: NoDelete = False,
    max_deletes: MaxDeletes = None,
    delete_with_open_incidents: WithOpenIncidents = False,
    only: Only = None,
    quiet: Quiet = False,
) -> None:
    """Make PagerDuty and Slack what the files say."""
    with reported_errors(format_):
        from pdslack_cli.cli.plan import planned, refuse_problems, show
        from pdslack_cli.cli.session import opened

        with opened(files, sandbox=sandbox, reset=reset) as context:
            prove_writable(context)
            changes = planned(context, adopt=adopt, delete=not no_delete, only=only)
            if format_ is Format.TEXT:
                show(changes, format_, quiet=quiet)
                refuse_problems(changes, format_)
            refuse([*changes.problems], format_)
            guard(context, changes, max_deletes, with_open_incidents=delete_with_open_incidents)
            if changes.changes and not yes:
                confirm("Do you want to perform these actions?", "yes", format_)
            carry_out(context, changes, format_, quiet=quiet)


def prove_writable(context: Context) -> None:
    """That secrets and the audit log can be kept is proved before the first call."""
    context.secrets.prove()
    context.audit.prove()


def guard(context: Context, changes: Plan, max_deletes: int | None, *, with_open_incidents: bool) -> None:
    """Refuse what must be said twice."""
    from pdslack_cli.engine.change import Action
    from pdslack_cli.engine.guard import open_incidents, too_many_deletes
    from pdslack_cli.engine.secrets import refuse_lost_secrets

    refuse([*too_many_deletes(changes, max_deletes)])
    if not with_open_incidents:
        refuse([*open_incidents(changes, context.clients)])
    if not context.sandboxed:
        creates = changes.of(Action.CREATE, Action.REPLACE)
        refuse_lost_secrets(context.environ, [change.ref for change in creates if change.kind.makes_secret])


def confirm(question: str, answer: str, format_: Format) -> None:
    """Ask on the terminal; where nobody can answer, refuse."""
    from pdslack_cli.errors import PdslackError

    if not sys.stdin.isatty() or format_ is Format.JSON:
        raise PdslackError("nobody is there to confirm this: say --yes")
    typer.echo(f"\n{question}\n  Only '{answer}' will be accepted to approve.\n", err=True)
    if typer.prompt("  Enter a value", default="", show_default=False, err=True) != answer:
        typer.echo("Apply cancelled.", err=True)
        raise Failed


def carry_out(
    context: Context, changes: Plan, format_: Format, *, quiet: bool, destroying: bool = False
) -> None:
    """Do the plan, showing each step as it ends; the exit code tells whether all of it was done."""
    from pdslack_cli.engine.apply import Result, apply_plan
    from pdslack_cli.engine.order import Step
    from pdslack_cli.render.console import stderr, stdout
    from pdslack_cli.render.report import print_report, print_result, print_start, report_json

    progress = stderr()

    def watch(event: Step | Result) -> None:
        if isinstance(event, Result):
            context.audit.record(event)
        if quiet or format_ is Format.JSON:
            return
        if isinstance(event, Result):
            print_result(event, progress)
        else:
            print_start(event.change, progress)

    if not changes.changes and format_ is Format.TEXT:
        return
    with _interruptible() as interrupted:
        report = apply_plan(changes, context.clients, context.secrets, watch, interrupted)
    if format_ is Format.JSON:
        typer.echo(json.dumps(report_json(report, destroying=destroying), indent=2))
    else:
        print_report(report, stdout(), stderr(), destroying=destroying)
    if report.interrupted:
        raise typer.Exit(INTERRUPTED)
    if not report.complete:
        raise Failed


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """While this lasts, Ctrl-C lets running calls end and starts no others."""
    interrupted = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
