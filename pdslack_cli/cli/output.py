"""`pdslack output`: ids and integration keys, for other programs."""

from __future__ import annotations

import json
import re
import shlex
from enum import StrEnum
from typing import Annotated

import typer

from pdslack_cli.cli.door import reported_errors
from pdslack_cli.cli.options import Files, Format, Only, UseSandbox


class OutputAs(StrEnum):
    """How outputs are written."""

    ENV = "env"
    JSON = "json"


OutputFormat = Annotated[
    OutputAs, typer.Option("--format", help="Shell lines or JSON.", envvar="PDSLACK_FORMAT")
]
ShowSecrets = Annotated[
    bool,
    typer.Option("--show-secrets", help="Print integration keys in full.", envvar="PDSLACK_SHOW_SECRETS"),
]


def output(
    files: Files = None,
    sandbox: UseSandbox = False,
    format_: OutputFormat = OutputAs.ENV,
    show_secrets: ShowSecrets = False,
    only: Only = None,
) -> None:
    """Print the ids and integration keys of what the stack manages."""
    with reported_errors(Format(format_.value) if format_ is OutputAs.JSON else Format.TEXT):
        from pdslack_cli.cli.session import opened, parse_refs
        from pdslack_cli.engine.outputs import read_outputs

        with opened(files, sandbox=sandbox) as context:
            refs = parse_refs(context.stack, only)
            outputs = read_outputs(context.stack, context.clients, only=refs)
    shown = {
        str(ref): {
            name: value if show_secrets or name == "id" else _masked(value) for name, value in values.items()
        }
        for ref, values in outputs.items()
    }
    if format_ is OutputAs.JSON:
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    for ref, values in shown.items():
        for name, value in values.items():
            typer.echo(f"{_variable(ref, name)}={shlex.quote(value)}")


def _masked(value: str) -> str:
    """Enough to tell two keys apart, too little to use one."""
    return f"****{value[-4:]}" if len(value) > 8 else "****"


def _variable(ref: str, name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", f"{ref}_{name}".upper()).strip("_")
