"""`pdslack schema`: the JSON Schema of the file, for editors."""

from __future__ import annotations

import json

import typer


def schema() -> None:
    """Print the JSON Schema of the file; editors complete and check with it."""
    from pdslack_cli.config.schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
