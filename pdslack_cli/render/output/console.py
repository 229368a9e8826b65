"""Consoles for people: standard output for results, standard error for progress and problems."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import IO, cast

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from pdslack_cli.render.output.safe import visible
from pdslack_cli.render.output.streams import Stream

# A pipe has no width; wrapping there would cut lines that scripts read.
PIPE_WIDTH = 1000


def stdout() -> Console:
    return _console(stderr=False)


def stderr() -> Console:
    return _console(stderr=True)


def as_text(show: Callable[[Console], None]) -> str:
    """What `show` prints, without colours and without wrapped lines."""
    file = io.StringIO()
    show(
        _CleanConsole(
            file=file, color_system=None, width=PIPE_WIDTH, highlight=False, markup=False, emoji=False
        )
    )
    return file.getvalue()


class _CleanConsole(Console):
    """Cleans text before colours are put around it."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=visible(segment.text))


def _console(*, stderr: bool) -> Console:
    # rich itself obeys NO_COLOR, FORCE_COLOR and TERM=dumb.
    file = cast("IO[str]", Stream(err=stderr))
    console = _CleanConsole(file=file, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = _CleanConsole(file=file, highlight=False, markup=False, emoji=False, width=PIPE_WIDTH)
    return console
