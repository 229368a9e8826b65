"""How many writes are in flight."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self


class Gate:
    """Lets so many in at once, and fewer each time they were in each other's way. Thread-safe.

    It does not widen again within a run: what locked each other once does so again.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self._inside = 0
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        with self._changed:
            self._changed.wait_for(lambda: self._inside < self.width)
            self._inside += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    def narrow(self) -> None:
        """Halve the width, down to one at a time."""
        with self._changed:
            self.width = max(1, self.width // 2)
