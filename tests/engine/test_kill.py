"""A run that is killed leaves nothing behind that the next run does not settle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.sandbox.server import Sandbox
from tests.census import census
from tests.runs import Runner

FINTECH = Path(__file__).parents[2] / "examples" / "fintech"


@pytest.fixture(scope="module")
def stack():
    return load([FINTECH], {})


@pytest.fixture(scope="module")
def runner(stack):
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack)
        yield runner


@pytest.fixture(scope="module")
def clean(runner, stack):
    """What a whole run leaves, the state before it, and how many calls it made."""
    start = runner.sandbox.snapshot()
    runner.forget_calls()
    assert runner.apply(stack).complete
    return census(runner.sandbox), start, len(runner.sandbox.calls)


def start_apply(runner, folder) -> subprocess.Popen[bytes]:
    environ = {**runner.sandbox.environment(), "PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1"}
    return subprocess.Popen(
        [sys.executable, "-m", "pdslack_cli.cli.main", "apply", "--yes", str(FINTECH)],
        cwd=folder,
        env={**environ, "PDSLACK_SECRET_FILE": str(folder / "secrets.json")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_at_call(runner, process, number: int) -> None:
    """Kill the process as soon as the sandbox has seen that many calls."""
    poll = threading.Event()
    while process.poll() is None and len(runner.sandbox.calls) < number:
        poll.wait(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("tenth", range(10))
def test_kill_at_any_tenth_of_the_calls_is_settled_by_the_next_run(runner, stack, clean, tenth, tmp_path):
    expected, start, calls = clean
    runner.sandbox.restore(start)
    runner.forget_calls()

    kill_at_call(runner, start_apply(runner, tmp_path), 1 + tenth * calls // 10)

    assert runner.apply(stack).complete
    assert census(runner.sandbox) == expected
    assert runner.plan(stack).changes == ()


def test_interrupt_ends_running_calls_and_exits_with_130(runner, clean, tmp_path):
    _, start, calls = clean
    runner.sandbox.restore(start)
    runner.forget_calls()
    process = start_apply(runner, tmp_path)
    poll = threading.Event()
    while process.poll() is None and len(runner.sandbox.calls) < calls // 2:
        poll.wait(0.001)

    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=60) == 130
