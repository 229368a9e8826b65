"""One writing run at a time, where one machine can see to it.

The lock is a file beside the stack, and the operating system's: no service keeps it, and it is free again
when its holder dies. It says nothing to a run on another machine, or in another copy of the folder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pdslack_cli.errors import PdslackError

LOCK_FILE = ".pdslack/lock"


@contextmanager
def only_run(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of the stack in that folder, after `waiting` has said so where another run has it.

    Raises PdslackError where the file cannot be written.
    """
    path = folder / LOCK_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = path.open("a")
    except OSError as error:
        raise PdslackError(f"cannot write the lock {path}: {error.strerror}") from None
    with file:
        if sys.platform != "win32":  # which has no flock, and gets no lock
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(file, fcntl.LOCK_EX)
        yield
