"""The time of the service: one clock for every retry and pace."""

from __future__ import annotations

import time
from typing import Protocol


class ServiceClock(Protocol):
    """What the service asks of a clock."""

    def now(self) -> float:
        """Seconds since 1970."""
        ...


class WallClock:
    """The time of this machine."""

    def now(self) -> float:
        return time.time()


def is_within(now: float, since: float, seconds: float) -> bool:
    """Whether less time than that has passed. What lies ahead: the clock was set back."""
    return 0 <= now - since < seconds
