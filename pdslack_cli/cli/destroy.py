"""`pdslack destroy`: delete all that the owner marks."""

from __future__ import annotations

from pdslack_cli.cli.door import reported_errors
from pdslack_cli.cli.options import (
    Files,
    Format,
    MaxDeletes,
    OutputFormat,
    Quiet,
    ResetSandbox,
    UseSandbox,
    WithOpenIncidents,
    Yes,
)


def destroy(
    files: Files = None,
    sandbox: UseSandbox = False,
    reset: ResetSandbox = False,
    yes: Yes = False,
    format_: OutputFormat = Format.TEXT,
    max_deletes: MaxDeletes = None,
    delete_with_open_incidents: WithOpenIncidents = False,
    quiet: Quiet = False,
) -> None:
    """Delete every object that bears the owner's mark, of every kind."""
    with reported_errors(format_, files, command="destroy", quiet=quiet) as view:
        from pdslack_cli.cli.apply import carry_out, confirm, guard, prove_writable
        from pdslack_cli.cli.session import opened
        from pdslack_cli.engine.live import read_live
        from pdslack_cli.engine.plan import plan_destroy

        with opened(files, sandbox=sandbox, reset=reset, writes=True) as context:
            prove_writable(context)
            changes = plan_destroy(context.stack, read_live(context.stack, context.clients))
            view.preview(changes)
            # All of it goes by intent, so counting deletes would only teach people to raise the limit.
            allowed = len(changes.changes) if max_deletes is None else max_deletes
            guard(context, changes, allowed, with_open_incidents=delete_with_open_incidents)
            if changes.changes and not yes:
                question = f"Do you really want to destroy all objects of owner {context.stack.owner!r}?"
                confirm(question, context.stack.owner, format_)
            carry_out(context, changes, view, destroying=True)
