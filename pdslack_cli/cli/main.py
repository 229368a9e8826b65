"""The door: which commands there are, and how their exit codes leave the process."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from pdslack_cli.cli.commands.apply import apply
from pdslack_cli.cli.commands.destroy import destroy
from pdslack_cli.cli.commands.doctor import doctor
from pdslack_cli.cli.commands.export import export
from pdslack_cli.cli.commands.graph import graph
from pdslack_cli.cli.commands.init import init
from pdslack_cli.cli.commands.marking import adopt, release, rotate
from pdslack_cli.cli.commands.output import output
from pdslack_cli.cli.commands.plan import plan
from pdslack_cli.cli.commands.replay import replay
from pdslack_cli.cli.commands.route import route
from pdslack_cli.cli.commands.sandbox import sandbox
from pdslack_cli.cli.commands.schema import schema
from pdslack_cli.cli.commands.test import test
from pdslack_cli.cli.commands.validate import validate
from pdslack_cli.cli.commands.version import version
from pdslack_cli.cli.errors import INTERRUPTED
from pdslack_cli.masking import forget_secrets
from pdslack_cli.render.output.streams import echo, finish

COMMANDS = (
    init,
    validate,
    test,
    route,
    replay,
    plan,
    apply,
    destroy,
    adopt,
    release,
    rotate,
    output,
    export,
    doctor,
    graph,
    schema,
    sandbox,
    version,
)

app = typer.Typer(
    name="pdslack",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help needs no rich, whose import costs more than all the rest
    pretty_exceptions_enable=False,
)
for command in COMMANDS:
    app.command()(command)

Debug = Annotated[
    bool, typer.Option("--debug", help="Tell every call on standard error.", envvar="PDSLACK_DEBUG")
]


@app.callback()
def pdslack(debug: Debug = False) -> None:
    """PagerDuty and Slack as one YAML file: plan the difference, apply it."""
    if debug:
        _log_calls()


def run() -> None:
    """Entry point. Wrong usage exits with 1: 2 means "there are changes" to scripts that asked."""
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        _fail(error.format_message(), "Try `pdslack --help`.")
        code = 1
    except typer.Abort:  # a question was left unanswered
        _fail("Interrupted.")
        code = INTERRUPTED
    except Exception as error:
        # A defect, which people see as it is; a program that waits for a document gets one all the same.
        if _wants_json():
            _fail(f"pdslack itself failed: {type(error).__name__}")
        _print_traceback(error)
        code = 1
    finally:
        forget_secrets()
    code = code if isinstance(code, int) else 0
    if lost := finish():
        echo(f"cannot write the result: {lost}", err=True)
        code = code or 1
    sys.exit(code)


def _fail(message: str, hint: str = "") -> None:
    """Say what ended a command that did not come as far as its own view."""
    if not _wants_json():
        echo("\n".join(filter(None, (message, hint))), err=True)
        return
    from pdslack_cli.cli.view import JsonView
    from pdslack_cli.errors import Problem

    JsonView().problems([Problem(message, hint=hint)])


def _print_traceback(error: Exception) -> None:
    """The traceback of a defect, without the secrets that its messages may hold."""
    import traceback

    from pdslack_cli.config.tokens import mask_tokens

    echo(mask_tokens("".join(traceback.format_exception(error))), err=True, nl=False)


def _log_calls() -> None:
    """Log every call on standard error, without secrets."""
    import logging

    from pdslack_cli.config.tokens import mask_tokens
    from pdslack_cli.render.output.safe import visible

    class Masking(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return visible(mask_tokens(super().format(record)))

    # Ours alone: the vendors' libraries log request bodies, and Slack's even tokens.
    logging.basicConfig(format="%(message)s")
    for handler in logging.getLogger().handlers:
        handler.setFormatter(Masking("%(message)s"))
    logging.getLogger("pdslack_cli").setLevel(logging.DEBUG)


def _wants_json() -> bool:
    """Whether the words of the command line ask for JSON; they may be wrong in all else."""
    words = [*sys.argv[1:], ""]
    asked = [words[at + 1] for at, word in enumerate(words) if word == "--format"]
    asked += [word.removeprefix("--format=") for word in words if word.startswith("--format=")]
    return (asked or [os.environ.get("PDSLACK_FORMAT", "")])[-1] == "json"


if __name__ == "__main__":
    run()
