"""One large answer at a time: dozens are read at once, and forty answers of 64 MB fill the memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

LARGE = 2**20  # bytes, of which anything but a hostile answer has a few

_turn = threading.Lock()
_thread = threading.local()


@contextmanager
def one_answer() -> Iterator[None]:
    """Receive and parse one answer; what `wait_for_turn` took ends here."""
    _thread.has_turn = False
    try:
        yield
    finally:
        if _thread.has_turn:
            _turn.release()
        del _thread.has_turn


def wait_for_turn() -> None:
    """Wait until no other thread has a large answer, until the end of `one_answer`."""
    if getattr(_thread, "has_turn", True):  # outside of `one_answer` nothing is kept
        return
    _turn.acquire()
    _thread.has_turn = True
