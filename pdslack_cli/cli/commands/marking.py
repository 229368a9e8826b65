"""`pdslack adopt`, `release` and `rotate`: change marks and secrets only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from pdslack_cli.cli.completion import complete_refs
from pdslack_cli.cli.errors import raise_if_any, reported_errors
from pdslack_cli.cli.next_command import command_line
from pdslack_cli.cli.options import Quiet, RunFormat, RunOutputFormat, StackFiles, UseSandbox, Yes
from pdslack_cli.cli.run.applying import approved, carry_out, prove_writable
from pdslack_cli.cli.run.planning import judged, live_of
from pdslack_cli.cli.run.session import opened
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.marking import plan_adopt, plan_release, plan_rotate
from pdslack_cli.engine.refusals import Allowed
from pdslack_cli.engine.storage.saved import PlanRequest
from pdslack_cli.model import Ref
from pdslack_cli.render.plan.shown import ShownPlan

Refs = Annotated[
    list[str],
    typer.Argument(
        help="References, or patterns such as 'service/*'.",
        metavar="REF",
        show_default=False,
        autocompletion=complete_refs,
    ),
]
From = Annotated[
    str,
    typer.Option("--from", help="Take over from this owner.", metavar="OWNER", envvar="PDSLACK_ADOPT_FROM"),
]


def adopt(
    refs: Refs,
    files: StackFiles = None,
    from_: From = "",
    sandbox: UseSandbox = False,
    yes: Yes = False,
    format_: RunOutputFormat = RunFormat.TEXT,
    quiet: Quiet = False,
) -> None:
    def make(stack: Stack, live: LiveState) -> Plan:
        return plan_adopt(stack, live, refs, from_owner=from_)

    more = ("--from", from_) if from_ else ()

    def again(left: Sequence[Ref]) -> tuple[str, ...]:
        return (_same("adopt", left, files, *more, sandbox=sandbox),)

    _run(files, make, again, sandbox=sandbox, yes=yes, format_=format_, quiet=quiet)


def release(
    refs: Refs,
    files: StackFiles = None,
    sandbox: UseSandbox = False,
    yes: Yes = False,
    format_: RunOutputFormat = RunFormat.TEXT,
    quiet: Quiet = False,
) -> None:
    def make(stack: Stack, live: LiveState) -> Plan:
        return plan_release(stack, live, refs)

    def again(left: Sequence[Ref]) -> tuple[str, ...]:
        return (_same("release", left, files, sandbox=sandbox),)

    _run(files, make, again, sandbox=sandbox, yes=yes, format_=format_, quiet=quiet)


def rotate(
    refs: Refs,
    files: StackFiles = None,
    sandbox: UseSandbox = False,
    yes: Yes = False,
    format_: RunOutputFormat = RunFormat.TEXT,
    quiet: Quiet = False,
) -> None:
    def make(stack: Stack, live: LiveState) -> Plan:
        return plan_rotate(stack, live, refs)

    def again(left: Sequence[Ref]) -> tuple[str, ...]:
        # An apply finishes one that was begun, and removes what is left over of it.
        request = PlanRequest(files=tuple(map(str, files or ())), only=tuple(map(str, left)), sandbox=sandbox)
        return command_line("apply", *request.arguments()), _same("rotate", left, files, sandbox=sandbox)

    _run(files, make, again, sandbox=sandbox, yes=yes, format_=format_, quiet=quiet)


def _same(command: str, left: Sequence[Ref], files: list[Path] | None, *more: str, sandbox: bool) -> str:
    """Return the same command line for the objects that are left."""
    named = [word for file in files or () for word in ("--file", str(file))]
    return command_line(command, *map(str, left), *more, *named, *(["--sandbox"] if sandbox else ()))


def _run(
    files: list[Path] | None,
    make: Callable[[Stack, LiveState], Plan],
    again: Callable[[Sequence[Ref]], tuple[str, ...]],
    *,
    sandbox: bool,
    yes: bool,
    format_: RunFormat,
    quiet: bool,
) -> None:
    """Plan, ask for confirmation and apply; all named objects, or nothing."""
    with (
        reported_errors(format_, files, quiet=quiet) as view,
        opened(files, sandbox=sandbox, writes=True, quiet=quiet) as context,
    ):
        prove_writable(context)

        def make_now() -> Plan:
            live = live_of(context)
            changes = make(context.stack, live)
            # A renewed secret replaces its object by intent.
            return judged(context, changes, live, Allowed(len(changes.changes), open_incidents=True))

        changes = make_now()
        raise_if_any([*changes.problems])
        view.preview(ShownPlan.of(changes, context.stack))
        if not yes:
            changes = approved(changes, make_now, format_)
        carry_out(context, changes, view, again)
