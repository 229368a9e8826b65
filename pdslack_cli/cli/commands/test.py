"""`pdslack test`: prove routing rules against sample events."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pdslack_cli.analysis.documents import rule_marks
from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.analysis.routing_model import world_of
from pdslack_cli.cli.errors import Failed, reported_errors
from pdslack_cli.cli.options import Files, Format, Quiet
from pdslack_cli.cli.session import load_stack
from pdslack_cli.config.cases import load_cases_beside
from pdslack_cli.config.sources.files import write_file
from pdslack_cli.errors import PdslackError
from pdslack_cli.render import cases
from pdslack_cli.render.cases import CaseReport
from pdslack_cli.render.output.console import stdout
from pdslack_cli.render.output.github import log
from pdslack_cli.render.output.streams import echo_json, write_raw
from pdslack_cli.routing.testing.run_cases import run_cases


class ReportAs(StrEnum):
    """How results are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


ReportFormat = Annotated[
    ReportAs, typer.Option("--format", help="How to print the results.", envvar="PDSLACK_FORMAT")
]
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
    format_: ReportFormat = ReportAs.TEXT,
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


def _run(files: list[Path] | None, format_: ReportAs, junit: Path | None, *, quiet: bool) -> None:
    """Run all cases and show what came of it; raises Failed unless all passed."""
    with reported_errors(Format(format_), files, command="test", quiet=quiet) as view:
        report = _report(files)
        if junit:
            write_file(junit, cases.report_junit(report))
        match format_:
            case ReportAs.JSON:
                echo_json(cases.report_json(report))
            case ReportAs.GITHUB:
                write_raw(log(cases.report_text(report, quiet=quiet)) + "\n")
                if report.results.failed:
                    view.problems(cases.problems_of(report))
            case ReportAs.TEXT:
                cases.print_report(report, stdout(), quiet=quiet)
    if report.results.failed:
        raise Failed


def _report(files: list[Path] | None) -> CaseReport:
    stack, environ = load_stack(files)
    placed = (*stack.cases, *load_cases_beside(files or (), environ))
    if not placed:
        raise PdslackError("no tests found; add `tests:` to a file, or a *.test.yaml next to it")
    world = world_of(stack.specs)
    dead = [problem for problem in lint_stack(stack) if problem.lint == "unreachable-rule"]
    results = run_cases(world, [each.case for each in placed])
    return CaseReport(results, [each.location for each in placed], rule_marks(stack, world), dead)


def _changed(files: list[Path] | None) -> dict[Path, int]:
    """When each file beside the stack's own was last written: tables and tests count as well."""
    folders = {file if file.is_dir() else file.parent for file in files or [Path()]}
    beside = (path for folder in folders for path in sorted(folder.glob("[!.]*")) if path.is_file())
    return {path: path.stat().st_mtime_ns for path in beside}
