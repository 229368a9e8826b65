"""Entry point: the table of commands, and the exit code of the process."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated

import typer

from pdslack_cli import __version__
from pdslack_cli.cli.command import HELP_FLAGS, Debug, InFolder
from pdslack_cli.cli.exit_codes import FAILED, INTERRUPTED
from pdslack_cli.cli.hints import hint_for
from pdslack_cli.cli.lazy import LazyGroup
from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.errors import Problem
from pdslack_cli.masking import forget_secrets
from pdslack_cli.render.output.streams import echo, finish

# Name → module below `commands`, and what `--help` says it does.
COMMANDS = {
    "init": (
        "init",
        "Write a starter stack from questions on a terminal or from flags; it works in the sandbox as it is.",
    ),
    "validate": ("validate", "Check the files without a network."),
    "test": ("test", "Run the `tests:` of the files, and of *.test.yaml beside them, without a network."),
    "route": (
        "route",
        "Show where an event goes, who is paged and which channels are notified, without a network.",
    ),
    "replay": (
        "replay",
        "Show which past alerts would go elsewhere, be silenced or page somebody else by the files' rules.",
    ),
    "plan": ("plan", "Show what apply would change, or why it would refuse to, and change nothing."),
    "apply": ("apply", "Make PagerDuty and Slack match the files, or apply a saved plan."),
    "destroy": ("destroy", "Delete every object that carries the owner's mark, of every kind."),
    "adopt": ("marking", "Put the ownership mark on existing objects, and change nothing else."),
    "release": ("marking", "Remove the ownership mark from objects, and change nothing else."),
    "rotate": (
        "marking",
        "Renew secrets that are shown once: replace the webhook, and store its new secret.",
    ),
    "output": ("output", "Print the ids and integration keys of what the stack manages."),
    "export": ("export", "Write the live objects as YAML whose plan is nothing but adoptions."),
    "doctor": ("doctor", "Check what would keep an apply from working, and how to fix it; change nothing."),
    "graph": ("graph", "Draw where alerts go: from event sources through routing to people and channels."),
    "schema": ("schema", "Print the JSON Schema of the file; editors complete and check with it."),
    "sandbox": (
        "sandbox",
        "Run a local PagerDuty and Slack for tests; print the environment that points programs at them.",
    ),
    "version": ("version", "Print the version."),
}


class Commands(LazyGroup):
    package = "pdslack_cli.cli.commands"
    table = COMMANDS


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
def pdslack(version: Version = False, directory: InFolder = None, debug: Debug = False) -> None:
    """PagerDuty and Slack as one YAML file: plan the difference, apply it."""


def run() -> None:
    """Entry point. Wrong usage exits with 1: 2 means "there are changes" to scripts that asked."""
    try:
        code = app(prog_name="pdslack", standalone_mode=False)
    except typer.TyperException as error:
        message = error.format_message()
        _fail(message, hint_for(message, sys.argv[1:]) or "Try `pdslack --help`.")
        code = FAILED
    except typer.Abort:  # a question was left unanswered
        _fail("Interrupted.")
        code = INTERRUPTED
    except Exception as error:
        # A defect, which people see as it is; a program that waits for a document gets one all the same.
        if _wants_json():
            _fail(f"pdslack itself failed: {type(error).__name__}")
        _print_traceback(error)
        code = FAILED
    finally:
        forget_secrets()
    code = code if isinstance(code, int) else 0
    if lost := finish():
        echo(f"cannot write the result: {lost}", err=True)
        code = code or FAILED
    sys.exit(code)


def _fail(message: str, hint: str = "") -> None:
    """Say what ended a command that did not come as far as its own view."""
    if not _wants_json():
        echo("\n".join(filter(None, (message, hint))), err=True)
        return
    from pdslack_cli.cli.views.view import JsonView  # late, since `--help` would wait for all that views show

    JsonView().problems([Problem(message, hint=hint)])


def _print_traceback(error: Exception) -> None:
    """The traceback of a defect, without the secrets that its messages may hold."""
    echo(mask_tokens("".join(traceback.format_exception(error))), err=True, nl=False)


def _wants_json() -> bool:
    """Whether the words of the command line ask for JSON; they may be wrong in all else."""
    words = [*sys.argv[1:], ""]
    asked = [words[at + 1] for at, word in enumerate(words) if word == "--format"]
    asked += [word.removeprefix("--format=") for word in words if word.startswith("--format=")]
    return (asked or [os.environ.get("PDSLACK_FORMAT", "")])[-1] == "json"


if __name__ == "__main__":
    run()
