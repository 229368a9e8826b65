"""Standard output and error: all output passes through here and is sanitized (`safe.py`).

An error of a stream does not stop a command: a closed pipe or a full disk is remembered and reported at the
end. Every command imports this module, so it imports nothing that is slow.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

from pdslack_cli.masking import mask_value
from pdslack_cli.visible import json_text, visible

_ERASE = "\r\x1b[K"  # back to the start of the line, and empty it


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Write text that needs no processing beyond sanitizing."""
    write_raw(visible(text) + ("\n" if nl else ""), err=err)


def echo_json(document: Any, *, masked: bool = True) -> None:
    """Write a JSON document to standard output, with known secrets `masked` unless they are asked for."""
    write_raw(json_text(mask_value(document) if masked else document) + "\n")


def echo_json_line(document: Any) -> None:
    """Write a JSON document to standard output, on one line and without known secrets."""
    write_raw(json_text(mask_value(document), indent=None) + "\n")


def write_raw(text: str, *, err: bool = False) -> None:
    """Write sanitized text, or a workflow command."""
    stream = Stream(err=err)
    stream.write(text)
    stream.flush()


def finish() -> str:
    """Flush all output; returns why standard output is incomplete, "" if it is complete or was closed."""
    Stream(err=True).write("")  # no status is left
    for err in (False, True):
        Stream(err=err).flush()
        if err in _broken:
            _silence(sys.stderr if err else sys.stdout)
    error = _broken.get(False)
    _broken.clear()
    return "" if error is None or error.errno == errno.EPIPE else error.strerror or str(error)


def can_show_status() -> bool:
    """Return whether standard error is a terminal that can update a line in place."""
    return Stream(err=True).isatty() and os.environ.get("TERM") != "dumb" and not no_color()


def no_color() -> bool:
    """Return whether the user wants plain text: neither colours nor any other control sequence."""
    return bool(os.environ.get("NO_COLOR"))


def show_status(text: str) -> None:
    """Write a line on the terminal that the next output replaces."""
    stream = Stream(err=True)
    stream.write(visible(text))
    stream.flush()
    _status.append(text)


_status: list[str] = []  # the line that is to be replaced, if there is one
_broken: dict[bool, OSError] = {}  # what ended standard output (False) and standard error (True)


class Stream:
    """A standard stream that never raises; after an error nothing more is written to it."""

    def __init__(self, *, err: bool) -> None:
        self._err = err
        self._file: TextIO | None = sys.stderr if err else sys.stdout

    def write(self, text: str) -> int:
        if _status:
            _status.clear()
            Stream(err=True).write(_ERASE)
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
    """Discard what the stream has buffered, so that the interpreter's flush at exit succeeds."""
    try:
        if file is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())
            file.flush()
    except (OSError, ValueError):
        return
