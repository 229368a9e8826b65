"""Server-sent events: a line whenever something changed."""

from __future__ import annotations

import time
from collections.abc import Iterator

from pdslack_cli.sandbox.store.revision import Revision

HEARTBEAT = 10.0  # seconds; time goes on also where nothing is written
CALM = 0.25  # seconds; a hundred writes at once are one change to whoever looks on


def changes(revision: Revision) -> Iterator[bytes]:
    """The number of each change, and the last again as a heartbeat, for as long as the sandbox runs."""
    known = revision.number
    yield _event(known)
    while not revision.closed:
        known = revision.wait(known, HEARTBEAT)
        yield _event(known)
        time.sleep(CALM)


def _event(number: int) -> bytes:
    return b"data: %d\n\n" % number
