"""How many writes are in flight."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Up to the first segment that is an id: words of paths are in lower case and have no digits.
_OBJECT = re.compile(r"(?:/[a-z_-]+)+/(?=[^/]*[A-Z0-9])[^/]+")


def object_in(path: str) -> str:
    """The object that a call is about or beneath, such as `/services/P1`; "" for a list of them."""
    found = _OBJECT.match(path)
    return found[0] if found else ""


class Gate:
    """Lets so many in at once, and never two at one object or beneath it. Thread-safe.

    It gets narrower each time they were in each other's way, and does not widen again within a run: what
    locked each other once does so again.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self._inside = 0
        self._busy: set[str] = set()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, path: str) -> Iterator[None]:
        """While this lasts, a write to the path is in flight."""
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
