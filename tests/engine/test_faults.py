"""Whatever the network does at whichever call: the next run completes, with no duplicate and nothing lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.engine.apply import Outcome
from pdslack_cli.errors import PdslackError
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
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
    return census(runner), calls


def census(runner) -> Counter[tuple[str, str]]:
    """How many objects of each kind and name there are."""
    counted: Counter[tuple[str, str]] = Counter()
    for kind, document in runner.sandbox.store.everything():
        counted[kind, str(document.get("name") or document.get("label") or document.get("title") or "")] += 1
    return counted


def suffer(runner, start, stack, fault: Fault) -> str:
    """Run with the fault, then without; how the first run ended. The second must complete the work."""
    runner.sandbox.restore(start)
    runner.sandbox.faults.clear()
    runner.sandbox.faults.add(fault)
    try:
        report = runner.apply(stack)
        ended = "complete" if report.complete else "incomplete"
        for result in report.of(Outcome.FAILED, Outcome.UNKNOWN):
            assert str(result.error), result
    except PdslackError as error:
        assert str(error)
        ended = "refused"
    runner.sandbox.faults.clear()
    again = runner.apply(stack)
    assert again.complete, [str(result.error) for result in again.results if result.error]
    return ended


def test_any_connection_that_breaks_leaves_nothing_double_and_nothing_lost(runner, start, stack, clean):
    expected, calls = clean
    for index, call in enumerate(calls, start=1):
        for kind in ("reset", "lost"):
            ended = suffer(runner, start, stack, Fault(kind, nth=index))
            place = f"{kind} at call {index}: {call.method} {call.path}"
            assert census(runner) == expected, place
            if call.method in {"GET", "PUT", "DELETE"} and call.provider == "pagerduty":
                assert ended == "complete", place


@pytest.mark.parametrize("kind", ["500", "429", "timeout"])
def test_any_refusal_leaves_nothing_double_and_nothing_lost(runner, start, stack, clean, kind):
    expected, calls = clean
    seen = set()
    for index, call in enumerate(calls, start=1):
        shape = (call.provider, call.method, call.path.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
        if shape in seen:
            continue
        seen.add(shape)
        ended = suffer(runner, start, stack, Fault(kind, nth=index, seconds=0.2))
        place = f"{kind} at call {index}: {call.method} {call.path}"
        assert census(runner) == expected, place
        if kind == "429" or (call.method in {"GET", "PUT", "DELETE"} and call.provider == "pagerduty"):
            assert ended == "complete", place
