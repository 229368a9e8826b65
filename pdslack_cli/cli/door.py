"""The one place where errors end: shown to people or as JSON, and turned into an exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from pdslack_cli.cli.options import Format


class Failed(typer.Exit):
    """The command said on its own what went wrong."""

    def __init__(self) -> None:
        super().__init__(1)


@contextmanager
def reported_errors(format_: Format = Format.TEXT) -> Iterator[None]:
    """Turn our errors into messages and exit code 1; everything else is a defect and stays a traceback."""
    from pdslack_cli.errors import ApiError, PdslackError, ProblemsError

    try:
        yield
    except ProblemsError as error:
        _report(list(error.problems), format_)
        raise Failed from None
    except PdslackError as error:
        from pdslack_cli.errors import Problem

        hint = error.hint if isinstance(error, ApiError) else ""
        _report([Problem(str(error), None, hint)], format_)
        raise Failed from None


def _report(problems: list[Any], format_: Format) -> None:
    from pdslack_cli.render.console import stderr
    from pdslack_cli.render.problems import print_problems, problems_json

    if format_ is Format.JSON:
        typer.echo(json.dumps({"errored": True, "diagnostics": problems_json(problems)}, indent=2))
    print_problems(problems, stderr())


def refuse(problems: list[Any], format_: Format = Format.TEXT) -> None:
    """End the command with these problems, if there are any."""
    if problems:
        from pdslack_cli.errors import ProblemsError

        raise ProblemsError(problems)
