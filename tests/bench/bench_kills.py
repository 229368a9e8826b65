"""`kill -9` again and again under a stream of events: the whole run, of which the test is a tenth.

    python -m tests.bench.bench_kills [KILLS] [INCIDENTS] [DATABASE]

Each incident is five events. It fails if one is lost, shown in a wrong order, or posted twice.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from pdslack_cli.sandbox import server
from tests.sync.test_killed import kill_under_a_stream

if __name__ == "__main__":
    server.CALLS_KEPT = 1_000_000  # the order is checked of all that was shown
    given = sys.argv[1:3]
    kills, incidents = map(int, [*given, *("200", "400")[len(given) :]])
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        kill_under_a_stream(
            Path(folder), sys.argv[3] if len(sys.argv) > 3 else "", kills, incidents, under_way=200
        )
    print(f"{kills} kills, {incidents * 5} events: all is well after {time.monotonic() - began:.0f} s")
