"""Whatever the network does at whichever call: the next run completes, with no duplicate and nothing lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import filterfalse

import pytest

from pdslack_cli.engine.report import StepOutcome
from pdslack_cli.errors import PdslackError
from pdslack_cli.sandbox.calls import RecordedCall
from pdslack_cli.sandbox.faults import SLACK_READS, Fault
from tests.engine.faults.together import IDS, strike_together
from tests.support.census import census

pytestmark = pytest.mark.slow


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


def keeps_working(fault: Fault) -> bool:
    """Whether the run that it strikes completes: what may be repeated is."""
    return fault.kind == "429" or (fault.provider == "pagerduty" and fault.method in {"GET", "PUT", "DELETE"})


def expect_survived(fintech_runner, start, fintech, expected, faults: Iterable[Fault]) -> None:
    """Run with the faults, then without: nothing is double, nothing is lost, and what may be repeated was."""
    sandbox = fintech_runner.sandbox

    def suffer(together: Sequence[Fault]) -> Sequence[Fault]:
        sandbox.restore(start)
        sandbox.faults.clear()
        for fault in together:
            sandbox.faults.add(fault)
        try:
            report = fintech_runner.apply(fintech)
            ended = "complete" if report.complete else "incomplete"
            assert all(str(result.error) for result in report.of(StepOutcome.FAILED, StepOutcome.UNKNOWN))
        except PdslackError as error:
            ended = f"refused: {error}"
        struck = [fault for fault, matched in sandbox.faults.waiting() if matched >= fault.nth]
        sandbox.faults.clear()
        again = fintech_runner.apply(fintech)
        assert again.complete, (struck, [str(result.error) for result in again.results if result.error])
        assert census(sandbox) == expected, (struck, ended)
        assert ended == "complete" or not all(map(keeps_working, struck)), (struck, ended)
        return struck

    faults = list(faults)
    strike_together(filter(keeps_working, faults), 8, suffer)
    strike_together(filterfalse(keeps_working, faults), 4, suffer)


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
    faults = [
        Fault(kind, **sort, nth=nth)
        for sort, count in sorts(calls)
        if kind == "lost" or not is_read(sort)
        for nth in range(1, count + 1)
    ]
    expect_survived(fintech_runner, start, fintech, expected, faults)


def test_refusal_of_any_sort_of_call_leaves_nothing_double_and_nothing_lost(
    fintech_runner, start, fintech, clean
):
    """The first or the last call of each sort, and the kinds of faults, in turn."""
    expected, calls = clean
    kinds = ("500", "429", "timeout")
    faults = [
        Fault(kinds[number % len(kinds)], **sort, nth=(1, count)[number % 2], seconds=0.05)
        for number, (sort, count) in enumerate(sorts(calls))
    ]
    expect_survived(fintech_runner, start, fintech, expected, faults)
