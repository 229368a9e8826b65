"""Counting the calls that a real run makes of our own functions, by Python's profile hook."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import unwrap
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pdslack_cli

PACKAGE = Path(pdslack_cli.__file__).parent


@dataclass
class Walk:
    """The files of the package that run inside of some functions, and the moves from one to another."""

    files: set[str] = field(default_factory=set)
    moves: set[tuple[str, str]] = field(default_factory=set)


@contextmanager
def walked(*functions: Callable[..., Any]) -> Iterator[Walk]:
    """Record what these functions, and whatever they call, enter."""
    inside = {unwrap(function).__code__ for function in functions}
    walk, above, depth = Walk(), [""], 0

    def on_event(frame: FrameType, event: str, _: object) -> None:
        nonlocal depth
        code = frame.f_code
        if event == "call":
            depth += code in inside
            file = _file(code) if depth else ""
            if file:
                walk.files.add(file)
                if above[-1] and above[-1] != file:
                    walk.moves.add((above[-1], file))
            above.append(file or above[-1])
        elif event == "return" and len(above) > 1:
            above.pop()
            depth -= code in inside

    sys.setprofile(on_event)
    try:
        yield walk
    finally:
        sys.setprofile(None)


@contextmanager
def counted(name_of: dict[CodeType, Callable[[FrameType], Any]]) -> Iterator[Counter[Any]]:
    """Count the calls of functions, by their code; what is called is named by its frame."""
    calls: Counter[Any] = Counter()

    def on_event(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in name_of:
            calls[name_of[frame.f_code](frame)] += 1

    sys.setprofile(on_event)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def _file(code: CodeType) -> str:
    path = Path(code.co_filename)
    return str(path.relative_to(PACKAGE)) if path.is_relative_to(PACKAGE) else ""
