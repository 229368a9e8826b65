"""How long the commands take that people wait for: `--help`, `validate` of many services, the quickstart.

Prints medians of whole processes, and the least processor time; asserts nothing. Run:

python tests/bench/bench_commands.py
PYTHONPATH=OLD python tests/bench/bench_commands.py   # of the checkout in the folder OLD
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 7
QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart.yaml"
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


def seconds(*words: str, file: Path) -> tuple[float, float]:
    """The time of one whole process in a new folder with a copy of the file, and that of the processor."""
    command = [sys.executable, "-m", "pdslack_cli.cli.main", *words]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(file, folder)
        began, busy = time.perf_counter(), processor()
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        return time.perf_counter() - began, processor() - busy


def processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(title: str, *words: str, file: Path = QUICKSTART) -> None:
    seconds(*words, file=file)  # warm the file cache
    times, busy = zip(*[seconds(*words, file=file) for _ in range(RUNS)], strict=True)
    figures = f"median {statistics.median(times):6.3f} s   min {min(times):6.3f} s"
    print(f"{title:<40} {figures}   processor {min(busy):6.3f} s   {RUNS} runs")


def main() -> None:
    report("pdslack --help", "--help")
    with tempfile.TemporaryDirectory() as folder:
        for count in (100, 1000):
            file = Path(folder) / f"{count}.yaml"
            file.write_text(HEAD + "".join(SERVICE.format(number=number) for number in range(count)))
            report(f"pdslack validate, {count} services", "validate", file.name, file=file)
    report("pdslack apply of the quickstart", "apply", "--sandbox", "--yes", QUICKSTART.name)


if __name__ == "__main__":
    main()
