"""`pdslack graph`: draw where alerts go."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pdslack_cli.analysis.graph import Topology, narrowed
from pdslack_cli.analysis.topology import compare_topology, make_topology
from pdslack_cli.cli.completion import complete_refs
from pdslack_cli.cli.errors import raise_if_any, reported_errors
from pdslack_cli.cli.options import Files, ResetSandbox, UseSandbox
from pdslack_cli.cli.run.files import load_stack, parse_refs
from pdslack_cli.cli.run.planning import planned
from pdslack_cli.cli.run.session import opened
from pdslack_cli.config.sources.files import write_file
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.storage.saved import PlanRequest
from pdslack_cli.errors import PdslackError
from pdslack_cli.render.graph.html import html
from pdslack_cli.render.graph.mermaid import mermaid, too_large
from pdslack_cli.render.graph.svg import svg
from pdslack_cli.render.output.streams import echo


class Drawing(StrEnum):
    """The output formats of the picture."""

    MERMAID = "mermaid"
    SVG = "svg"
    HTML = "html"


SUFFIXES = {
    ".svg": Drawing.SVG,
    ".html": Drawing.HTML,
    ".htm": Drawing.HTML,
    ".mmd": Drawing.MERMAID,
    ".mermaid": Drawing.MERMAID,
}

DrawingFormat = Annotated[
    Drawing | None,
    typer.Option(
        "--format", help="By default from the ending of --out, else mermaid.", show_default=False,
        envvar="PDSLACK_GRAPH_FORMAT",
    ),
]  # fmt: skip
Out = Annotated[
    Path | None, typer.Option("--out", help="Write to this file.", envvar="PDSLACK_GRAPH_OUT", dir_okay=False)
]
OnlyThrough = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="REF", help="Only paths through this (repeatable), e.g. team/payments.",
                 envvar="PDSLACK_ONLY", autocompletion=complete_refs),
]  # fmt: skip
WithDiff = Annotated[
    bool,
    typer.Option(
        "--diff", help="Colour what apply would change; this reads the accounts.", envvar="PDSLACK_GRAPH_DIFF"
    ),
]


def graph(
    files: Files = None,
    format_: DrawingFormat = None,
    out: Out = None,
    only: OnlyThrough = None,
    diff: WithDiff = False,
    sandbox: UseSandbox = False,
    reset: ResetSandbox = False,
) -> None:
    with reported_errors():
        drawing = chosen(format_, out)
        if not diff:
            stack, _ = load_stack(files)
            write(narrow(make_topology(stack), stack, only), drawing, out)
            return
        with opened(files, sandbox=sandbox, reset=reset) as context:
            changes = planned(context, PlanRequest())
        write(narrow(compare_topology(context.stack, changes), context.stack, only), drawing, out)
        raise_if_any(changes.problems)


def narrow(topology: Topology, stack: Stack, only: list[str] | None) -> Topology:
    """Return the whole topology, or the part that was asked for."""
    refs = parse_refs(stack, only)
    return narrowed(topology, refs) if refs else topology


def chosen(format_: Drawing | None, out: Path | None) -> Drawing:
    """Return the requested format, by its name or by the file's extension; raises PdslackError."""
    if format_ or out is None:
        return format_ or Drawing.MERMAID
    if out.suffix.lower() not in SUFFIXES:
        error = PdslackError(f"cannot determine the format of {out} from its extension")
        error.hint = f"must end in {', '.join(SUFFIXES)}, or pass --format {'|'.join(Drawing)}"
        raise error
    return SUFFIXES[out.suffix.lower()]


def write(topology: Topology, drawing: Drawing, out: Path | None) -> None:
    """Write the picture to the file, or to standard output."""
    text = draw(topology, drawing)
    if out is None:
        echo(text, nl=False)
        return
    write_file(out, text)


def draw(topology: Topology, format_: Drawing) -> str:
    match format_:
        case Drawing.SVG:
            return svg(topology)
        case Drawing.HTML:
            return html(topology)
    text = mermaid(topology)
    if too_large_for := too_large(topology, text):
        echo(f"Note: {too_large_for}: narrow it with --only, or use --format svg.", err=True)
    return text
