"""Shell completion of arguments."""

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
        from pdslack_cli.config.sources.source import read_sources  # late: flags, and so --help, know us
        from pdslack_cli.kinds import MANAGED  # late: flags, and so --help, know us

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


def complete_lists(incomplete: str) -> list[str]:
    """Return the names of lists with this prefix."""
    from pdslack_cli.export.listing import LISTINGS  # late: flags, and so --help, know us

    return [name for name in LISTINGS if name.startswith(incomplete)]


def complete_paths(incomplete: str) -> list[str]:
    """Return the paths of fields, and the topics, with this prefix, up to the next dot."""
    from pdslack_cli.config.reference.fields import every_field, root_fields  # late, as above
    from pdslack_cli.config.reference.topics import TOPICS  # late, as above

    depth = incomplete.count(".") + 1
    paths = [".".join(field.path) for field in every_field(root_fields()) if len(field.path) == depth]
    return [name for name in [*paths, *(topic.name for topic in TOPICS)] if name.startswith(incomplete)]
