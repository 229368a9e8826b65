"""The time of both vendors: moving the clock fires the timers that are due on the way."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from pdslack_cli.model import Json
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.settings import upsert
from pdslack_cli.sandbox.store import Store

SETTING = "sandbox.setting", "clock"
TICK = 0.2  # seconds; nobody notices, and an idle sandbox costs nothing


class Timed(Protocol):
    """Something for which time passes."""

    def next_time(self, until: datetime) -> datetime | None:
        """When the next thing is due, if it is by `until`."""
        ...

    def pass_time(self, until: datetime) -> bool:
        """Do the next thing that is due by `until`, with the clock at its moment; False if there is none."""
        ...


class Timekeeper:
    """Moves the clock, and lets timers end: in their order, each at its own moment."""

    def __init__(self, clock: SandboxClock, store: Store, timed: Iterable[Timed]) -> None:
        self._clock, self._store, self._timed = clock, store, tuple(timed)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox time", daemon=True)
        self.resume()

    def resume(self) -> None:
        """Set the clock to where the store left it."""
        known = self._store.get(*SETTING)
        self._clock.advance((known["offset"] if known else 0.0) - self._clock.offset)

    def advance(self, seconds: float) -> None:
        """Move the clock; everything on the way happens. Raises ValueError where that is too far."""
        with self._lock:
            self._clock.check(seconds)
            if seconds < 0:
                raise ValueError("the clock only moves forward: the seconds must not be negative")
            target = self._clock.now() + timedelta(seconds=seconds)
            self._pass(target)
            self._clock.advance(max((target - self._clock.now()).total_seconds(), 0.0))
            upsert(self._store, *SETTING, {"offset": self._clock.offset})

    def advance_to(self, moment: str) -> None:
        """Move the clock forward to a moment, in ISO 8601. Raises ValueError where it is not later."""
        try:
            at = datetime.fromisoformat(moment)
        except ValueError:
            raise ValueError(f"{moment!r} is not a moment; write 2030-01-01T08:00:00Z") from None
        if at.tzinfo is None:
            raise ValueError(f"{moment!r} needs a time zone or an offset, such as Z")
        seconds = (at - self._clock.now()).total_seconds()
        if seconds < 0:
            raise ValueError(f"{moment!r} is in the past; the clock only moves forward")
        self.advance(seconds)

    def shown(self) -> Json:
        """The time, and by how many seconds it is ahead of real time."""
        return {"now": self._clock.now().isoformat(), "ahead": self._clock.offset}

    def start(self) -> None:
        """Let real time pass too, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End the background."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(TICK):
            with self._lock:
                self._pass(self._clock.now())

    def _pass(self, until: datetime) -> None:
        while self._happened(until):
            pass

    def _happened(self, until: datetime) -> bool:
        before = self._clock.offset
        # With what happened, the time at which it did: a process that is killed next begins there.
        with self._store.transaction():
            due = [(at, timed) for timed in self._timed if (at := timed.next_time(until))]
            happened = bool(due)
            if due:
                at, first = min(due, key=lambda pair: pair[0])
                first.pass_time(at)
            if self._clock.offset != before:
                upsert(self._store, *SETTING, {"offset": self._clock.offset})
        return happened
