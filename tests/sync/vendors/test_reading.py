"""A reading that was begun when an event arrived serves that event and nothing else."""

from __future__ import annotations

import pytest

from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sync.message.view import IncidentPart
from pdslack_cli.sync.storage.inbox import Arrival
from pdslack_cli.sync.vendors import reading
from pdslack_cli.sync.vendors.cache import Cache
from pdslack_cli.sync.vendors.outages import Outages
from pdslack_cli.sync.vendors.reading import IncidentReader
from tests.sync.world import until

NAMELESS = 3  # the incident, its log, its alerts: this event names neither service nor policy
READS = 5  # the incident, its log, its alerts, its service, who is on call


@pytest.fixture(scope="module")
def database():
    return ""


@pytest.fixture
def client(world):
    return PagerDutyClient(world.service.how.settings)


@pytest.fixture
def reader(world, client):
    made = IncidentReader(client, Cache(world.service.clock), Outages(world.service.clock))
    yield made
    made.close()


def event(id_, name, **data):
    return Arrival("pagerduty", name, id_, "incident.triggered", {"data": data})


def rename(world, id_, title):
    body = {"incident": {"type": "incident_reference", "title": title}}
    world.pagerduty("PUT", f"/incidents/{id_}", body)


@pytest.mark.slow
def test_what_was_read_ahead_is_used_once_and_for_its_event(world, client, reader):
    id_ = world.trigger("Before", dedup_key="ahead")
    reader.read_ahead(event(id_, "first"))
    reader.read_ahead(event(id_, "second"))  # one at a time
    until(lambda: client.calls == NAMELESS)
    rename(world, id_, "After")
    titles = [reader.read(id_, name).incident["title"] for name in ("", "second", "first", "first")]
    assert titles == ["After", "After", "Before", "After"]


def test_what_nobody_asks_for_makes_room(world, reader, monkeypatch):
    id_ = world.trigger("Before", dedup_key="twice")
    reader.read_ahead(event(id_, "came twice"))
    monkeypatch.setattr(reading, "AHEAD_SECONDS", -1.0)
    reader.read_ahead(event(id_, "next"))
    rename(world, id_, "After")
    assert reader.read(id_, "came twice").incident["title"] == "After"


def test_what_an_event_refers_to_is_read_beside_its_incident_and_once(world, client, reader):
    id_ = world.trigger("Before", dedup_key="beside")
    world.shows(id_, "triggered")  # or the service would read beside this reader, and take the fault
    found = world.incident(id_)
    refers = {name: found[name] for name in ("escalation_policy", "service")}
    began = len(world.sandbox.sandbox.calls)
    world.sandbox.sandbox.faults.add(Fault("slow", method="GET", path=f"/incidents/{id_}$", seconds=0.2))
    reader.read_ahead(event(id_, "named", **refers))
    assert reader.read(id_, "named").service["id"] == refers["service"]["id"]
    paths = [call.path for call in world.sandbox.sandbox.calls[began:] if call.method == "GET"]
    assert paths.index("/oncalls") < paths.index(f"/incidents/{id_}")
    assert client.calls == READS


@pytest.mark.slow
def test_a_part_without_an_answer_is_waited_for_once(world, client, reader, monkeypatch):
    monkeypatch.setattr(reading, "LONGEST_WAIT", 0.2)
    ids = [world.trigger(f"Silent {number}", dedup_key=f"silent {number}") for number in range(2)]
    world.sandbox.sandbox.faults.add(Fault("slow", path="/oncalls$", seconds=3, times=9))
    found = [reader.read(id_) for id_ in ids]
    assert [set(one.unread) for one in found] == [{IncidentPart.ON_CALL}] * 2
    assert client.calls == READS - 1 + NAMELESS  # the first one hangs still


@pytest.mark.parametrize(
    "data",
    [None, [], "x", {"service": "P1", "escalation_policy": {"id": "../users"}}, {"service": {"id": 7}}],
)
def test_a_misshapen_reference_in_an_event_is_not_followed(world, client, reader, data):
    id_ = world.trigger("Odd", dedup_key="odd")
    reader.read_ahead(Arrival("pagerduty", "odd", id_, "incident.triggered", {"data": data}))
    assert reader.read(id_, "odd").id == id_
    assert client.calls == READS
