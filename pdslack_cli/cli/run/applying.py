"""The apply of a plan: proof that secrets can be kept, confirmation, and the steps as they end."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import typer

from pdslack_cli.cli.errors import Failed, raise_if_any
from pdslack_cli.cli.exit_codes import INTERRUPTED
from pdslack_cli.cli.options import (
    RunFormat,
)
from pdslack_cli.cli.run.session import Context
from pdslack_cli.cli.views.view import View
from pdslack_cli.engine.apply import apply_plan
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.order import Phase, PlanStep, ordered_steps
from pdslack_cli.engine.report import Result
from pdslack_cli.engine.storage.saved import Basis
from pdslack_cli.errors import PdslackError, Problem
from pdslack_cli.kinds import kind_of
from pdslack_cli.model import Ref
from pdslack_cli.render.output.progress import Progress
from pdslack_cli.render.output.streams import echo


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


def carry_out(
    context: Context,
    changes: Plan,
    view: View,
    again: Callable[[Sequence[Ref]], tuple[str, ...]],
    *,
    destroying: bool = False,
) -> None:
    """Apply the plan and show each step as it ends; the exit code is 0 only if every step succeeded.

    `again` returns the commands that do what is left, for the objects that are not done.
    """
    with _interruptible() as interrupted:
        watchers = (context.audit.watch, view.step, step_counter(changes, context.progress))
        report = apply_plan(changes, context.clients, context.secrets, watchers, interrupted)
    report = replace(report.located(context.stack), again=again(report.not_done))
    view.report(report, context.stack.owner, destroying=destroying)
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
