"""rich consoles: standard output for results, standard error for progress and problems."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import IO, Literal, cast

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from pdslack_cli.render.output.streams import Stream, no_color
from pdslack_cli.visible import visible

# A pipe has no width; wrapping there would cut lines that scripts read.
PIPE_WIDTH = 1000
NARROWEST = 20  # columns in which prose is still wrapped


def stdout() -> Console:
    return _console(stderr=False)


def stderr() -> Console:
    return _console(stderr=True)


def as_text(show: Callable[[Console], None]) -> str:
    """Return what `show` prints, without colours and without wrapping."""
    file = io.StringIO()
    show(
        _CleanConsole(
            file=file, color_system=None, width=PIPE_WIDTH, highlight=False, markup=False, emoji=False
        )
    )
    return file.getvalue()


def print_prose(console: Console, text: Text, hang: int = 0) -> None:
    """Print a paragraph: wrapped at words on a terminal, on one line in a pipe.

    The lines after the first are indented by `hang` columns.
    """
    width = console.width - hang
    if not console.is_terminal or width < NARROWEST:
        console.print(text, soft_wrap=True)
        return
    head, body = text[:hang], text[hang:]
    for number, line in enumerate(body.wrap(console, width)):
        line.rstrip()
        console.print((Text(" " * hang) if number else head) + line, soft_wrap=True)


class _CleanConsole(Console):
    """A console that sanitizes text before it adds colours."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=visible(segment.text))


def _console(*, stderr: bool) -> Console:
    # rich obeys FORCE_COLOR and TERM=dumb, and with NO_COLOR keeps bold.
    color_system: Literal["auto"] | None = None if no_color() else "auto"
    file = cast("IO[str]", Stream(err=stderr))
    console = _CleanConsole(file=file, color_system=color_system, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    return console
