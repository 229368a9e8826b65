"""The door of all output: whatever leaves here is clean (`safe.py`).

Nothing that happens to a stream ends the work of a command: a reader that went away or a full disk is
remembered, and told at the end. It imports nothing that takes time, since every command imports it.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

from pdslack_cli.render.output.safe import json_text, visible


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Write text that is complete as it is."""
    write_raw(visible(text) + ("\n" if nl else ""), err=err)


def echo_json(document: Any) -> None:
    """Write a JSON document to standard output."""
    write_raw(json_text(document) + "\n")


def write_raw(text: str, *, err: bool = False) -> None:
    """Write what is clean already, or is a command that a runner shall obey."""
    stream = Stream(err=err)
    stream.write(text)
    stream.flush()


def finish() -> str:
    """End all output; returns why standard output is not complete, "" where it is or nobody reads on."""
    for err in (False, True):
        Stream(err=err).flush()
        if err in _broken:
            _silence(sys.stderr if err else sys.stdout)
    error = _broken.get(False)
    _broken.clear()
    return "" if error is None or error.errno == errno.EPIPE else error.strerror or str(error)


_broken: dict[bool, OSError] = {}  # what ended standard output (False) and standard error (True)


class Stream:
    """A standard stream that never raises; after an error nothing more is written to it."""

    def __init__(self, *, err: bool) -> None:
        self._err = err
        self._file: TextIO | None = sys.stderr if err else sys.stdout

    def write(self, text: str) -> int:
        self._try(lambda file: _write(file, text))
        return len(text)

    def flush(self) -> None:
        self._try(lambda file: file.flush())

    def isatty(self) -> bool:
        try:
            return bool(self._file and self._file.isatty())
        except ValueError:
            return False

    def _try(self, work: Callable[[TextIO], object]) -> None:
        if self._file is None or self._err in _broken:
            return
        try:
            work(self._file)
        except OSError as error:
            _broken[self._err] = error
        except ValueError as error:  # somebody has closed it
            _broken[self._err] = OSError(errno.EPIPE, str(error))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _write(file: TextIO, text: str) -> None:
    try:
        file.write(text)
    except UnicodeEncodeError:
        encoding = file.encoding or "ascii"
        file.write(text.encode(encoding, "replace").decode(encoding))


def _silence(file: TextIO | None) -> None:
    """Let what the stream still holds go nowhere, so that the interpreter's own flush at the end works."""
    try:
        if file is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())
            file.flush()
    except (OSError, ValueError):
        return
