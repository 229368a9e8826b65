"""The one place where errors end: said in the format that was asked for, and turned into an exit code."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from pdslack_cli.cli.exit_codes import FAILED, INTERRUPTED
from pdslack_cli.cli.options import Format
from pdslack_cli.cli.views.github import GitHubView
from pdslack_cli.cli.views.view import JsonView, MarkdownView, TextView, View
from pdslack_cli.errors import PdslackError, Problem, ProblemsError


class Failed(typer.Exit):
    """The command said on its own what went wrong."""

    def __init__(self) -> None:
        super().__init__(FAILED)


@contextmanager
def reported_errors(
    format_: Format = Format.TEXT,
    files: list[Path] | None = None,
    *,
    command: str = "",
    quiet: bool = False,
) -> Iterator[View]:
    """The view of a command. Our errors become messages and exit code 1; all else is a defect, a traceback.

    `command` and `files` say what failed, where the files themselves cannot.
    """
    view = view_of(format_, files, command=command, quiet=quiet)
    try:
        view.begin()
        yield view
    except ProblemsError as error:
        view.problems(error.problems)
        raise Failed from None
    except PdslackError as error:
        view.problems([Problem(str(error), None, error.hint)])
        raise Failed from None
    except KeyboardInterrupt:
        view.problems([Problem("interrupted")])
        raise typer.Exit(INTERRUPTED) from None


def view_of(format_: Format, files: list[Path] | None, *, command: str, quiet: bool) -> View:
    match format_:
        case Format.JSON:
            return JsonView()
        case Format.MARKDOWN:
            return MarkdownView(command, files)
        case Format.GITHUB:
            return GitHubView(command, files, os.environ)
    return TextView(quiet=quiet)


def raise_if_any(problems: Sequence[Problem]) -> None:
    """End the command with these problems, if there are any."""
    if problems:
        raise ProblemsError(problems)
