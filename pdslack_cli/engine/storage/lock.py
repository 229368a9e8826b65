"""Lock the stack, so that one run at a time writes on this machine.

The operating system holds a lock on a file beside the stack and frees it when its holder dies. It does not
reach runs on another machine or in another copy of the folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from pdslack_cli.config.sources.files import make_folder_of, refuse_irregular
from pdslack_cli.errors import PdslackError

LOCK_FILE = ".pdslack/lock"


def exclusive_run(folder: Path, waiting: Callable[[], None]) -> AbstractContextManager[None]:
    """Hold the lock of the stack in a folder; calls `waiting` first if another run holds it."""
    return locked(folder / LOCK_FILE, waiting)


@contextmanager
def locked(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock of that file; calls `waiting` first if another process holds it.

    Raises PdslackError where the file cannot be written or locked.
    """
    from filelock import FileLock, Timeout  # late: it brings asyncio, and most commands take no lock

    lock = FileLock(path)
    try:
        make_folder_of(path)
        refuse_irregular(path)
        path.touch()  # filelock would try for ever where the file system takes no new file, such as /proc
        try:
            lock.acquire(blocking=False)
        except Timeout:
            waiting()
            lock.acquire()
    except OSError as error:
        raise PdslackError(f"cannot write the lock {path}: {error.strerror}") from None
    except NotImplementedError:
        raise PdslackError(f"cannot lock {path}: the file system does not support locks") from None
    try:
        yield
    finally:
        lock.release()
