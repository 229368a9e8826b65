"""`pdslack queue`: work of the two-way service that was given up."""

from __future__ import annotations

import time
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from pdslack_cli.cli.commands.serve import require_extra
from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.options import DATABASE, DatabaseUrl, Format, StackFiles, TextOrJson, TextOrJsonFormat
from pdslack_cli.cli.run.files import stack_folder
from pdslack_cli.render.output.streams import echo, echo_json
from pdslack_cli.visible import one_line


class QueueAction(StrEnum):
    """What to do with parked work."""

    LIST = "list"
    RETRY = "retry"
    DROP = "drop"


if TYPE_CHECKING:
    from pdslack_cli.sync.operate.queue import QueueEntry


Act = Annotated[QueueAction, typer.Argument(help="What to do.", envvar="PDSLACK_QUEUE_ACTION")]
Ids = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ID", help="Which, as `list` shows them.", show_default="all", envvar="PDSLACK_QUEUE_IDS"
    ),
]


Dropped = Annotated[
    bool,
    typer.Option(
        "--dropped",
        help="List also what was given up for good; `retry ID` brings it back.",
        envvar="PDSLACK_QUEUE_DROPPED",
    ),
]


def queue(
    action: Act = QueueAction.LIST,
    ids: Ids = None,
    files: StackFiles = None,
    dropped: Dropped = False,
    database: DatabaseUrl = "",
    format_: TextOrJsonFormat = TextOrJson.TEXT,
) -> None:
    with reported_errors(Format(format_), files, command="queue"):
        require_extra()
        from pdslack_cli.sync.operate.queue import drop, parked, retry  # late: the extra
        from pdslack_cli.sync.storage.opening import open_database  # late: the extra

        opened = open_database(database, stack_folder(files) / DATABASE, beside=True)
        try:
            match action:
                case QueueAction.LIST:
                    found = opened.read(partial(parked, dropped=dropped))
                    lines = list(map(_line, found))
                    result: object = {
                        state: [asdict(one) for one in found if one.state == state]
                        for state in ("parked", *(["dropped"] if dropped else []))
                    }
                case QueueAction.RETRY:
                    number = opened.write(lambda connection: retry(connection, ids or (), time.time()))
                    lines, result = [f"{number} to be tried again"], {"retried": number}
                case QueueAction.DROP:
                    number = opened.write(lambda connection: drop(connection, ids or (), time.time()))
                    lines, result = [f"{number} dropped"], {"dropped": number}
        finally:
            opened.close()
        if format_ is TextOrJson.JSON:
            echo_json(result)
        else:
            echo("\n".join(map(one_line, lines)) or f"Nothing is parked{' or dropped' if dropped else ''}.")


def _line(entry: QueueEntry) -> str:
    tried = f"since {entry.since}, tried {entry.attempts} times" if entry.since else entry.state
    dropped = ", dropped" if entry.since and entry.state == "dropped" else ""
    return f"{entry.id}  {entry.about}  {tried}{dropped}: {entry.error}"
