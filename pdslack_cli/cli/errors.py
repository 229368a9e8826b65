"""The one place where errors end: said in the format that was asked for, and turned into an exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pdslack_cli.cli.exit_codes import FAILED, INTERRUPTED
from pdslack_cli.cli.options import Format

if TYPE_CHECKING:
    from pdslack_cli.cli.view import View
    from pdslack_cli.errors import Problem


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
    from pdslack_cli.cli.view import view_of
    from pdslack_cli.errors import PdslackError, Problem, ProblemsError

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


def raise_if_any(problems: Sequence[Problem]) -> None:
    """End the command with these problems, if there are any."""
    if problems:
        from pdslack_cli.errors import ProblemsError

        raise ProblemsError(problems)
