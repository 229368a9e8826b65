"""Threads for calls that read: many lists and parts are read at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

MOST_READS = 40  # at once, while the vendors' pace allows it: `throttle.py` holds all of them


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
