"""Read and write files that a user names: regular files only, with a size limit.

Reading a FIFO would block, a device may be endless, and parsing a huge file takes minutes and gigabytes.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from pdslack_cli.errors import PdslackError

MAX_BYTES = 10_000_000
STATE_FOLDER = ".pdslack"  # beside a stack: what runs keep there
STDIN = Path("-")  # where a user may name it instead of a file

_TYPES = {
    stat.S_IFDIR: "it is a directory",
    stat.S_IFIFO: "it is a FIFO, not a regular file",
    stat.S_IFSOCK: "it is a socket, not a regular file",
    stat.S_IFCHR: "it is a device, not a regular file",
    stat.S_IFBLK: "it is a device, not a regular file",
}


class FileRefusedError(OSError):
    """A file cannot be read or written, regardless of its permissions. `strerror` holds the reason."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(0, reason, str(path))


def refuse_irregular(path: Path) -> None:
    """Raise FileRefusedError if the path exists and is not a regular file, without opening it."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return
    except ValueError as error:  # a name that no file system takes
        raise FileRefusedError(path, str(error)) from None
    _refuse_type(path, status)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; raises OSError, without blocking on other types."""
    return os.fdopen(_opened(path, os.O_RDONLY), "rb")


def append_text(path: Path, text: str) -> None:
    """Append lines to a regular file, or create one that only its owner can read; raises OSError.

    They begin on a line of their own, also after one that a full disk cut short.
    """
    descriptor = _opened(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    with os.fdopen(descriptor, "a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            text = text if file.read(1) == b"\n" else f"\n{text}"
        file.write(text.encode())


def open_to_write(path: Path, *, private: bool = False) -> TextIO:
    """Open a new or truncated regular file for text, optionally `private` to its owner; raises OSError."""
    descriptor = _opened(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o666)
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="\n")


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 atomically, through a temporary one beside it; raises OSError.

    A crash leaves the old file or the new one.
    """
    refuse_irregular(path)
    _replace(path, text, 0o600)


def rewrite_file(path: Path, text: str) -> None:
    """Replace the text of an existing file atomically, keeping its mode; raises OSError.

    If the path is a link, its target is replaced.
    """
    with open(_opened(path, os.O_WRONLY)):  # it must be one that we may write
        pass
    _replace(Path(os.path.realpath(path)), text)


def _replace(path: Path, text: str, mode: int | None = None) -> None:
    """Replace a file through a temporary one; without `mode` it keeps that of the old one, if any."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")
    try:
        os.chmod(temporary, _usual_mode(path) if mode is None else mode)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _usual_mode(path: Path) -> int:
    """The mode of the file, or that of any new one."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        usual = os.umask(0o077)  # it can only be read by setting it: to one that hides what others create
        os.umask(usual)
        return 0o666 & ~usual


@contextmanager
def reported_writing(path: Path, purpose: str = "") -> Iterator[None]:
    """Context manager: convert an error while writing a file to a PdslackError that names it."""
    try:
        yield
    except OSError as error:
        raise PdslackError(
            f"cannot write {' '.join(filter(None, (str(path), purpose)))}: {error.strerror}"
        ) from None


def make_folder_of(path: Path) -> None:
    """Make the folder of what a run keeps, for its user alone; raises OSError.

    A new `.pdslack` keeps itself out of Git: it holds secrets, and only `init` writes a `.gitignore`.
    """
    folder = path.parent
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.name == STATE_FOLDER:
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")


def write_file(path: Path, text: str, *, with_folders: bool = False) -> None:
    """Write a file that the user asked for, optionally with its parent folders; raises PdslackError.

    A full disk or a crash leaves the old file, or none: half a result is taken for a whole one.
    """
    if with_folders:
        with reported_writing(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
    with reported_writing(path):
        if path.exists():
            rewrite_file(path, text)
        else:
            _replace(Path(os.path.realpath(path)), text)


def read_bytes(path: Path) -> bytes:
    """Read a regular file of at most MAX_BYTES; raises OSError."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        content: bytes | None = file.read(MAX_BYTES + 1)
    if content is None or (content and not size):
        # Of this sort are the files of /proc: one of them is the environment, with all tokens, one may wait.
        raise FileRefusedError(path, "it is a virtual file of the system, not a regular file")
    return _within_limit(path, content, "it")


def read_stdin() -> bytes:
    """Read standard input, of at most MAX_BYTES; raises OSError."""
    return _within_limit(STDIN, sys.stdin.buffer.read(MAX_BYTES + 1), "it")


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a regular file of any size, each of at most MAX_BYTES; raises OSError."""
    with open_regular(path) as file:
        yield from _lines(path, file)


def read_stdin_lines() -> Iterator[bytes]:
    """Yield the lines of standard input, each of at most MAX_BYTES; raises OSError."""
    return _lines(STDIN, sys.stdin.buffer)


def _lines(path: Path, file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(MAX_BYTES + 1):
        yield _within_limit(path, line, "a line")


def _within_limit(path: Path, content: bytes, what: str) -> bytes:
    if len(content) > MAX_BYTES:
        raise FileRefusedError(path, f"{what} is larger than {MAX_BYTES // 1_000_000} MB")
    return content


def _opened(path: Path, flags: int, mode: int = 0o600) -> int:
    refuse_irregular(path)
    # The file may have been replaced since: opening does not block, and what was opened is looked at again.
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0), mode)
    try:
        _refuse_type(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _refuse_type(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise FileRefusedError(path, _TYPES.get(stat.S_IFMT(status.st_mode), "it is not a regular file"))
