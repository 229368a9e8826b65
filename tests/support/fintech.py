"""The case study of examples/fintech, and a sandbox that knows its people, for the tests that import them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.config.stack import Stack
from pdslack_cli.sandbox.server import Sandbox
from tests.support.runs import Runner

FINTECH = Path(__file__).parents[2] / "examples" / "fintech"


@pytest.fixture(scope="module")
def fintech() -> Stack:
    """The stack of the case study: something of nearly every kind."""
    return load([FINTECH], {})


@pytest.fixture(scope="module")
def fintech_runner(fintech: Stack) -> Iterator[Runner]:
    """A sandbox that knows its people, and nothing else yet."""
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(fintech)
        yield runner
