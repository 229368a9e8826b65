"""`pdslack queue`: work of the two-way service that was given up."""

from __future__ import annotations

import time
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from pdslack_cli.cli.commands.serve import DATABASE, DatabaseUrl, require_extra
from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.options import Format, StackFiles, TextOrJson, TextOrJsonFormat
from pdslack_cli.cli.run.files import stack_folder
from pdslack_cli.render.output.streams import echo, echo_json
from pdslack_cli.visible import one_line


class QueueAction(StrEnum):
    """What to do with parked work."""

    LIST = "list"
    RETRY = "retry"
    DROP = "drop"


Act = Annotated[QueueAction, typer.Argument(help="What to do.", envvar="PDSLACK_QUEUE_ACTION")]
Ids = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ID", help="Which, as `list` shows them.", show_default="all", envvar="PDSLACK_QUEUE_IDS"
    ),
]


def queue(
    action: Act = QueueAction.LIST,
    ids: Ids = None,
    files: StackFiles = None,
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
                    entries = [asdict(entry) for entry in opened.read(parked)]
                    lines = [
                        f"{one['id']}  {one['about']}  since {one['since']}, tried {one['attempts']} times: "
                        f"{one['error']}"
                        for one in entries
                    ]
                    result: object = {"parked": entries}
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
            echo("\n".join(map(one_line, lines)) or "Nothing is parked.")
