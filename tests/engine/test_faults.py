"""Whatever the network does at whichever call: the next run completes, with no duplicate and nothing lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.engine.apply import Outcome
from pdslack_cli.errors import PdslackError
from pdslack_cli.sandbox.calls import Call
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.census import census
from tests.runs import Runner

IDS = r"(?<=/)(?=[^/]*[A-Z0-9-])[A-Za-z0-9-]*[0-9][A-Za-z0-9-]*"
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
def start(runner):
    """The state before anything was applied."""
    return runner.sandbox.snapshot()


@pytest.fixture(scope="module")
def clean(runner, start, stack):
    """What a run without faults leaves, and the calls it made."""
    runner.sandbox.restore(start)
    runner.forget_calls()
    assert runner.apply(stack).complete
    calls = list(runner.sandbox.calls)
    return census(runner.sandbox), calls


def suffer(runner, start, stack, fault: Fault) -> tuple[Call | None, str]:
    """Run with the fault, then without, which must complete the work.

    Returns the call that was struck (calls of several threads come in another order each time) and how
    the first run ended.
    """
    runner.sandbox.restore(start)
    runner.sandbox.faults.clear()
    runner.forget_calls()
    runner.sandbox.faults.add(fault)
    try:
        report = runner.apply(stack)
        ended = "complete" if report.complete else "incomplete"
        assert all(str(result.error) for result in report.of(Outcome.FAILED, Outcome.UNKNOWN))
    except PdslackError as error:
        ended = f"refused: {error}"
    struck = next((call for call in runner.sandbox.calls if call.fault), None)
    runner.sandbox.faults.clear()
    again = runner.apply(stack)
    assert again.complete, (struck, [str(result.error) for result in again.results if result.error])
    return struck, ended


def expect_survived(runner, expected, struck, ended):
    """Nothing is double, nothing is lost, and what may be repeated was."""
    if struck is None:
        return
    place = f"{struck.fault} at {struck.provider} {struck.method} {struck.path}: {ended}"
    assert census(runner.sandbox) == expected, place
    if struck.fault == "429" or (
        struck.provider == "pagerduty" and struck.method in {"GET", "PUT", "DELETE"}
    ):
        assert ended == "complete", place


@pytest.mark.parametrize("kind", ["reset", "lost"])
def test_connection_that_breaks_at_any_call_leaves_nothing_double_and_nothing_lost(
    runner, start, stack, clean, kind
):
    expected, calls = clean
    for index in range(1, len(calls) + 1):
        expect_survived(runner, expected, *suffer(runner, start, stack, Fault(kind, nth=index)))


@pytest.mark.parametrize("kind", ["500", "429", "timeout"])
def test_refusal_of_any_sort_of_call_leaves_nothing_double_and_nothing_lost(
    runner, start, stack, clean, kind
):
    expected, calls = clean
    sorts = {(call.provider, call.method, re.sub(IDS, "[^/]+", call.path)) for call in calls}
    for provider, method, path in sorted(sorts):
        fault = Fault(kind, provider=provider, method=method, path=f"^{path}$", seconds=0.2)
        expect_survived(runner, expected, *suffer(runner, start, stack, fault))
