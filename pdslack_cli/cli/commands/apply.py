"""`pdslack apply`: plan, ask for confirmation, apply, report; or apply a saved plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from pdslack_cli.cli.errors import raise_if_any, reported_errors
from pdslack_cli.cli.next_command import command_line
from pdslack_cli.cli.options import (
    Adopt,
    Expect,
    FilesOrPlan,
    MaxDeletes,
    NoDelete,
    OnlyChanges,
    Quiet,
    ResetSandbox,
    RunFormat,
    RunOutputFormat,
    UseSandbox,
    WithOpenIncidents,
    Yes,
)
from pdslack_cli.cli.run.applying import approved, carry_out, prove_writable
from pdslack_cli.cli.run.planning import advice, not_refused, planned, request_of
from pdslack_cli.cli.run.session import opened
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.slack_app.workflows import apps_of
from pdslack_cli.engine.storage.saved import FLAGS, REMEDY, Basis, PlanRequest, SavedPlan, read_saved
from pdslack_cli.errors import PdslackError, Problem
from pdslack_cli.model import Ref
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
    only: OnlyChanges = None,
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
            reviewed = [change.address for change in saved.basis.changes] if saved else []
            changes = planned(context, request, outlook=True, reviewed=reviewed)
            view.advise(not_refused(warnings, changes))
            shown = ShownPlan.of(changes, context.stack)
            view.preview(shown)
            stale = saved.stale_problems(Basis.of(changes)) if saved else ()
            raise_if_any([*stale, *unexpected(shown.fingerprint, expect), *changes.problems])
            # What was reviewed as it is leaves nothing to ask.
            if not (yes or saved or expect):
                reviewed = [str(change.ref) for change in changes.changes]
                changes = approved(changes, partial(planned, context, request, reviewed=reviewed), format_)
            carry_out(context, changes, view, partial(what_is_left, context.stack, request))


def what_is_left(stack: Stack, request: PlanRequest, left: Sequence[Ref]) -> tuple[str, ...]:
    """Return the command that does what is left; it names nothing that is removed and has no entry."""
    known = [*map(str, (*stack.entries, *apps_of(stack), *left))]
    only = [text for text in request.only if text in known or any(fnmatchcase(name, text) for name in known)]
    again = request.model_copy(update={"only": tuple(only)})
    return (command_line("apply", *again.arguments()),)


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


def unexpected(fingerprint: str, expect: str | None) -> Iterator[Problem]:
    """Return the problem that the plan is not the one that `--expect` names, if it is not."""
    if expect and expect != fingerprint:
        whole = len(expect) == len(fingerprint)
        yield Problem(
            f"the plan does not match --expect: its fingerprint is {fingerprint}",
            hint=f"a file or an object has changed since: {REMEDY}"
            if whole
            else f"a fingerprint has {len(fingerprint)} characters, and --expect {len(expect)}",
        )
