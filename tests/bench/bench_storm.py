"""A storm in real time: 500 incidents in a minute into one channel, at the pace that Slack allows.

python -m tests.bench.bench_storm [INCIDENTS] [SECONDS] [DATABASE]
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from tests.sync.world import CHANNEL, World, world


def pages(running: World) -> str:
    """The blocks of what stands in threads."""
    found = [message["blocks"] for message in running.sandbox.messages(CHANNEL) if message.get("thread_ts")]
    return json.dumps(found, ensure_ascii=False)


def own(running: World) -> set[str]:
    """The incidents that have a message of their own."""
    found = (message.get("metadata") or {} for message in running.sandbox.messages(CHANNEL))
    return {str((metadata.get("event_payload") or {}).get("incident")) for metadata in found}


def missing(running: World, numbers: dict[str, int]) -> list[str]:
    """The incidents that no message and no page shows."""
    shown, messages = pages(running), own(running)
    return [id_ for id_, number in numbers.items() if id_ not in messages and f"|#{number}>" not in shown]


if __name__ == "__main__":
    given = sys.argv[1:3]
    number, seconds = map(int, [*given, *("500", "60")[len(given) :]])
    database = sys.argv[3] if len(sys.argv) > 3 else ""
    with tempfile.TemporaryDirectory() as folder, world(Path(folder), database=database) as running:
        began = time.monotonic()
        ids: list[str] = []
        for index in range(number):
            ids.append(running.trigger(f"Storm {index}", dedup_key=f"storm-{index}"))
            time.sleep(max(0.0, began + (index + 1) * seconds / number - time.monotonic()))
        sent = time.monotonic()
        print(f"{number} incidents in {sent - began:.0f} s")
        numbers = {id_: running.incident(id_)["incident_number"] for id_ in ids}
        while missing(running, numbers):
            time.sleep(0.5)
        messages = running.sandbox.messages(CHANNEL)
        print(
            f"all visible {time.monotonic() - sent:.1f} s after the last, in {len(messages)} messages "
            f"({len(own(running) & set(ids))} of single incidents)"
        )
