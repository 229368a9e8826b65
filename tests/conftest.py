"""What all tests share: a clock on which waiting takes no time, and a network that ends at this machine."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers

from pdslack_cli.cli.main import LONG_RUN
from pdslack_cli.masking import forget_secrets
from tests.support import fresh
from tests.support.loopback import Loopback

# On a machine that is shared, how long an example takes says nothing. The same examples every time, so
# that a change is judged by what it does; PDSLACK_NEW_EXAMPLES=1 searches on, for whoever has the time.
SAME = not os.environ.get("PDSLACK_NEW_EXAMPLES")
settings.register_profile("all examples", deadline=None, max_examples=100, derandomize=SAME)
settings.register_profile("few examples", deadline=None, max_examples=10, derandomize=SAME)

# With the constants that Hypothesis finds in our modules, examples would change with any of these, and with
# what a worker has imported; to search for them takes a tenth of the time in which tests are collected.
providers._get_local_constants = lambda: providers._local_constants

# What is imported and collected stays until the end; to search it for garbage took a quarter of that time.
gc.disable()


def pytest_collection_finish() -> None:
    """Search for garbage from now on, among what the tests make, and as often as a service does."""
    gc.freeze()
    gc.set_threshold(LONG_RUN)
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """`-n auto` is two workers more than cores, since some tests wait for servers and processes."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else (os.cpu_count() or 1) + 2


def pytest_configure(config: pytest.Config) -> None:
    """The fast subset tries a tenth of the examples of each property."""
    settings.load_profile("few examples" if config.option.markexpr == "not slow" else "all examples")


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a table marked `slow_after(n)`, the first n rows are in the fast subset."""
    rows: Counter[str] = Counter()
    for item in items:
        if marker := item.get_closest_marker("slow_after"):
            table = item.nodeid.partition("[")[0]
            rows[table] += 1
            if rows[table] > marker.args[0]:
                item.add_marker(pytest.mark.slow)


def examples(most: int, **options: Any) -> settings:
    """A property's own number of examples in the whole suite; a tenth of them in the fast subset."""
    return settings(max_examples=most * settings.default.max_examples // 100, **options)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record",
        action="store_true",
        help="record the cassettes that a real account can answer anew; needs its tokens in the environment",
    )


class FakeClock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._lock = threading.Lock()

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds


@pytest.fixture(autouse=True, scope="session")
def _fresh_state() -> Iterator[None]:
    """A new sandbox is a copy of the first one of the process."""
    with pytest.MonkeyPatch.context() as patch:
        fresh.install(patch)
        yield


@pytest.fixture(autouse=True, scope="module")
def _loopback(request: pytest.FixtureRequest) -> Iterator[None]:
    """Our clients reach a sandbox of this process without a socket, except in modules marked `wire`."""
    with pytest.MonkeyPatch.context() as patch:
        if "PDSLACK_WIRE" not in os.environ and request.node.get_closest_marker("wire") is None:
            Loopback().install(patch)
        yield


def pytest_runtest_logfinish() -> None:
    """What one test keeps secret, the next one may show; and with `--debug`, one run logs what it does."""
    forget_secrets()
    logging.getLogger("pdslack_cli").setLevel(logging.NOTSET)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(autouse=True, scope="session")
def _no_proxy_for_loopback() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1,localhost")
        yield
