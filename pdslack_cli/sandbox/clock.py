"""The clock of the sandbox: real time plus an offset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

FURTHEST = timedelta(days=50 * 365)


class SandboxClock:
    """A clock that can be moved forward, so that tests need not wait for timeouts."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """The current instant, in UTC."""
        return datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock by `seconds`. Raises ValueError if the result is out of range."""
        self.check(seconds)
        self._offset += timedelta(seconds=seconds)

    def check(self, seconds: float) -> None:
        """Raise ValueError if `seconds` from now is out of range."""
        # Not a number is not within it either.
        if not abs(self._offset.total_seconds() + seconds) <= FURTHEST.total_seconds():
            raise ValueError(f"the clock can be moved by {FURTHEST.days // 365} years at most")

    @property
    def offset(self) -> float:
        """The seconds that it is ahead of real time."""
        return self._offset.total_seconds()
