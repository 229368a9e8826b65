"""Worker threads: one looks for due work; while it does that work, the next one looks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

from pdslack_cli.sync.storage.claims import release
from pdslack_cli.sync.storage.database import DATABASE_FAILURES, Database, Wakeup, reason_of

POLL = 1.0  # seconds, whatever was announced
AFTER_DEFECT = 1.0

Job = Callable[[], object]

log = logging.getLogger(__name__)


class Workers:
    """Some threads that repeat one kind of work until they are stopped."""

    def __init__(
        self,
        name: str,
        number: int,
        database: Database,
        wakeup: Wakeup,
        next_: Callable[[str], Job | None],
    ) -> None:
        self._database, self._wakeup, self._next = database, wakeup, next_
        self._looking, self._stopping = threading.Lock(), threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(f"{database.process}/{name}-{index}",), name=name)
            for index in range(number)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> bool:
        """Let each finish what it does; returns whether all did in time."""
        self._stopping.set()
        self._wakeup.set()
        for thread in self._threads:
            thread.join(seconds)
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def _run(self, owner: str) -> None:
        failed = False
        while not self._stopping.is_set():
            try:
                if failed:  # what it held would be held for ever
                    self._database.write(partial(release, owner=owner))
                    failed = False
                if job := self._look(owner):
                    job()
            except Exception as error:  # of the database, or a defect: the thread goes on
                if isinstance(error, DATABASE_FAILURES):
                    log.warning("the database failed: %s", reason_of(error))
                else:
                    log.exception("a worker failed")
                failed = True
                self._stopping.wait(AFTER_DEFECT)

    def _look(self, owner: str) -> Job | None:
        """Wait for something that is due; None at the end.

        One thread looks at a time: so a wake-up costs one look in the database, and not one of each thread.
        """
        with self._looking:
            while not self._stopping.is_set():
                seen = self._wakeup.number  # before looking, or one in between would be lost
                if job := self._next(owner):
                    return job
                self._wakeup.wait(seen, POLL)
            return None
