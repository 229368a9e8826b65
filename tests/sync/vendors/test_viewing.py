"""A view is made of whatever PagerDuty answers, or the answer is an error that names what is wrong."""

from __future__ import annotations

import copy
import json
from itertools import cycle

import pytest

from pdslack_cli.clients.http.calls import ApiRequest
from pdslack_cli.clients.http.vendor_json import parsed
from pdslack_cli.errors import MalformedAnswerError
from pdslack_cli.sync.message.render import render
from pdslack_cli.sync.vendors.cache import Cache
from pdslack_cli.sync.vendors.people import PeopleDirectory
from pdslack_cli.sync.vendors.reading import IncidentReader, IncidentReading
from pdslack_cli.sync.vendors.viewing import IncidentViewer
from pdslack_cli.sync.work import timeline

CALL = ApiRequest("pagerduty", "GET", "/incidents/Q1", repeatable=True)
ODD = (
    None,
    [],
    {},
    "x",
    7,
    -1e308,
    True,
    "a\0b",
    ["x"],
    [None],
    {"id": None},
    "2026-99-99T99:99:99Z",
    "\ud800",
)


@pytest.fixture(scope="module")
def database():
    return ""


def places(value, at=()):
    """The way to each value of an answer."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield (*at, name)
        yield from places(item, (*at, name))


@pytest.mark.slow
def test_an_odd_value_anywhere_is_shown_or_named(world):
    id_ = world.trigger("Odd", dedup_key="odd view", custom_details={"a": {"b": 1}})
    world.pagerduty("POST", f"/incidents/{id_}/notes", {"note": {"content": "note"}})
    world.set_status(id_, "acknowledged")
    service = world.service
    reader = IncidentReader(service.clients.pagerduty, Cache(service.clock))
    reading = reader.read(id_)
    reader.close()
    viewer = IncidentViewer(PeopleDirectory(service.clients, service.current, service.cache))
    names = ("incident", "log", "alerts", "on_call", "service")
    whole = {name: copy.deepcopy(getattr(reading, name)) for name in names}
    odd = cycle(ODD)
    named = 0
    for *way, last in [place for place in places(whole) if len(place) > 1 and place != ("incident", "id")]:
        if len(way) == 1 and way[0] in ("log", "alerts", "on_call"):
            continue  # that each is an object, the client sees to
        answer = copy.deepcopy(whole)
        inner = answer
        for name in way:
            inner = inner[name]
        inner[last] = next(odd)
        try:
            view = viewer.view(IncidentReading(**parsed(json.dumps(answer), CALL)))
        except MalformedAnswerError:
            named += 1
        else:
            shown = [
                render(view).blocks,
                [entry.content.blocks for entry in timeline.from_log(answer["log"])],
            ]
            json.dumps(shown, ensure_ascii=False).encode()
    assert named < 10
