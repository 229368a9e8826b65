"""Convert errors to messages in the requested format and to an exit code; nothing else catches them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from pdslack_cli.cli.exit_codes import FAILED, INTERRUPTED
from pdslack_cli.cli.options import Format, RunFormat
from pdslack_cli.cli.views.view import JsonView, TextView, View
from pdslack_cli.errors import PdslackError, Problem, ProblemsError


class Failed(typer.Exit):
    """The command failed and has already reported why."""

    def __init__(self) -> None:
        super().__init__(FAILED)


@contextmanager
def reported_errors(
    format_: Format | RunFormat = Format.TEXT,
    files: list[Path] | None = None,
    *,
    command: str = "",
    quiet: bool = False,
) -> Iterator[View]:
    """Context manager of a command's view: our errors become messages and exit code 1.

    Any other exception is a bug and keeps its traceback. `command` and `files` describe the failure if the
    files cannot.
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


def view_of(format_: Format | RunFormat, files: list[Path] | None, *, command: str, quiet: bool) -> View:
    """Return the view of a format."""
    match format_:
        case Format.JSON | RunFormat.JSON:
            return JsonView()
        case RunFormat.JSONL:
            from pdslack_cli.cli.views.json_lines import JsonLinesView  # late: seldom asked for

            return JsonLinesView()
        case Format.MARKDOWN | RunFormat.MARKDOWN:
            from pdslack_cli.cli.views.markdown import MarkdownView  # late: likewise

            return MarkdownView(command, files)
        case Format.GITHUB | RunFormat.GITHUB:
            from pdslack_cli.cli.views.github import GitHubView  # late: likewise

            return GitHubView(command, files, os.environ)
    return TextView(quiet=quiet)


def raise_if_any(problems: Sequence[Problem]) -> None:
    """Raise the problems, if there are any; this ends the command."""
    if problems:
        raise ProblemsError(problems)
