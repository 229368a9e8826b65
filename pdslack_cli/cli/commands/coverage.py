"""`pdslack coverage`: check that somebody can be reached for each service in the coming two weeks."""

from __future__ import annotations

from functools import partial

import typer

from pdslack_cli.analysis.oncall.coverage import read_coverage
from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.exit_codes import HOLES
from pdslack_cli.cli.options import Files, Format, OutputFormat, Quiet, UseSandbox
from pdslack_cli.cli.run.planning import live_of
from pdslack_cli.cli.run.session import opened
from pdslack_cli.cli.views.view import CommandResult
from pdslack_cli.engine.ownership.matching import resolve_ownership
from pdslack_cli.render.on_call.coverage import (
    coverage_json,
    coverage_markdown,
    coverage_problems,
    print_coverage,
)


def coverage(
    files: Files = None,
    sandbox: UseSandbox = False,
    format_: OutputFormat = Format.TEXT,
    quiet: Quiet = False,
) -> None:
    with reported_errors(format_, files, command="coverage", quiet=quiet) as view:
        with opened(files, sandbox=sandbox, quiet=quiet) as context:
            stack = context.stack
            live = live_of(context)
            id_index = resolve_ownership(stack, live.objects).id_index
            found = read_coverage(stack, live, id_index, context.clients, live.read_at)
        view.result(
            CommandResult(
                stack.owner,
                partial(print_coverage, found, quiet=quiet),
                partial(coverage_json, found),
                partial(coverage_markdown, found, stack.owner),
                coverage_problems(found),
            )
        )
    if found.holes:
        raise typer.Exit(HOLES)
