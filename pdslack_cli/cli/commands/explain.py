"""`pdslack explain`: documentation of the fields of the file, in the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from pdslack_cli.cli.completion import complete_paths
from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.options import Format, TextOrJson, TextOrJsonFormat
from pdslack_cli.config.reference.fields import root_fields
from pdslack_cli.config.reference.find import find
from pdslack_cli.config.reference.topics import Topic
from pdslack_cli.render.explain import contents_json, page_json, print_contents, print_field, print_topic
from pdslack_cli.render.output.console import stdout
from pdslack_cli.render.output.streams import echo_json

What = Annotated[
    str | None,
    typer.Argument(
        help="A section, a field such as service.alert_grouping.by, or a topic such as conditions.",
        show_default="a list of all",
        metavar="NAME[.FIELD]",
        autocompletion=complete_paths,
    ),
]
Recursive = Annotated[
    bool,
    typer.Option("--recursive", help="List the fields of all levels.", envvar="PDSLACK_RECURSIVE"),
]


def explain(
    what: What = None,
    recursive: Recursive = False,
    format_: TextOrJsonFormat = TextOrJson.TEXT,
) -> None:
    with reported_errors(Format(format_), command="explain"):
        page = find(what) if what else None
        if format_ is TextOrJson.JSON:
            echo_json(page_json(page, recursive=recursive) if page else contents_json(root_fields()))
        elif page is None:
            print_contents(root_fields(), stdout())
        elif isinstance(page, Topic):
            print_topic(page, stdout())
        else:
            print_field(page, stdout(), recursive=recursive)
