"""`pdslack version`: print the version."""

from __future__ import annotations

import typer

from pdslack_cli import __version__


def version() -> None:
    typer.echo(f"pdslack {__version__}")
