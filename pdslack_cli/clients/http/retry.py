"""Retry failed calls. Nothing else in pdslack repeats a call."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pdslack_cli.clients.http.calls import ApiRequest, RetryableError
from pdslack_cli.clients.http.throttle import LONGEST_WAIT, Clock, Throttle, TooLongError
from pdslack_cli.errors import ApiError

T = TypeVar("T")

SHORT_WAIT = 2.0  # seconds

OnWait = Callable[[float, str], None]
"""Called before a wait, in the thread that waits: with its seconds, and what for ("until …", "to …")."""


def untold(seconds: float, what_for: str) -> None:
    """Tell nobody of a wait."""


@dataclass(frozen=True)
class Retry:
    """Retry policy of a call: up to `attempts` failures, within `seconds` of its start.

    Between failures we wait a random time (full jitter) below a bound that starts at `base` seconds
    and doubles up to `longest`. A vendor's "wait" (429) costs no attempt, but ends after `longest_wait`;
    later calls are held back for `longest_pause` at most.
    """

    clock: Clock
    attempts: int = 6
    seconds: float = 120
    base: float = 1
    longest: float = 30
    longest_wait: float = LONGEST_WAIT
    longest_pause: float = math.inf
    random: Callable[[], float] = random.random
    on_wait: OnWait = untold

    def run(self, request: ApiRequest, throttle: Throttle, attempt: Callable[[int], T]) -> T:
        """The result of `attempt`, which gets the number of the try, from 1. Raises the last ApiError."""
        bounds = (min(self.longest, self.base * 2**failure) for failure in range(self.attempts - 1))
        began: float | None = None
        number = 0
        while True:
            number += 1
            try:
                throttle.wait(
                    self.longest_wait,
                    lambda seconds: self.on_wait(seconds, f"until {request.vendor} takes {request} again"),
                )
            except TooLongError as wait:
                error = request.error(ApiError, _giving_up(request, wait.seconds), hint=LATER)
                error.wait, error.passing = wait.seconds, True
                raise error from None
            began = self.clock.time() if began is None else began
            try:
                return attempt(number)
            except RetryableError as retryable:
                waited = self.clock.time() - began
                retryable.error.tries, retryable.error.passing = number, True
                if retryable.wait is not None:
                    if waited + retryable.wait > self.longest_wait:
                        throttle.pause(retryable.wait)
                        retryable.error.wait = retryable.wait
                        retryable.error.message = (
                            f"{_giving_up(request, waited + retryable.wait)}: {retryable.error.message}"
                        )
                        raise retryable.error from retryable
                    throttle.pause(retryable.wait * (1 + 0.3 * self.random()))
                    continue
                bound = next(bounds, None)
                if bound is None or waited + bound > self.seconds:
                    raise retryable.error from retryable
                seconds = bound * self.random()
                self.on_wait(seconds, f"to try {request} again")
                self.clock.sleep(seconds)


def at_once(clock: Clock) -> Retry:
    """A policy without retries or long waits, for a caller that keeps failed work in a queue of its own."""
    return Retry(clock, attempts=1, longest_wait=SHORT_WAIT, longest_pause=LONGEST_WAIT)


LATER = "run again later: completed changes are not repeated"


def _giving_up(request: ApiRequest, seconds: float) -> str:
    return f"{request.vendor} asks to wait {_span(seconds)}; giving up"


def _span(seconds: float) -> str:
    """Seconds in a readable unit."""
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} s"
