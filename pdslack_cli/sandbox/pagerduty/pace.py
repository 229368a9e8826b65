"""PagerDuty's rate limits: requests per token (pagerduty.md 1.8), events per key (pagerduty.md 12)."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from datetime import datetime, timedelta

from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, PlainlyRefused
from pdslack_cli.sandbox.settings import SandboxLimits
from pdslack_cli.sandbox.store import Store

USUAL = 960
WINDOW = timedelta(minutes=1)


class PagerDutyPace:
    """Counts the requests of each token in windows of a minute."""

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        self._store = store
        self._clock = clock
        self._windows: dict[str, tuple[datetime, int]] = {}
        self._events: dict[str, deque[datetime]] = defaultdict(deque)
        self._lock = threading.Lock()

    def spend(self, token: str) -> dict[str, str]:
        """Count a request and return the rate-limit headers. Raises Refused (429) when none are left."""
        limit = SandboxLimits.read(self._store).pagerduty_per_minute
        if limit is None:
            return headers(USUAL, USUAL, WINDOW)
        now = self._clock.now()
        with self._lock:
            start, spent = self._windows.get(token, (now, 0))
            if now - start >= WINDOW:
                start, spent = now, 0
            self._windows[token] = start, spent + 1
        left = headers(limit, max(0, limit - spent - 1), start + WINDOW - now)
        if spent >= limit:
            raise PagerDutyRefusal(429, "Rate Limit Exceeded", 2020, headers=left)
        return left

    def spend_event(self, content: bytes) -> None:
        """Count an event of its routing key, in a window that slides. Raises Refused (429)."""
        limit = SandboxLimits.read(self._store).events_per_minute
        if limit is None:
            return
        now = self._clock.now()
        with self._lock:
            sent = self._events[routing_key(content)]
            while sent and now - sent[0] >= WINDOW:
                sent.popleft()
            if len(sent) >= limit:
                raise PlainlyRefused(429, "")
            sent.append(now)


def routing_key(content: bytes) -> str:
    """The routing key in the body of an event; empty where there is none to be found."""
    try:
        event = json.loads(content)
    except ValueError:
        return ""
    return str(event.get("routing_key")) if isinstance(event, dict) else ""


def headers(limit: int, remaining: int, reset: timedelta) -> dict[str, str]:
    """`reset` is what is left of the window; PagerDuty sends whole seconds."""
    return {
        "ratelimit-limit": str(limit),
        "ratelimit-remaining": str(remaining),
        "ratelimit-reset": str(-(-reset // timedelta(seconds=1))),
    }
