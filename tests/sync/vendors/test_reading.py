"""A reading that was begun when an event arrived serves that event and nothing else."""

from __future__ import annotations

import pytest

from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.sync.vendors import reading
from pdslack_cli.sync.vendors.cache import Cache
from pdslack_cli.sync.vendors.reading import IncidentReader
from tests.sync.world import until

READS = 5  # the incident, its log, its alerts, its service, who is on call


@pytest.fixture(scope="module")
def database():
    return ""


@pytest.fixture
def client(world):
    return PagerDutyClient(world.service.how.settings)


@pytest.fixture
def reader(world, client):
    made = IncidentReader(client, Cache(world.service.clock))
    yield made
    made.close()


def rename(world, id_, title):
    body = {"incident": {"type": "incident_reference", "title": title}}
    world.pagerduty("PUT", f"/incidents/{id_}", body)


def test_what_was_read_ahead_is_used_once_and_for_its_event(world, client, reader):
    id_ = world.trigger("Before", dedup_key="ahead")
    reader.read_ahead(id_, "first")
    reader.read_ahead(id_, "second")  # one at a time
    until(lambda: client.calls == READS)
    rename(world, id_, "After")
    titles = [reader.read(id_, event).incident["title"] for event in ("", "second", "first", "first")]
    assert titles == ["After", "After", "Before", "After"]


def test_what_nobody_asks_for_makes_room(world, reader, monkeypatch):
    id_ = world.trigger("Before", dedup_key="twice")
    reader.read_ahead(id_, "came twice")
    monkeypatch.setattr(reading, "AHEAD_SECONDS", -1.0)
    reader.read_ahead(id_, "next")
    rename(world, id_, "After")
    assert reader.read(id_, "came twice").incident["title"] == "After"
