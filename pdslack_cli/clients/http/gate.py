"""Limit the number of concurrent writes."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Dependencies collide whatever services they are about (pagerduty.md 6.2).
_ONE_AT_A_TIME = "/service_dependencies"

# Up to the first segment that is an id: other words of paths are in lower case and have no digits.
_OBJECT = re.compile(r"(?:/v3)?(?:/[a-z_-]+)+/(?=[^/]*[A-Z0-9])[^/]+")


def object_in(path: str) -> str:
    """The path of the object that a call is about, such as `/services/P1`; "" for a list."""
    if path.startswith(_ONE_AT_A_TIME):
        return _ONE_AT_A_TIME
    found = _OBJECT.match(path)
    return found[0] if found else ""


class Gate:
    """Allows `width` concurrent writes, and never two on one object or beneath it. Thread-safe.

    It narrows each time writes collide, and does not widen again within a run: writes that collided once will
    collide again.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self._inside = 0
        self._busy: set[str] = set()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, path: str) -> Iterator[None]:
        """Wait for a turn and hold it while writing to the path."""
        about = object_in(path)
        with self._changed:
            self._changed.wait_for(lambda: self._inside < self.width and about not in self._busy)
            self._inside += 1
            self._busy |= {about} - {""}
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._busy.discard(about)
                self._changed.notify_all()

    def narrow(self) -> None:
        """Halve the width, down to one at a time."""
        with self._changed:
            self.width = max(1, self.width // 2)
