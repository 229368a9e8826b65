"""Threads for calls that read: many lists and parts are read at once, and counted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

MOST_READS = 40  # at once, while the vendors' pace allows it: `throttle.py` holds all of them

ReadWatcher = Callable[[int, int], None]
"""Called, in any thread, with how many reads are done and how many are known to be needed."""

T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def readers(most: int) -> Iterator[ThreadPoolExecutor]:
    """Run up to `most` reads at once; after an error, those that have not begun are cancelled.

    An interrupt does not wait for the answers to those that have: a vendor may never give them.
    """
    pool = ThreadPoolExecutor(most, thread_name_prefix="read")
    wait = False
    try:
        yield pool
        wait = True
    except Exception:
        wait = True
        raise
    finally:
        pool.shutdown(wait=wait, cancel_futures=True)


class ReadCount:
    """Counts the reads of a run, and calls a watcher after each."""

    def __init__(self, watch: ReadWatcher | None = None) -> None:
        self._watch = watch
        self._lock = threading.Lock()
        self._done = self._total = 0

    def expect(self, number: int) -> None:
        """Note that so many more reads are needed."""
        with self._lock:
            self._total += number

    def add(self) -> None:
        """Note that a read is done."""
        with self._lock:
            self._done += 1
            if self._watch:
                self._watch(self._done, self._total)


def map_concurrently(items: Iterable[T], work: Callable[[T], R], count: ReadCount | None = None) -> list[R]:
    """Run `work` on all items concurrently and return the results; the first error cancels the rest."""
    with readers(MOST_READS) as pool:
        return [future.result() for future in submitted(pool, items, work, count or ReadCount())]


def submitted(
    pool: Executor, items: Iterable[T], work: Callable[[T], R], count: ReadCount
) -> list[Future[R]]:
    """Have the pool run `work` on all items, and count the reads."""
    items = list(items)
    count.expect(len(items))

    def counted(item: T) -> R:
        result = work(item)
        count.add()
        return result

    return [pool.submit(counted, item) for item in items]
