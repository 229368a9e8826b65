"""A run that is killed leaves nothing behind that the next run does not settle."""

from __future__ import annotations

import os
import shutil
import signal
import threading

import pytest

from pdslack_cli.sandbox.faults import Fault
from tests.support import forked
from tests.support.census import census
from tests.support.fintech import FINTECH

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clean(fintech_runner, fintech):
    """What a whole run leaves, the state before it, and how many calls it made."""
    start = fintech_runner.sandbox.snapshot()
    fintech_runner.forget_calls()
    assert fintech_runner.apply(fintech).complete
    return census(fintech_runner.sandbox), start, len(fintech_runner.sandbox.calls)


def start_apply(fintech_runner, folder) -> forked.Command:
    environ = {**fintech_runner.sandbox.environment(), "PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1"}
    environ["PDSLACK_SECRET_FILE"] = str(folder / "secrets.json")
    # A folder of its own: after a run that was killed, the next one of a folder waits.
    shutil.copytree(FINTECH, folder / "stack", ignore=shutil.ignore_patterns(".pdslack"))
    return forked.start(["apply", "--yes", "stack"], cwd=folder, env=environ)


def kill_at_call(fintech_runner, process, number: int) -> None:
    """Kill the process as soon as the sandbox has seen that many calls."""
    poll = threading.Event()
    while process.poll() is None and len(fintech_runner.sandbox.calls) < number:
        poll.wait(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    while (
        fintech_runner.sandbox._server.connections
    ):  # what it had sent takes effect before the next run reads
        poll.wait(0.001)


@pytest.mark.parametrize("tenth", range(10))
def test_kill_at_any_tenth_of_the_calls_is_settled_by_the_next_run(
    fintech_runner, fintech, clean, tenth, tmp_path
):
    expected, start, calls = clean
    fintech_runner.sandbox.restore(start)
    fintech_runner.forget_calls()

    kill_at_call(fintech_runner, start_apply(fintech_runner, tmp_path), 1 + tenth * calls // 10)

    assert fintech_runner.apply(fintech).complete
    assert census(fintech_runner.sandbox) == expected
    assert fintech_runner.plan(fintech).changes == ()


def test_interrupt_ends_running_calls_and_exits_with_130(fintech_runner, clean, tmp_path):
    _, start, calls = clean
    fintech_runner.sandbox.restore(start)
    fintech_runner.forget_calls()
    # The second half is answered slowly, so that none of it is over before the interrupt comes.
    fintech_runner.sandbox.faults.add(Fault("slow", nth=calls // 2 + 1, times=calls, seconds=2))
    process = start_apply(fintech_runner, tmp_path)
    poll = threading.Event()
    while process.poll() is None and len(fintech_runner.sandbox.calls) < calls // 2:
        poll.wait(0.001)

    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=60) == 130
    fintech_runner.sandbox.faults.clear()
