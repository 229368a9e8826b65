"""The door: which commands there are, and how their exit codes leave the process."""

from __future__ import annotations

import sys

import typer

from pdslack_cli.cli.apply import INTERRUPTED, apply
from pdslack_cli.cli.destroy import destroy
from pdslack_cli.cli.graph import graph
from pdslack_cli.cli.output import output
from pdslack_cli.cli.plan import plan
from pdslack_cli.cli.sandbox import sandbox
from pdslack_cli.cli.schema import schema
from pdslack_cli.cli.validate import validate
from pdslack_cli.cli.version import version

COMMANDS = (validate, plan, apply, destroy, output, graph, schema, sandbox, version)

app = typer.Typer(
    name="pdslack",
    help="PagerDuty and Slack as one YAML file: plan the difference, apply it.",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help needs no rich, whose import costs more than all the rest
    pretty_exceptions_enable=False,
)
for command in COMMANDS:
    app.command()(command)


def run() -> None:
    """Entry point. Wrong usage exits with 1: 2 means "there are changes" to scripts that asked."""
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        typer.echo(error.format_message(), err=True)
        typer.echo("Try `pdslack --help`.", err=True)
        code = 1
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("Interrupted.", err=True)
        code = INTERRUPTED
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    run()
