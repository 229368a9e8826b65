"""Plan and apply of many services, each with an integration and rules, over HTTP: time and cost.

The sandbox runs in a process of its own, so that its work is not counted as ours; asserts nothing. Run:
    python tests/bench/bench_account.py 100 500
    python tests/bench/bench_account.py 500 --per-minute 960
    python tests/bench/bench_account.py 500 --code ../another/worktree
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from urllib.request import Request, urlopen

HEAD = """owner: bench
people: {maya: maya@acme.example}
escalation_policies:
  on-call: {levels: [{notify: [person/maya], escalate_after: 15m}]}
services:
"""
SERVICE = """  service-{number}:
    name: Service {number}
    description: Does one of many things
    escalation_policy: on-call
    auto_resolve_timeout: 4h
    integrations: [events-api-v2]
    rules:
      - label: Critical
        if: event.severity matches 'critical'
        then: {{severity: critical, note: "Service {number} is on fire"}}
      - label: Noise
        if: event.summary matches part 'test'
        then: {{suppress: true}}
"""
PROGRAM = "from pdslack_cli.cli.main import run; run()"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("services", nargs="+", type=int, help="how many, one run each")
    parser.add_argument("--latency", type=float, default=0.02, help="seconds per answer")
    parser.add_argument("--per-minute", type=int, help="calls that PagerDuty allows; unlimited if left out")
    parser.add_argument("--code", type=Path, help="a checkout whose pdslack is measured, if not this one")
    options = parser.parse_args()
    code = {"PYTHONPATH": str(options.code.resolve())} if options.code else {}
    code["PYTHONDONTWRITEBYTECODE"] = ""  # as where it is installed: compiled once, not by every command
    limits = {"latency_seconds": options.latency, "pagerduty_per_minute": options.per_minute}
    print(f"{'services':>8} {'command':<22}{'calls':>7}{'seconds':>9}{'processor':>11}{'memory':>9}")
    for count in options.services:
        with tempfile.TemporaryDirectory() as folder, sandbox(Path(folder)) as environ:
            file = Path(folder) / "pdslack.yaml"
            file.write_text(HEAD + "".join(SERVICE.format(number=number) for number in range(count)))
            url = environ["PAGERDUTY_API_URL"].partition("/pagerduty")[0]
            tell(f"{url}/_sandbox/seed", "POST", {"people": [{"name": "maya", "email": "maya@acme.example"}]})
            tell(f"{url}/_sandbox/limits", "PUT", limits)
            for title, words in (
                ("apply, all new", ("apply", "--yes", str(file))),
                ("plan, no change", ("plan", str(file))),
            ):
                tell(f"{url}/_sandbox/calls", "DELETE")
                seconds, processor, memory = measured(*words, folder=folder, environ=environ | code)
                calls = len(json.loads(tell(f"{url}/_sandbox/calls", "GET")))
                print(
                    f"{count:>8} {title:<22}{calls:>7,}{seconds:>9.2f}{processor:>9.2f} s{memory:>6.0f} MB",
                    flush=True,
                )


@contextmanager
def sandbox(folder: Path) -> Iterator[Mapping[str, str]]:
    """A sandbox in a process of its own; the environment that leads there."""
    command = [sys.executable, "-c", PROGRAM, "sandbox", "--state", str(folder / "sandbox.sqlite")]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        try:
            assert process.stdout
            lines = iter(process.stdout.readline, "")
            exports = "".join(takewhile(lambda line: "no_proxy" not in line, lines))  # the last of them
            printed = re.findall(r"export (\w+)='?([^'\n]*)", exports)
            yield {**os.environ, **dict(printed)}
        finally:
            process.kill()


def tell(url: str, method: str, body: object = None) -> str:
    """Ask the sandbox's control endpoint."""
    request = Request(url, None if body is None else json.dumps(body).encode(), method=method)
    with urlopen(request) as answer:
        text: str = answer.read().decode()
        return text


def measured(*words: str, folder: str, environ: Mapping[str, str]) -> tuple[float, float, float]:
    """Wall-clock seconds, processor seconds and the most memory (MB) of one whole process."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=folder,
        env=dict(environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(errors.decode()[-2000:])
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
