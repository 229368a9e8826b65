"""`pdslack destroy`: delete all objects with the owner's mark."""

from __future__ import annotations

from dataclasses import replace

from pdslack_cli.cli.errors import raise_if_any, reported_errors
from pdslack_cli.cli.next_command import command_line
from pdslack_cli.cli.options import (
    Files,
    MaxDeletes,
    Quiet,
    ResetSandbox,
    RunFormat,
    RunOutputFormat,
    UseSandbox,
    WithOpenIncidents,
    Yes,
)
from pdslack_cli.cli.run.applying import approved, carry_out, prove_writable
from pdslack_cli.cli.run.planning import apps_left_behind, judged, live_of
from pdslack_cli.cli.run.session import opened
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.engine.refusals import Allowed
from pdslack_cli.engine.storage.saved import PlanRequest
from pdslack_cli.render.plan.shown import ShownPlan


def destroy(
    files: Files = None,
    sandbox: UseSandbox = False,
    reset: ResetSandbox = False,
    yes: Yes = False,
    format_: RunOutputFormat = RunFormat.TEXT,
    max_deletes: MaxDeletes = None,
    delete_with_open_incidents: WithOpenIncidents = False,
    quiet: Quiet = False,
) -> None:
    with (
        reported_errors(format_, files, command="destroy", quiet=quiet) as view,
        opened(files, sandbox=sandbox, reset=reset, writes=True, quiet=quiet) as context,
    ):
        prove_writable(context)

        def make() -> Plan:
            live = live_of(context, everything=True)
            changes = plan_destroy(context.stack, live)
            changes = replace(changes, notices=(*changes.notices, *apps_left_behind(context)))
            # All of it goes by intent, so counting deletes would only teach people to raise the limit.
            limit = len(changes.changes) if max_deletes is None else max_deletes
            allowed = Allowed(limit, open_incidents=delete_with_open_incidents)
            return judged(context, changes, live, allowed)

        changes = make()
        view.preview(ShownPlan.of(changes, context.stack))
        raise_if_any([*changes.problems])
        if not yes:
            owner = context.stack.owner
            question = f"Do you really want to destroy all objects of owner {owner!r}?"
            changes = approved(changes, make, format_, question, owner)
        request = PlanRequest(
            files=tuple(map(str, files or ())),
            max_deletes=max_deletes,
            delete_with_open_incidents=delete_with_open_incidents,
            sandbox=sandbox,
        )
        again = command_line("destroy", *request.arguments())
        carry_out(context, changes, view, lambda left: (again,), destroying=True)
