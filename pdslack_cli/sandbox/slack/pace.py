"""Slack's rate tiers (slack.md 1.8)."""

from __future__ import annotations

import math
from collections import defaultdict, deque

from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.slack.refused import RateLimited

MINUTE = 60
PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls per minute of each tier; special methods have a pace of their own, or none."""


class SlackPace:
    """When each token called what. It is no part of the workspace, so it does not last."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._calls: dict[tuple[str, ...], deque[float]] = defaultdict(deque)

    def count_call(self, key: tuple[str, ...], count: int, seconds: float) -> None:
        """Count a call; refuse it with a Retry-After if it exceeds `count` in `seconds`."""
        now = self._clock.now().timestamp()
        calls = self._calls[key]
        while calls and calls[0] <= now - seconds:
            calls.popleft()
        if len(calls) >= count:
            raise RateLimited(max(1, math.ceil(calls[0] + seconds - now)))
        calls.append(now)
