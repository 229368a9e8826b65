"""A cache of objects that seldom change; used for longer while the vendor does not answer.

Bounded: the oldest is forgotten first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from pdslack_cli.errors import ApiError
from pdslack_cli.sync.clock import ServiceClock, is_within

MOST = 5_000
LONGEST = 24 * 3600.0  # seconds that a value stands in for one that cannot be read


class Cache:
    """Values by key, each for some seconds. Thread-safe."""

    def __init__(self, clock: ServiceClock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    def get(self, key: Hashable, seconds: float, read: Callable[[], Any]) -> Any:
        """The value of a key, read again if it is older than that. Raises ApiError if none is known."""
        with self._lock:
            known = self._values.get(key)
        if known and is_within(self._clock.now(), known[0], seconds):
            return known[1]
        try:
            value = read()
        except ApiError:
            if known and self._clock.now() - known[0] < LONGEST:
                return known[1]
            raise
        with self._lock:
            self._values[key] = self._clock.now(), value
            self._values.move_to_end(key)
            while len(self._values) > MOST:
                self._values.popitem(last=False)
        return value

    def is_known(self, key: Hashable, seconds: float) -> bool:
        """Whether `get` would answer without reading."""
        with self._lock:
            known = self._values.get(key)
        return known is not None and is_within(self._clock.now(), known[0], seconds)

    def forget(self, key: Hashable) -> None:
        """Drop a value, so that it is read again."""
        with self._lock:
            self._values.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
