"""`pdslack apply`: plan, ask, do, report; or a saved plan."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from pdslack_cli.cli.commands.plan import planned, request_of
from pdslack_cli.cli.errors import Failed, raise_if_any, reported_errors
from pdslack_cli.cli.exit_codes import INTERRUPTED
from pdslack_cli.cli.options import (
    Adopt,
    Expect,
    FilesOrPlan,
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
from pdslack_cli.cli.session import Context, advice, opened
from pdslack_cli.cli.views.view import View
from pdslack_cli.engine.apply import apply_plan
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.storage.saved import FLAGS, REMEDY, Basis, PlanRequest, SavedPlan, read_saved
from pdslack_cli.errors import PdslackError, Problem
from pdslack_cli.kinds import kind_of
from pdslack_cli.render.output.streams import echo


def apply(
    files: FilesOrPlan = None,
    sandbox: UseSandbox = False,
    reset: ResetSandbox = False,
    yes: Yes = False,
    format_: OutputFormat = Format.TEXT,
    expect: Expect = None,
    adopt: Adopt = False,
    no_delete: NoDelete = False,
    max_deletes: MaxDeletes = None,
    delete_with_open_incidents: WithOpenIncidents = False,
    only: Only = None,
    quiet: Quiet = False,
) -> None:
    with reported_errors(format_, files, command="apply", quiet=quiet) as view:
        given = request_of(
            files,
            adopt=adopt,
            no_delete=no_delete,
            max_deletes=max_deletes,
            delete_with_open_incidents=delete_with_open_incidents,
            only=only,
            sandbox=sandbox,
        )
        saved = saved_plan(files)
        if saved:
            refuse_other_flags(given, saved.request)
        request = saved.request if saved else given
        paths = [Path(file) for file in request.files] or None
        with opened(paths, sandbox=request.sandbox, reset=reset, writes=True) as context:
            view.advise(advice(context.stack))
            prove_writable(context)

            def make() -> Plan:
                return planned(context, request)

            changes = make()
            view.preview(changes)
            raise_if_any([*unlike_reviewed(changes, saved, expect), *changes.problems])
            # What was reviewed as it is leaves nothing to ask.
            if not (yes or saved or expect):
                changes = approved(changes, make, format_)
            carry_out(context, changes, view)


def saved_plan(files: list[Path] | None) -> SavedPlan | None:
    """The saved plan that the argument names, if it does."""
    plans = [found for found in map(read_saved, files or ()) if found]
    if plans and len(files or ()) > 1:
        raise PdslackError("a saved plan cannot be combined with other files: it names its own")
    return plans[0] if plans else None


def refuse_other_flags(given: PlanRequest, saved: PlanRequest) -> None:
    """A saved plan brings its own flags; others would make another plan."""
    raise_if_any(
        [
            Problem(f"the saved plan was made with a different {flag}", hint=f"leave it out, or {REMEDY}")
            for field, flag in FLAGS.items()
            if getattr(given, field) not in (getattr(PlanRequest(), field), getattr(saved, field))
        ]
    )


def unlike_reviewed(changes: Plan, saved: SavedPlan | None, expect: str | None) -> Iterator[Problem]:
    """Where the plan is not the one that was reviewed."""
    basis = Basis.of(changes)
    if saved:
        yield from saved.stale_problems(basis)
    if expect and expect != basis.fingerprint:
        yield Problem(
            f"the plan does not match --expect: its fingerprint is {basis.fingerprint}",
            hint=f"a file or an object has changed since: {REMEDY}",
        )


def prove_writable(context: Context) -> None:
    """That secrets can be kept is proved before the first call, where the stack has any."""
    if any(kind_of(ref).secret_name for ref in context.stack.wanted):
        context.secrets.check_writable()


def approved(
    shown: Plan,
    make: Callable[[], Plan],
    format_: Format,
    question: str = "Do you want to perform these actions?",
    answer: str = "yes",
) -> Plan:
    """The plan to carry out: asked for on the terminal, then made again.

    Whoever answers may take hours. Refuses where the plan is not the one any more that was shown.
    """
    if not shown.changes:
        return shown
    confirm(question, answer, format_)
    now = make()
    was, is_ = Basis.of(shown), Basis.of(now)
    if was != is_:
        changed = "Something changed while waiting for confirmation; nothing was applied"
        hint = "run the command again and review the new plan"
        raise_if_any([Problem(changed, hint=hint), *map(Problem, was.differences(is_)), *now.problems])
    raise_if_any([*now.problems])
    return now


def confirm(question: str, answer: str, format_: Format) -> None:
    """Ask on the terminal; where nobody can answer, refuse."""
    if not sys.stdin.isatty() or format_ is not Format.TEXT:
        raise PdslackError("cannot ask for confirmation without a terminal; pass --yes")
    echo(f"\n{question}\n  Only '{answer}' will be accepted to approve.\n", err=True)
    if typer.prompt("  Enter a value", default="", show_default=False, err=True) != answer:
        echo("Apply cancelled.", err=True)
        raise Failed


def carry_out(context: Context, changes: Plan, view: View, *, destroying: bool = False) -> None:
    """Do the plan, showing each step as it ends; the exit code tells whether all of it was done."""
    with _interruptible() as interrupted:
        watchers = (context.audit.watch, view.step)
        report = apply_plan(changes, context.clients, context.secrets, watchers, interrupted)
    view.report(report, context.stack, destroying=destroying)
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
