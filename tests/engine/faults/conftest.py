from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.config.stack import Stack
from pdslack_cli.sandbox.server import Sandbox
from tests.support.runs import Runner

COMPLETE = Path(__file__).parents[3] / "examples" / "complete"


@pytest.fixture(scope="package")
def applied() -> Iterator[tuple[Runner, Stack, bytes]]:
    wanted = load([COMPLETE], {})
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        assert runner.apply(wanted).complete
        sandbox.clock.advance(600)
        yield runner, wanted, sandbox.snapshot()


@pytest.fixture
def complete(applied: tuple[Runner, Stack, bytes]) -> tuple[Runner, Stack]:
    """The complete example, applied a while ago."""
    runner, wanted, snapshot = applied
    runner.sandbox.restore(snapshot)
    runner.sandbox.faults.clear()
    runner.forget_calls()
    return runner, wanted
