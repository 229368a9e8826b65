"""The time in the sandbox: real time, plus what tests and users have moved it by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

FURTHEST = timedelta(days=50 * 365)


class SandboxClock:
    """A clock that can be moved forward, so that nobody waits for a timeout."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """The current instant, in UTC."""
        return datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock by `seconds`. Raises ValueError where that is too far."""
        offset = self._offset.total_seconds() + seconds
        if not abs(offset) <= FURTHEST.total_seconds():  # not a number is not within it either
            raise ValueError(f"the clock can be moved by {FURTHEST.days // 365} years at most")
        self._offset = timedelta(seconds=offset)
