"""The time in the sandbox: real time, plus what tests and users have moved it by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that can be moved forward, so that nobody waits for a timeout."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """The current instant, in UTC."""
        return datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock by `seconds`."""
        self._offset += timedelta(seconds=seconds)
