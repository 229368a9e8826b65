"""Progress of long runs: counts on standard error, and nothing for a short run.

On a terminal a single line is updated in place; elsewhere a line is printed every few seconds, so that a log
shows activity.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pdslack_cli.render.output.streams import can_show_status, echo, show_status

SHORT = 1.0  # seconds that need no progress
EVERY_LINE = 5.0  # seconds between two lines of a log
EVERY_STATUS = 0.1
LONG_WAIT = 5.0  # seconds; a shorter one needs no word
_FEW = 3  # of which no rate can be taken

Counter = Callable[[int, int], None]
"""Called with how many are done, and of how many."""


class Progress:
    """Shows counts, from any thread."""

    def __init__(self, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._quiet = quiet
        self._clock = clock
        self._lock = threading.Lock()
        self._shown = self._waits_until = clock()

    def counter(self, verb: str, *, shows_rest: bool = False) -> Counter:
        """Return a counter that starts now, optionally with the remaining time."""
        began = self._clock()

        def count(done: int, total: int) -> None:
            if self._quiet:
                return
            with self._lock:
                now = self._clock()
                if self._is_due(now, began):
                    self._shown = now
                    rest = _rest(now - began, done, total) if shows_rest else ""
                    self._show(f"{verb} {done}/{total}{rest}")

        return count

    def waiting(self, seconds: float, what_for: str) -> None:
        """Tell of a long wait; of several that end at the same time, of one."""
        if self._quiet or seconds < LONG_WAIT:
            return
        with self._lock:
            now = self._clock()
            if now + seconds > self._waits_until + 1:
                self._shown, self._waits_until = now, now + seconds
                self._show(f"waiting {seconds:.0f} s {what_for}")

    def _is_due(self, now: float, began: float) -> bool:
        if can_show_status():
            return now - began >= SHORT and now - self._shown >= EVERY_STATUS
        return now - max(began, self._shown) >= EVERY_LINE

    def _show(self, text: str) -> None:
        if can_show_status():
            show_status(text)
        else:
            echo(text, err=True)


def _rest(passed: float, done: int, total: int) -> str:
    """Return the remaining time, at the rate so far."""
    if done < _FEW or done >= total:
        return ""
    seconds = passed / done * (total - done)
    return f", {max(1, round(seconds))} s left" if seconds < 100 else f", {seconds / 60:.0f} min left"
