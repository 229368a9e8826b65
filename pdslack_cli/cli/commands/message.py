"""`pdslack message`: the templates of messages, and a preview of one for an invented incident."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.options import Format, StackFiles, TextOrJson, TextOrJsonFormat
from pdslack_cli.cli.run.files import load_stack
from pdslack_cli.errors import PdslackError
from pdslack_cli.render.output.console import stdout
from pdslack_cli.render.output.streams import echo_json
from pdslack_cli.render.slack.message import preview_json, print_preview, print_templates, templates_json
from pdslack_cli.suggest import suggest
from pdslack_cli.sync.message.render import DEFAULT_TEMPLATE, preview
from pdslack_cli.sync.message.rules import templates_of
from pdslack_cli.sync.message.sample import sample_incident


class IncidentState(StrEnum):
    """The states of an incident."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


Name = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        help="A template of `messages:`; `default` is always there.",
        envvar="PDSLACK_MESSAGE",
        show_default=False,
    ),
]
Preview = Annotated[
    bool,
    typer.Option(
        "--preview", help="Show the message of an invented incident, by default.", envvar="PDSLACK_PREVIEW"
    ),
]
ListTemplates = Annotated[
    bool,
    typer.Option("--list", help="List the templates, and which rules use them.", envvar="PDSLACK_LIST"),
]
Status = Annotated[
    IncidentState, typer.Option("--status", help="The incident's state.", envvar="PDSLACK_STATUS")
]


def message(
    name: Name = None,
    files: StackFiles = None,
    preview_: Preview = True,
    list_: ListTemplates = False,
    status: Status = IncidentState.TRIGGERED,
    format_: TextOrJsonFormat = TextOrJson.TEXT,
) -> None:
    with reported_errors(Format(format_), files, command="message"):
        stack, _ = load_stack(files)
        templates = templates_of(stack)
        if list_:
            if format_ is TextOrJson.JSON:
                echo_json(templates_json(templates, stack))
            else:
                print_templates(templates, stack, stdout())
            return
        chosen = name or DEFAULT_TEMPLATE.name
        if chosen not in templates:
            hint = suggest(chosen, templates) or f"there are {', '.join(templates)}"
            raise PdslackError(f"the stack has no message {chosen!r}: {hint}")
        rendered, excesses = preview(sample_incident(status.value), templates[chosen])
        if format_ is TextOrJson.JSON:
            echo_json(preview_json(chosen, rendered, excesses))
        else:
            print_preview(rendered, excesses, stdout())
    if excesses:
        raise typer.Exit(1)
