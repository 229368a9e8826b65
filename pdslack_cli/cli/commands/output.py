"""`pdslack output`: print ids and integration keys, for other programs."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Annotated

import typer

from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.options import Files, Format, Only, ShowSecrets, UseSandbox
from pdslack_cli.cli.run.files import parse_refs
from pdslack_cli.cli.run.planning import live_of
from pdslack_cli.cli.run.session import opened
from pdslack_cli.engine.outputs import read_outputs
from pdslack_cli.errors import PdslackError
from pdslack_cli.render.output.github import Runner
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.output.streams import echo, echo_json, write_raw
from pdslack_cli.render.outputs import Outputs, dotenv_lines, masked, masked_name, shell_lines, variables


class OutputAs(StrEnum):
    """The output formats."""

    ENV = "env"
    JSON = "json"
    GITHUB = "github"  # outputs of a GitHub Actions step
    GITLAB = "gitlab"  # a dotenv report of a GitLab job


ERRORS = {OutputAs.JSON: Format.JSON, OutputAs.GITHUB: Format.GITHUB}

OutputFormat = Annotated[
    OutputAs,
    typer.Option("--format", help="Shell lines, JSON, or for a pipeline.", envvar="PDSLACK_OUTPUT_FORMAT"),
]


def output(
    files: Files = None,
    sandbox: UseSandbox = False,
    format_: OutputFormat = OutputAs.ENV,
    show_secrets: ShowSecrets = False,
    only: Only = None,
) -> None:
    with reported_errors(ERRORS.get(format_, Format.TEXT), files, command="output"):
        with opened(files, sandbox=sandbox) as context:
            refs = parse_refs(context.stack, only)
            found = read_outputs(context.stack, live_of(context), context.clients, only=refs)
        outputs: Outputs = {str(ref): each.values for ref, each in found.items()}
        unlisted = [(str(ref), name) for ref, each in found.items() for name in each.unlisted]
        for ref, name in unlisted:
            echo(safe_line(f"Note: {ref}: {name!r} is not in the file, but its key still works"), err=True)
        if not show_secrets:
            outputs, unlisted = masked(outputs), [(ref, masked_name(name)) for ref, name in unlisted]
        write(outputs, unlisted, format_, show_secrets=show_secrets)


def write(
    outputs: Mapping[str, Mapping[str, str]],
    unlisted: Collection[tuple[str, str]],
    format_: OutputAs,
    *,
    show_secrets: bool,
) -> None:
    """Write the outputs to the destination of the format."""
    match format_:
        case OutputAs.JSON:
            echo_json(outputs, masked=False)  # done above, except with --show-secrets
        case OutputAs.GITHUB:
            set_step_outputs(outputs, show_secrets=show_secrets)
        case OutputAs.GITLAB:
            if show_secrets:
                echo("Note: GitLab shows the variables of dotenv reports unmasked.", err=True)
            echo("\n".join(dotenv_lines(outputs)))
        case OutputAs.ENV:
            for line in shell_lines(outputs, unlisted):
                echo(line)


def set_step_outputs(outputs: Mapping[str, Mapping[str, str]], *, show_secrets: bool) -> None:
    """Set the outputs of the workflow step; secrets are masked in its log first."""
    if not os.environ.get("GITHUB_OUTPUT"):
        raise PdslackError("GITHUB_OUTPUT is not set: --format github is for steps of GitHub Actions")
    runner = Runner(os.environ)
    if show_secrets:
        keys = [value for values in outputs.values() for name, value in values.items() if name != "id"]
        for line in runner.masks(keys):
            write_raw(f"{line}\n")
    runner.set_outputs(variables(outputs))
