"""A number that grows with every change of the sandbox, to wait for."""

from __future__ import annotations

import threading


class Revision:
    """A number that grows with every change. Waiting for it holds up nobody who makes one."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._number = 0
        self._closed = False

    @property
    def number(self) -> int:
        """How many changes there were."""
        with self._condition:
            return self._number

    @property
    def closed(self) -> bool:
        """Whether no more changes will come."""
        with self._condition:
            return self._closed

    def advance(self) -> None:
        """Count a change, and wake everybody who waits."""
        with self._condition:
            self._number += 1
            self._condition.notify_all()

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def wait(self, known: int, seconds: float) -> int:
        """The number as soon as it differs from `known`, at the latest after that many seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._closed or self._number != known, seconds)
            return self._number
