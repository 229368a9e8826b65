"""The pytest plugin: `pdslack_sandbox`, a running sandbox of each test's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pdslack_cli.sandbox.testing.running import RunningSandbox


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `pdslack_stack` in the configuration of pytest name the files of the stack."""
    parser.addini(
        "pdslack_stack", "files or folders of YAML that pdslack_sandbox expects", type="paths", default=[]
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "pdslack_stack(*paths): the stack that pdslack_sandbox expects")


@pytest.fixture
def pdslack_sandbox(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunningSandbox]:
    """A PagerDuty and a Slack on this machine, and the environment that points at them, for one test."""
    from pdslack_cli.sandbox import start  # late: pytest loads plugins for every run

    marker = request.node.get_closest_marker("pdslack_stack")
    paths = [*marker.args] if marker else [*request.config.getini("pdslack_stack")]
    with start(paths) as sandbox:
        for name, value in sandbox.environment.items():
            monkeypatch.setenv(name, value)
        yield sandbox
