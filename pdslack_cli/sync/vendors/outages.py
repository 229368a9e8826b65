"""Parts of incidents for which a vendor leaves us without an answer: they are not waited for again at once.

Else each incident of a storm would wait for the same silence, and its message with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pdslack_cli.errors import ApiError
from pdslack_cli.sync.clock import ServiceClock, is_within
from pdslack_cli.sync.message.view import IncidentPart

PAUSE = 10.0  # seconds

T = TypeVar("T")


class Outages:
    """Reads parts, except those for which an answer failed to come a moment ago. Thread-safe."""

    def __init__(self, clock: ServiceClock) -> None:
        self._clock = clock
        self._silent: dict[IncidentPart, tuple[float, ApiError]] = {}

    def read(self, part: IncidentPart, read: Callable[[], T]) -> T:
        """What `read` returns. Raises ApiError."""
        since, silence = self._silent.get(part, (0.0, None))
        if silence and is_within(self._clock.now(), since, PAUSE):
            raise silence.with_traceback(None)
        try:
            found = read()
        except ApiError as error:
            if not error.status and error.wait is None:
                self.note(part, error)
            raise
        self._silent.pop(part, None)
        return found

    def note(self, part: IncidentPart, silence: ApiError) -> None:
        """An answer about this part did not come."""
        self._silent[part] = self._clock.now(), silence
