"""When a failed call is made again. Nothing else in pdslack repeats a call."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from pdslack_cli.clients.throttle import Clock, Throttle
from pdslack_cli.errors import ApiError

T = TypeVar("T")


class Again(Exception):  # noqa: N818 - a request to the loop below, not an error that leaves it
    """This try failed and another may succeed. `wait`: how many seconds the vendor asks us to wait."""

    def __init__(self, error: ApiError, wait: float | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.wait = wait


@dataclass(frozen=True)
class Retry:
    """How long one call is tried: `attempts` failures, and `seconds` since the first of them.

    Between failures we wait a random time (full jitter) below a bound that starts at `base` seconds
    and doubles up to `longest`. A vendor's "wait" (429) costs time only, no attempt.
    """

    clock: Clock
    attempts: int = 6
    seconds: float = 300
    base: float = 1
    longest: float = 30
    random: Callable[[], float] = random.random

    def run(self, throttle: Throttle, attempt: Callable[[int], T]) -> T:
        """The result of `attempt`, which gets the number of the try, from 1. Raises the last ApiError."""
        bounds = self._bounds()
        deadline: float | None = None
        number = 0
        while True:
            number += 1
            throttle.wait()
            try:
                return attempt(number)
            except Again as again:
                now = self.clock.time()
                deadline = now + self.seconds if deadline is None else deadline
                bound = next(bounds, None) if again.wait is None else again.wait
                if bound is None or now + bound > deadline:
                    again.error.tries = number
                    raise again.error from again
                if again.wait is None:
                    self.clock.sleep(bound * self.random())
                else:
                    throttle.pause(bound * (1 + 0.3 * self.random()))

    def _bounds(self) -> Iterator[float]:
        return (min(self.longest, self.base * 2**failure) for failure in range(self.attempts - 1))
