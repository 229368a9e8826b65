"""Whatever the network does at whichever call: the next run completes, with no duplicate and nothing lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from pdslack_cli.engine.apply import StepOutcome
from pdslack_cli.errors import PdslackError
from pdslack_cli.sandbox.calls import RecordedCall
from pdslack_cli.sandbox.faults import SLACK_READS, Fault
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


def sorts(calls: Sequence[RecordedCall]) -> Sequence[tuple[Mapping[str, str], int]]:
    """The fields of a fault that strikes a sort of call, each with how many of the calls it matches."""
    found = Counter((call.provider, call.method, re.sub(IDS, "[^/]+", call.path)) for call in calls)
    return [
        ({"provider": provider, "method": method, "path": f"^{path}$"}, count)
        for (provider, method, path), count in sorted(found.items())
    ]


def is_read(sort: Mapping[str, str]) -> bool:
    return sort["method"] == "GET" or SLACK_READS.search(sort["path"].removesuffix("$")) is not None


@pytest.mark.parametrize("kind", ["reset", "lost"])
def test_connection_that_breaks_at_any_call_leaves_nothing_double_and_nothing_lost(
    fintech_runner, start, fintech, clean, kind
):
    """Every call in turn. At a read the two kinds are one: nothing is applied, and the connection breaks."""
    expected, calls = clean
    for sort, count in sorts(calls):
        for nth in range(1, count + 1) if kind == "lost" or not is_read(sort) else ():
            fault = Fault(kind, **sort, nth=nth)
            expect_survived(fintech_runner, expected, *suffer(fintech_runner, start, fintech, fault))


def test_refusal_of_any_sort_of_call_leaves_nothing_double_and_nothing_lost(
    fintech_runner, start, fintech, clean
):
    """The first or the last call of each sort, and the kinds of faults, in turn."""
    expected, calls = clean
    kinds = ("500", "429", "timeout")
    for number, (sort, count) in enumerate(sorts(calls)):
        fault = Fault(kinds[number % len(kinds)], **sort, nth=(1, count)[number % 2], seconds=0.05)
        expect_survived(fintech_runner, expected, *suffer(fintech_runner, start, fintech, fault))
