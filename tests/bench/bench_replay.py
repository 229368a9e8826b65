"""Time and memory of `pdslack replay` for files of alerts: python tests/bench/bench_replay.py

Memory must not grow with the number of alerts.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

FINTECH = Path(__file__).parents[2] / "examples" / "fintech"
COUNTS = (1_000, 10_000, 100_000)
SERVICES = ("payment-service", "auth-service", "unknown")
SEVERITIES = ("critical", "error", "warning", "info")


def write_alerts(file: Path, count: int) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    with file.open("w", encoding="utf-8") as lines:
        for number in range(count):
            event = {
                "summary": f"Alert {number}",
                "source": f"host-{number % 500}",
                "severity": SEVERITIES[number % 4],
                "class": "login" if number % 7 == 0 else "card",
                "custom_details": {"service": SERVICES[number % 3], "note": "x" * 200},
            }
            at = (begin + timedelta(seconds=20 * number)).isoformat()
            lines.write(json.dumps({"at": at, "to": "routing/production", "event": event}) + "\n")


def measured(*words: str) -> tuple[float, float]:
    """Seconds and peak megabytes of one process."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "pdslack_cli.cli.main", *words], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        changed = Path(folder) / "changed"
        shutil.copytree(FINTECH, changed, ignore=shutil.ignore_patterns(".pdslack"))
        routing = changed / "routing.yaml"
        routing.write_text(routing.read_text().replace("'login'", "'logon'"))
        for count in COUNTS:
            alerts = Path(folder) / f"{count}.jsonl"
            write_alerts(alerts, count)
            seconds, megabytes = measured(
                "replay", str(changed), "--base", str(FINTECH), "--from", str(alerts)
            )
            print(f"{count:>9,} alerts  {seconds:7.1f} s  {megabytes:6.0f} MB at most")


if __name__ == "__main__":
    main()
