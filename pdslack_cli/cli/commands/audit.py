"""`pdslack audit`: who did what, of applies and of the two-way service."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Annotated

import typer

from pdslack_cli.cli.commands.serve import require_extra
from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.options import DATABASE, DatabaseUrl, Files, since_time
from pdslack_cli.cli.run.files import stack_folder
from pdslack_cli.engine.storage.audit import AUDIT_FILE, read_log
from pdslack_cli.model import Json
from pdslack_cli.render.output.streams import echo

Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="Since then: 12h, 30d, 2026-01-31.", envvar="PDSLACK_SINCE"),
]
Incident = Annotated[
    str, typer.Option("--incident", metavar="ID", help="Only of this incident.", envvar="PDSLACK_INCIDENT")
]


def audit(
    files: Files = None, since: Since = None, incident: Incident = "", database: DatabaseUrl = ""
) -> None:
    with reported_errors(files=files, command="audit"):
        folder = stack_folder(files)
        start = since_time(since, datetime.now(UTC)) if since else datetime.fromtimestamp(0, UTC)
        lines = [] if incident else [each for each in read_log(folder / AUDIT_FILE) if each[0] >= start]
        if database or (folder / DATABASE).is_file():
            service = _of_service(database, folder / DATABASE, incident, start)
            lines += [(datetime.fromisoformat(line["time"]), line) for line in service]
        for _, line in sorted(lines, key=itemgetter(0)):
            echo(json.dumps(line))


def _of_service(database: str, default: Path, incident: str, start: datetime) -> list[Json]:
    require_extra()
    from pdslack_cli.sync.storage.audit_trail import entries  # late: the extra
    from pdslack_cli.sync.storage.opening import open_database  # late: the extra

    opened = open_database(database, default, beside=True)
    try:
        since = start.timestamp()
        return list(opened.read(lambda connection: entries(connection, incident=incident, since=since)))
    finally:
        opened.close()
