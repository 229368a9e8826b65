"""How long the commands take that people wait for: `--help`, and `validate` of many services.

Prints medians of whole processes; asserts nothing. Run: python tests/bench/bench_commands.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 7
SERVICE = """  service-{number}:
    name: Service {number}
    description: Does one of many things
    escalation_policy: on-call
    urgency: severity
    auto_resolve_timeout: 4h
    integrations: [Events API v2]
    rules:
      - label: Critical
        if: event.severity matches 'critical' and event.custom_details.host matches 'host-{number}'
        then: {{priority: P1, title: "Service {number}: {{{{event.summary}}}}"}}
"""
HEAD = """owner: bench
people: {maya: maya@acme.example}
escalation_policies:
  on-call: {levels: [{notify: [person/maya], escalate_after: 15m}]}
services:
"""


def seconds(*words: str) -> float:
    """The wall-clock time of one whole process."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "pdslack_cli.cli.main", *words], check=True, capture_output=True)
    return time.perf_counter() - began


def report(title: str, *words: str) -> None:
    seconds(*words)  # warm the file cache
    times = [seconds(*words) for _ in range(RUNS)]
    print(f"{title:<40} median {statistics.median(times):6.3f} s   min {min(times):6.3f} s   {RUNS} runs")


def main() -> None:
    report("pdslack --help", "--help")
    with tempfile.TemporaryDirectory() as folder:
        for count in (100, 1000):
            file = Path(folder) / f"{count}.yaml"
            file.write_text(HEAD + "".join(SERVICE.format(number=number) for number in range(count)))
            report(f"pdslack validate, {count} services", "validate", str(file))


if __name__ == "__main__":
    main()
