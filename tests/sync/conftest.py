"""One world for each module and database: an incident of its own is all that a test needs."""

from __future__ import annotations

import pytest

from pdslack_cli.sync.work import healing, workers
from tests.sync.postgres import cluster, new_database
from tests.sync.world import FastClock
from tests.sync.world import world as running_world

PACE = 20  # Slack takes a message a second


@pytest.fixture(autouse=True, scope="session")
def _looks():
    """What the service looks at now and then, it looks at as often by the fast clock as by a real one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "POLL", workers.POLL / PACE)
        patch.setattr(healing, "CHECK", healing.CHECK / PACE)
        yield


@pytest.fixture(scope="session")
def postgres():
    """The address of a PostgreSQL server."""
    with cluster() as server:
        yield server


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request):
    """The URL of a new database."""
    return new_database(request.getfixturevalue("postgres")) if request.param == "postgresql" else ""


@pytest.fixture(scope="module")
def clock():
    return FastClock(PACE)


@pytest.fixture(autouse=True)
def calm(request):
    """After each test the clock has its pace and the vendors work, however the test ended."""
    yield
    if "world" in request.fixturenames:
        request.getfixturevalue("clock").set_pace(PACE)
        request.getfixturevalue("world").sandbox.sandbox.faults.clear()


@pytest.fixture(scope="module")
def world(tmp_path_factory, clock, database):
    with running_world(tmp_path_factory.mktemp("serve"), database=database, clock=clock) as running:
        yield running
