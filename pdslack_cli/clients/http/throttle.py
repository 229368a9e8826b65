"""Rate limiting: spaces calls, and pauses all callers when a vendor asks to wait."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Protocol

LONGEST_WAIT = 300.0  # seconds that a vendor may make us wait at once


class Clock(Protocol):
    """A clock for the clients; tests use one in which waiting takes no time."""

    def time(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed."""
        ...


class SystemClock:
    """The real time."""

    def time(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


SYSTEM_CLOCK = SystemClock()


class TooLongError(Exception):
    """The vendor asks for a longer pause than we wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Throttle:
    """Spaces calls, and blocks every caller during a pause. Thread-safe.

    After `burst` calls at once they are `interval` seconds apart; unused time earns the burst back.
    No pause is longer than `longest_pause`: then the next call finds out.
    """

    def __init__(
        self, clock: Clock, *, interval: float = 0, burst: int = 1, longest_pause: float = math.inf
    ) -> None:
        self._clock = clock
        self._interval = interval
        self._burst = burst
        self._longest_pause = longest_pause
        self._lock = threading.Lock()
        self._held_until = clock.time()
        # When the burst will be whole again: the only state that spacing needs (the GCRA algorithm).
        self._whole_at = clock.time()

    def wait(self, longest: float = LONGEST_WAIT, on_wait: Callable[[float], None] = lambda _: None) -> None:
        """Return when the next call may be made; to be called before each. Raises TooLongError.

        `on_wait` gets the seconds before each wait.
        """
        # Turns are not reserved: a pause that begins meanwhile must also block those who already wait.
        while (seconds := self._take_turn()) > 0:
            if seconds > longest:
                raise TooLongError(seconds)
            on_wait(seconds)
            self._clock.sleep(seconds)

    def pause(self, seconds: float) -> None:
        """Let no call pass for `seconds`; afterwards the burst is spent."""
        with self._lock:
            until = self._clock.time() + min(seconds, self._longest_pause)
            self._held_until = max(self._held_until, until)
            self._whole_at = max(self._whole_at, self._held_until + self._interval * (self._burst - 1))

    def follow_limits(self, limit: float, remaining: float, reset: float) -> None:
        """Adapt to the vendor's headers: of `limit` calls, `remaining` are left for `reset` seconds."""
        if remaining < 1:
            self.pause(reset)
            return
        with self._lock:
            # No spacing at first; the last quarter is spread evenly over the rest of the window.
            self._interval = reset / remaining if remaining < limit / 4 else 0

    @property
    def is_ready(self) -> bool:
        """Whether a call need not wait."""
        with self._lock:
            return self._ready_at <= self._clock.time()

    @property
    def _ready_at(self) -> float:
        return max(self._held_until, self._whole_at - self._interval * (self._burst - 1))

    def _take_turn(self) -> float:
        """Seconds still to wait; 0 when the turn was taken."""
        with self._lock:
            now = self._clock.time()
            if (ready := self._ready_at) > now:
                return ready - now
            self._whole_at = max(self._whole_at, now) + self._interval
            return 0
