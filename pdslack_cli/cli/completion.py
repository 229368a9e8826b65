"""Shell completion of references, from the files."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import typer


def complete_refs(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the references with this prefix in the files of the command line; none if they are invalid."""
    refs: list[str] = []
    # Whatever is wrong with the files, a traceback in the middle of a command line helps nobody.
    with suppress(Exception):
        from pdslack_cli.config.sources.source import read_sources  # late: the flags, and so --help, know us
        from pdslack_cli.kinds import MANAGED  # the same

        # After an option that still lacks its value, arguments before it are not assigned yet.
        given = (
            ctx.params.get("more_files")
            or ctx.params.get("files")
            or [path for path in map(Path, ctx.args) if path.exists()]
        )
        data = read_sources(given, os.environ).data
        for kind in MANAGED:
            refs += [f"{kind.name}/{key}" for key in data.get(kind.section) or ()]
    return [ref for ref in refs if ref.startswith(incomplete)]
