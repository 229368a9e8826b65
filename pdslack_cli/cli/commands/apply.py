"""`pdslack apply`: plan, ask for confirmation, apply, report; or apply a saved plan."""

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
    MaxDeletes,
    NoDelete,
    Only,
    Quiet,
    ResetSandbox,
    RunFormat,
    RunOutputFormat,
    UseSandbox,
    WithOpenIncidents,
    Yes,
)
from pdslack_cli.cli.session import Context, advice, not_refused, opened
from pdslack_cli.cli.views.view import View
from pdslack_cli.engine.apply import Result, apply_plan
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.order import Phase, PlanStep, ordered_steps
from pdslack_cli.engine.storage.saved import FLAGS, REMEDY, Basis, PlanRequest, SavedPlan, read_saved
from pdslack_cli.errors import PdslackError, Problem
from pdslack_cli.kinds import kind_of
from pdslack_cli.render.output.progress import Progress
from pdslack_cli.render.output.streams import echo
from pdslack_cli.render.plan.shown import ShownPlan


def apply(
    files: FilesOrPlan = None,
    sandbox: UseSandbox = False,
    reset: ResetSandbox = False,
    yes: Yes = False,
    format_: RunOutputFormat = RunFormat.TEXT,
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
        with opened(paths, sandbox=request.sandbox, reset=reset, writes=True, quiet=quiet) as context:
            warnings = advice(context, paths)
            prove_writable(context)

            def make() -> Plan:
                return planned(context, request)

            changes = planned(context, request, outlook=True)
            view.advise(not_refused(warnings, changes))
            view.preview(ShownPlan.of(changes, context.stack))
            raise_if_any([*unlike_reviewed(changes, saved, expect), *changes.problems])
            # What was reviewed as it is leaves nothing to ask.
            if not (yes or saved or expect):
                changes = approved(changes, make, format_)
            carry_out(context, changes, view)


def saved_plan(files: list[Path] | None) -> SavedPlan | None:
    """Return the saved plan that the argument names, if it names one."""
    plans = [found for found in map(read_saved, files or ()) if found]
    if plans and len(files or ()) > 1:
        raise PdslackError("a saved plan cannot be combined with other files: it names its own")
    return plans[0] if plans else None


def refuse_other_flags(given: PlanRequest, saved: PlanRequest) -> None:
    """Refuse flags that change the plan together with a saved plan, which has its own."""
    raise_if_any(
        [
            Problem(f"the saved plan was made with a different {flag}", hint=f"leave it out, or {REMEDY}")
            for field, flag in FLAGS.items()
            if getattr(given, field) not in (getattr(PlanRequest(), field), getattr(saved, field))
        ]
    )


def unlike_reviewed(changes: Plan, saved: SavedPlan | None, expect: str | None) -> Iterator[Problem]:
    """Return the problem that the plan differs from the one that was reviewed, if it does."""
    basis = Basis.of(changes)
    if saved:
        yield from saved.stale_problems(basis)
    if expect and expect != basis.fingerprint:
        yield Problem(
            f"the plan does not match --expect: its fingerprint is {basis.fingerprint}",
            hint=f"a file or an object has changed since: {REMEDY}",
        )


def prove_writable(context: Context) -> None:
    """Check before the first call that the secret store is writable, if the stack has secrets."""
    if any(kind_of(ref).secret_of(entry.spec) for ref, entry in context.stack.wanted.items()):
        context.secrets.check_writable()


def approved(
    shown: Plan,
    make: Callable[[], Plan],
    format_: RunFormat,
    question: str = "Do you want to perform these actions?",
    answer: str = "yes",
) -> Plan:
    """Return the plan to apply: confirmed on the terminal, then planned again.

    The answer may take hours. Refuses to continue if the plan has changed since it was shown.
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


def confirm(question: str, answer: str, format_: RunFormat) -> None:
    """Ask for confirmation on the terminal; refuse if there is none."""
    if not sys.stdin.isatty() or format_ is not RunFormat.TEXT:
        raise PdslackError("cannot ask for confirmation without a terminal; pass --yes")
    echo(f"\n{question}\n  Only '{answer}' will be accepted to approve.\n", err=True)
    if typer.prompt("  Enter a value", default="", show_default=False, err=True) != answer:
        echo("Apply cancelled.", err=True)
        raise Failed


def carry_out(context: Context, changes: Plan, view: View, *, destroying: bool = False) -> None:
    """Apply the plan and show each step as it ends; the exit code is 0 only if every step succeeded."""
    with _interruptible() as interrupted:
        watchers = (context.audit.watch, view.step, step_counter(changes, context.progress))
        report = apply_plan(changes, context.clients, context.secrets, watchers, interrupted)
    view.report(report.located(context.stack), context.stack, destroying=destroying)
    ids = changes.id_index
    view.outputs({ref: ids.id(ref) for ref in context.stack.wanted if ref in ids and not destroying})
    if report.interrupted:
        raise typer.Exit(INTERRUPTED)
    if not report.complete:
        raise Failed


def step_counter(changes: Plan, progress: Progress) -> Callable[[PlanStep | Result], None]:
    """Return a watcher that counts the steps of a plan as they end."""
    total = sum(step.phase is not Phase.DEDUPLICATE for step in ordered_steps(changes.changes))
    count, done = progress.counter("applied", shows_rest=True), 0

    def watch(event: PlanStep | Result) -> None:
        nonlocal done
        if isinstance(event, Result) and event.step.phase is not Phase.DEDUPLICATE:
            done += 1
            count(done, total)

    return watch


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """Context manager: Ctrl-C lets running calls finish and starts no others."""
    interrupted = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
