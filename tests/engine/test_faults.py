"""Whatever the network does at whichever call: the next run completes, with no duplicate and nothing lost."""

from __future__ import annotations

import re

import pytest

from pdslack_cli.engine.apply import StepOutcome
from pdslack_cli.errors import PdslackError
from pdslack_cli.sandbox.calls import RecordedCall
from pdslack_cli.sandbox.faults import Fault
from tests.census import census

pytestmark = pytest.mark.slow

IDS = r"(?<=/)(?=[^/]*[A-Z0-9-])[A-Za-z0-9-]*[0-9][A-Za-z0-9-]*"


@pytest.fixture(scope="module")
def start(fintech_runner):
    """The state before anything was applied."""
    return fintech_runner.sandbox.snapshot()


@pytest.fixture(scope="module")
def clean(fintech_runner, start, fintech):
    """What a run without faults leaves, and the calls it made."""
    fintech_runner.sandbox.restore(start)
    fintech_runner.forget_calls()
    assert fintech_runner.apply(fintech).complete
    calls = list(fintech_runner.sandbox.calls)
    return census(fintech_runner.sandbox), calls


def suffer(fintech_runner, start, fintech, fault: Fault) -> tuple[RecordedCall | None, str]:
    """Run with the fault, then without, which must complete the work.

    Returns the call that was struck (calls of several threads come in another order each time) and how
    the first run ended.
    """
    fintech_runner.sandbox.restore(start)
    fintech_runner.sandbox.faults.clear()
    fintech_runner.forget_calls()
    fintech_runner.sandbox.faults.add(fault)
    try:
        report = fintech_runner.apply(fintech)
        ended = "complete" if report.complete else "incomplete"
        assert all(str(result.error) for result in report.of(StepOutcome.FAILED, StepOutcome.UNKNOWN))
    except PdslackError as error:
        ended = f"refused: {error}"
    struck = next((call for call in fintech_runner.sandbox.calls if call.fault), None)
    fintech_runner.sandbox.faults.clear()
    again = fintech_runner.apply(fintech)
    assert again.complete, (struck, [str(result.error) for result in again.results if result.error])
    return struck, ended


def expect_survived(fintech_runner, expected, struck, ended):
    """Nothing is double, nothing is lost, and what may be repeated was."""
    if struck is None:
        return
    place = f"{struck.fault} at {struck.provider} {struck.method} {struck.path}: {ended}"
    assert census(fintech_runner.sandbox) == expected, place
    if struck.fault == "429" or (
        struck.provider == "pagerduty" and struck.method in {"GET", "PUT", "DELETE"}
    ):
        assert ended == "complete", place


@pytest.mark.parametrize("kind", ["reset", "lost"])
def test_connection_that_breaks_at_any_call_leaves_nothing_double_and_nothing_lost(
    fintech_runner, start, fintech, clean, kind
):
    expected, calls = clean
    for index in range(1, len(calls) + 1):
        expect_survived(
            fintech_runner, expected, *suffer(fintech_runner, start, fintech, Fault(kind, nth=index))
        )


@pytest.mark.parametrize("kind", ["500", "429", "timeout"])
def test_refusal_of_any_sort_of_call_leaves_nothing_double_and_nothing_lost(
    fintech_runner, start, fintech, clean, kind
):
    expected, calls = clean
    sorts = {(call.provider, call.method, re.sub(IDS, "[^/]+", call.path)) for call in calls}
    for provider, method, path in sorted(sorts):
        fault = Fault(kind, provider=provider, method=method, path=f"^{path}$", seconds=0.2)
        expect_survived(fintech_runner, expected, *suffer(fintech_runner, start, fintech, fault))
