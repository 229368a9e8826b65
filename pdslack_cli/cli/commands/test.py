"""`pdslack test`: test routing rules against sample events."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pdslack_cli.analysis.documents import rule_locations
from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.analysis.routing_model import routing_model_of
from pdslack_cli.cli.errors import Failed, reported_errors
from pdslack_cli.cli.options import Files, Format, OutputFormat, Quiet
from pdslack_cli.cli.run.files import load_stack
from pdslack_cli.cli.views.view import CommandResult
from pdslack_cli.config.cases import load_cases_beside
from pdslack_cli.config.sources.files import write_file
from pdslack_cli.errors import PdslackError
from pdslack_cli.render import cases
from pdslack_cli.render.cases import CaseReport
from pdslack_cli.routing.testing.run_cases import run_cases

JUnit = Annotated[
    Path | None,
    typer.Option("--junit", help="Write JUnit XML there as well.", dir_okay=False, envvar="PDSLACK_JUNIT"),
]
Watch = Annotated[
    bool, typer.Option("--watch", help="Run again whenever a file changes.", envvar="PDSLACK_WATCH")
]
LOOK_EVERY = 0.5  # seconds


def test(
    files: Files = None,
    format_: OutputFormat = Format.TEXT,
    junit: JUnit = None,
    watch: Watch = False,
    quiet: Quiet = False,
) -> None:
    if not watch:
        _run(files, format_, junit, quiet=quiet)
    seen: Mapping[Path, int] = {}
    while watch:
        now = _changed(files)
        if now != seen:
            seen = now
            with suppress(Failed):  # it was said why, and the next save may mend it
                _run(files, format_, junit, quiet=quiet)
        time.sleep(LOOK_EVERY)


def _run(files: list[Path] | None, format_: Format, junit: Path | None, *, quiet: bool) -> None:
    """Run all cases and show the results; raises Failed unless all passed."""
    with reported_errors(format_, files, command="test", quiet=quiet) as view:
        owner, report = _report(files)
        if junit:
            write_file(junit, cases.report_junit(report))
        view.result(
            CommandResult(
                owner,
                partial(cases.print_report, report, quiet=quiet),
                partial(cases.report_json, report),
                partial(cases.report_markdown, report, owner),
                cases.problems_of(report),
            )
        )
    if report.results.failed:
        raise Failed


def _report(files: list[Path] | None) -> tuple[str, CaseReport]:
    stack, environ = load_stack(files)
    placed = (*stack.cases, *load_cases_beside(files or (), environ, stack))
    if not placed:
        raise PdslackError("no tests found; add `tests:` to a file, or a *.test.yaml next to it")
    world = routing_model_of(stack.specs)
    dead = [problem for problem in lint_stack(stack) if problem.lint == "unreachable-rule"]
    results = run_cases(world, [each.case for each in placed])
    places = rule_locations(stack, world)
    return stack.owner, CaseReport(results, [each.location for each in placed], places, dead)


def _changed(files: list[Path] | None) -> dict[Path, int]:
    """Return the modification times of all files in the stack's folders, tables and tests included."""
    folders = {file if file.is_dir() else file.parent for file in files or [Path()]}
    beside = (path for folder in folders for path in sorted(folder.glob("[!.]*")) if path.is_file())
    return {path: path.stat().st_mtime_ns for path in beside}
