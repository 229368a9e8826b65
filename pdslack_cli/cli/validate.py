"""`pdslack validate`: everything that can be known offline."""

from __future__ import annotations

import json

import typer

from pdslack_cli.cli.door import reported_errors
from pdslack_cli.cli.options import Files, Format, OutputFormat, Quiet


def validate(files: Files = None, format_: OutputFormat = Format.TEXT, quiet: Quiet = False) -> None:
    """Check the files without a network."""
    with reported_errors(format_):
        from pdslack_cli.cli.session import load_stack

        stack, _ = load_stack(files)
    if format_ is Format.JSON:
        document = {
            "format_version": "1.0",
            "valid": True,
            "error_count": 0,
            "warning_count": 0,
            "diagnostics": [],
        }
        typer.echo(json.dumps(document, indent=2))
    elif not quiet:
        typer.echo(
            f"Success! The configuration is valid: {len(stack.wanted)} objects of owner {stack.owner!r}."
        )
