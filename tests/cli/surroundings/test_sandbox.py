"""`pdslack sandbox`: what it is seeded with, how it says that it is ready, what it emulates."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pdslack_cli.sandbox.pagerduty.families import ROUTES
from pdslack_cli.sandbox.slack.methods import METHODS
from tests.cli.conftest import Cli
from tests.sandbox.pagerduty.runtime.test_webhook_deliveries import until

PROGRAM = [sys.executable, "-c", "from pdslack_cli.cli.main import run; run()"]


@contextmanager
def served(folder: Path, *words: str) -> Iterator[dict[str, str]]:
    """The environment of a sandbox that runs in that folder, read from its ready file."""
    ready = folder / "ready.env"
    process = subprocess.Popen(
        [*PROGRAM, "sandbox", *words, "--ready-file", str(ready)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until(lambda: ready.exists() or process.poll() is not None)
        assert ready.exists(), process.communicate()
        assert ready.stat().st_mode & 0o777 == 0o600
        lines = ready.read_text().splitlines()
        yield dict(re.findall(r"export (\w+)=(.*)", "\n".join(lines)))
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert not ready.exists()
    assert out.splitlines() == lines
    assert err.startswith("# Open http://127.0.0.1:")


@pytest.mark.slow
def test_plan_and_apply_of_the_same_stack_work_at_once(cli: Cli) -> None:
    with served(cli.folder, "pdslack.yaml") as environment:
        for name, value in environment.items():
            if name.startswith(("PAGERDUTY_", "SLACK_")):
                cli.patch.setenv(name, value)
        cli("apply", "--yes")
        assert "No changes" in cli("plan").out


@pytest.mark.slow
def test_a_second_sandbox_of_the_same_state_takes_no_ready_file_away(cli: Cli) -> None:
    with served(cli.folder):
        refused = cli("sandbox", "--ready-file", "ready.env", code=1)
        assert "another sandbox uses it" in refused.err
        assert (cli.folder / "ready.env").exists()


def test_a_stack_with_mistakes_starts_nothing(cli: Cli) -> None:
    cli.write("owner: acme\nnonsense: 1\n")
    assert "nonsense" in cli("sandbox", "pdslack.yaml", code=1).err
    assert not (cli.folder / ".pdslack").exists()


def test_the_next_start_removes_the_ready_file_of_a_killed_sandbox(cli: Cli) -> None:
    cli.write("owner: acme\nnonsense: 1\n")
    stale = cli.folder / "ready.env"
    stale.write_text("export PAGERDUTY_API_URL=http://127.0.0.1:1\n")
    cli("sandbox", "pdslack.yaml", "--ready-file", "ready.env", code=1)
    assert not stale.exists()


def test_a_ready_file_that_cannot_be_written_is_told(cli: Cli) -> None:
    err = cli("sandbox", "--ready-file", "none/ready", code=1).err
    assert "cannot write the ready file: No such file or directory (none/ready)" in err


def test_what_is_no_file_is_refused_as_a_ready_file_and_stays(cli: Cli) -> None:
    os.mkfifo(cli.folder / "ready")
    assert "cannot write the ready file: it is a FIFO" in cli("sandbox", "--ready-file", "ready", code=1).err
    assert (cli.folder / "ready").is_fifo()


def test_coverage_is_what_the_routes_say(cli: Cli) -> None:
    found = json.loads(cli("sandbox", "--coverage", "--format", "json").out)
    assert {*found["slack"]["emulated"], *found["slack"]["undocumented"]} == METHODS.keys()
    routes = sum(len((rule.methods or set()) - {"HEAD", "OPTIONS"}) for rule in ROUTES.iter_rules())
    emulated = found["pagerduty"]["emulated"] + found["pagerduty"]["undocumented"]
    assert routes >= len(emulated) > 150
    assert "api GET /services/{id}" in emulated
    assert "api GET /standards" in found["pagerduty"]["missing"]
    assert "+ api GET /services/{id}" in cli("sandbox", "--coverage").out
    assert "| `api GET /standards` | no |" in cli("sandbox", "--coverage", "--format", "markdown").out


def test_coverage_needs_no_state(cli: Cli) -> None:
    cli("sandbox", "--coverage")
    assert not os.path.exists(cli.folder / ".pdslack")
