"""`pdslack list`: names that an account has, as a file refers to them, with their ids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pdslack_cli.cli.completion import complete_lists
from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.options import Format, StackFiles, TextOrJson, TextOrJsonFormat, UseSandbox
from pdslack_cli.cli.run.files import load_stack, stack_folder
from pdslack_cli.cli.run.session import connected, opened
from pdslack_cli.clients import Clients
from pdslack_cli.config.owner import likely_header
from pdslack_cli.errors import ConfigError
from pdslack_cli.export.listing import LISTINGS, listing_named
from pdslack_cli.render.listing import listed_json, lists_json, print_listed, print_lists
from pdslack_cli.render.output.console import stdout
from pdslack_cli.render.output.streams import echo, echo_json

What = Annotated[
    str | None,
    typer.Argument(
        help="What to list: actions, vendors, priorities, people, ...",
        show_default="the available lists",
        metavar="LIST",
        autocompletion=complete_lists,
    ),
]
Word = Annotated[
    str | None, typer.Argument(help="Only what contains this.", metavar="WORD", show_default=False)
]


def list_(
    what: What = None,
    word: Word = None,
    files: StackFiles = None,
    sandbox: UseSandbox = False,
    format_: TextOrJsonFormat = TextOrJson.TEXT,
) -> None:
    with reported_errors(Format(format_), files, command="list"):
        as_json = format_ is TextOrJson.JSON
        if what is None:
            if as_json:
                echo_json(lists_json(LISTINGS.values()))
            else:
                print_lists(LISTINGS.values(), stdout())
            return
        listing = listing_named(what)
        with clients_for(files, sandbox=sandbox) as clients:
            found = [one for one in listing.read(clients) if word is None or one.contains(word)]
        found.sort(key=lambda one: one.word.casefold())
        if as_json:
            echo_json(listed_json(listing, found))
        elif found:
            print_listed(listing, found, stdout())
        else:
            which = f" that contain {word!r}" if word else ""
            echo(f"There are no {listing.name.replace('-', ' ')}{which}.", err=True)


@contextmanager
def clients_for(files: list[Path] | None, *, sandbox: bool) -> Iterator[Clients]:
    """Connect to the accounts of the stack; if its files are invalid, to those they seem to name."""
    try:
        load_stack(files)
    except ConfigError:
        header = likely_header(files or [])
        with connected(
            header.pagerduty.region, header.slack.workspace, stack_folder(files), sandbox=sandbox
        ) as clients:
            yield clients
        return
    with opened(files, sandbox=sandbox, tokens_required=False) as context:
        yield context.clients
