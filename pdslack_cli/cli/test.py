"""`pdslack test`: prove routing rules against sample events."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from pdslack_cli.cli.door import Failed, reported_errors
from pdslack_cli.cli.options import Files, Format, OutputFormat, Quiet

JUnit = Annotated[
    Path | None, typer.Option("--junit", help="Write JUnit XML there as well.", envvar="PDSLACK_JUNIT")
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
    """Run the `tests:` of the files, and of *.test.yaml beside them, without a network."""
    if not watch:
        with reported_errors(format_):
            passed = _run(files, format_, junit, quiet=quiet)
        if not passed:
            raise Failed
        return
    seen = None
    while True:
        now = _times(files)
        if now != seen:
            seen = now
            try:
                with reported_errors(format_):
                    _run(files, format_, junit, quiet=quiet)
            except Failed:
                pass  # the problems were shown; the next save may mend them
        time.sleep(LOOK_EVERY)


def _run(files: list[Path] | None, format_: Format, junit: Path | None, *, quiet: bool) -> bool:
    """Load, run and show; whether all cases passed."""
    from pdslack_cli.cli.session import DEFAULT_FILE, load_stack
    from pdslack_cli.config.cases import load_cases_beside
    from pdslack_cli.engine.world import world_of
    from pdslack_cli.errors import PdslackError
    from pdslack_cli.render.cases import print_results, results_json, results_junit
    from pdslack_cli.render.console import stdout
    from pdslack_cli.routing.run_cases import run_cases

    stack, environ = load_stack(files)
    placed = (*stack.cases, *load_cases_beside(files or [DEFAULT_FILE], environ))
    if not placed:
        raise PdslackError("there are no tests: write `tests:` into the file, or a *.test.yaml beside it")
    results = run_cases(world_of(stack.specs), [each.case for each in placed])
    marks = [each.mark for each in placed]
    if junit:
        try:
            junit.write_text(results_junit(results, marks), encoding="utf-8")
        except OSError as error:
            raise PdslackError(f"cannot write {junit}: {error.strerror}") from None
    if format_ is Format.JSON:
        typer.echo(json.dumps(results_json(results, marks), indent=2, ensure_ascii=False))
    else:
        print_results(results, marks, stdout(), quiet=quiet)
    return not results.failed


def _times(files: list[Path] | None) -> dict[Path, int]:
    """When each YAML file was last written."""
    from pdslack_cli.cli.session import DEFAULT_FILE

    folders = [file if file.is_dir() else file.parent for file in files or [DEFAULT_FILE]]
    return {path: path.stat().st_mtime_ns for folder in folders for path in sorted(folder.glob("*.y*ml"))}
