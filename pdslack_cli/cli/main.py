"""Entry point: the table of commands, and the exit code of the process."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from typing import Annotated

import typer

from pdslack_cli import __version__
from pdslack_cli.cli.command import HELP_FLAGS, Debug, InFolder
from pdslack_cli.cli.exit_codes import FAILED, INTERRUPTED
from pdslack_cli.cli.help.table import COMMANDS
from pdslack_cli.cli.lazy import LazyGroup
from pdslack_cli.cli.options import FORMAT_VARIABLE, RunFormat, UseSandbox
from pdslack_cli.cli.wrong_usage import message_and_hint
from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.errors import Problem
from pdslack_cli.masking import forget_secrets
from pdslack_cli.render.output.streams import echo, finish


class Commands(LazyGroup):
    package = "pdslack_cli.cli.commands"
    table = COMMANDS


# New objects between searches for garbage: what a short command makes, it needs until its end.
SHORT_RUN, LONG_RUN = 500_000, 50_000

app = typer.Typer(
    name="pdslack",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help needs no rich, whose import costs more than all the rest
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        echo(f"pdslack {__version__}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True,
                 expose_value=False),
]  # fmt: skip


@app.callback(context_settings=HELP_FLAGS)
def pdslack(
    context: typer.Context,
    version: Version = False,
    directory: InFolder = None,
    sandbox: UseSandbox = False,
    debug: Debug = False,
) -> None:
    """PagerDuty and Slack as one YAML file: plan the difference, apply it."""
    # Commands that reach no account have no such flag, and need none.
    context.default_map = {name: {"sandbox": sandbox} for name in COMMANDS} if sandbox else None


COMMAND = typer.main.get_command(app)


def run() -> None:
    """Entry point. Incorrect usage exits with 1, because 2 means "there are changes" to scripts."""
    gc.set_threshold(SHORT_RUN)
    _open_closed_streams()
    # Other packages do not change how a file is read; to ask each that is installed would take its time.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        code = COMMAND(prog_name="pdslack", standalone_mode=False)
    except typer.TyperException as error:
        _fail(*message_and_hint(error, sys.argv[1:]))
        code = FAILED
    except typer.Abort:  # a question was left unanswered
        _fail("Interrupted.")
        code = INTERRUPTED
    except Exception as error:
        # A defect, which people see as it is; a program that waits for a document gets one all the same.
        if _json_format():
            _fail(f"pdslack itself failed: {type(error).__name__}")
        _print_traceback(error)
        code = FAILED
    finally:
        forget_secrets()
    code = code if isinstance(code, int) else 0
    if lost := finish():
        echo(f"cannot write the result: {lost}", err=True)
        code = code or FAILED
    if code == INTERRUPTED:
        os._exit(code)  # reads whose answers nobody waits for would be waited for
    gc.freeze()  # at the exit, the search for cycles in all that was loaded would cost a quarter of a run
    sys.exit(code)


def _open_closed_streams() -> None:
    """Open what the caller has closed, or the next files and connections would be the standard streams."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0)


def _fail(message: str, hint: str = "") -> None:
    """Report an error of a command that ended before it had a view."""
    if not (format_ := _json_format()):
        echo("\n".join(filter(None, (message, hint))), err=True)
        return
    from pdslack_cli.cli.errors import view_of  # late, since `--help` would wait for all that views show

    view = view_of(format_, None, command="", quiet=False)
    view.begin()
    view.problems([Problem(message, hint=hint)])


def _print_traceback(error: Exception) -> None:
    """Print the traceback of a bug, without secrets in its messages."""
    echo(mask_tokens("".join(traceback.format_exception(error))), err=True, nl=False)


def _json_format() -> RunFormat | None:
    """Return the JSON format that the command line asks for, if any; the rest of it may be invalid."""
    words = [*sys.argv[1:], ""]
    asked = [words[at + 1] for at, word in enumerate(words) if word == "--format"]
    asked += [word.removeprefix("--format=") for word in words if word.startswith("--format=")]
    wanted = (asked or [os.environ.get(FORMAT_VARIABLE, "")])[-1]
    return RunFormat(wanted) if wanted in {RunFormat.JSON, RunFormat.JSONL} else None


if __name__ == "__main__":
    run()
