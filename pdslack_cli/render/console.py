"""Where text goes: results to standard output, progress and problems to standard error."""

from __future__ import annotations

import io
from collections.abc import Callable

from rich.console import Console

# A pipe has no width; wrapping there would cut lines that scripts read.
PIPE_WIDTH = 1000


def stdout() -> Console:
    return _console(stderr=False)


def stderr() -> Console:
    return _console(stderr=True)


def as_text(show: Callable[[Console], None]) -> str:
    """What `show` prints, without colours and without wrapped lines."""
    file = io.StringIO()
    show(Console(file=file, highlight=False, markup=False, emoji=False, color_system=None, width=PIPE_WIDTH))
    return file.getvalue()


def _console(*, stderr: bool) -> Console:
    # rich itself obeys NO_COLOR, FORCE_COLOR and TERM=dumb.
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=PIPE_WIDTH)
    return console
