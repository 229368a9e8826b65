"""A view is made of whatever PagerDuty answers, or the answer is an error that names what is wrong."""

from __future__ import annotations

import copy
import json
from functools import partial
from itertools import cycle

import pytest

from pdslack_cli.clients.http.calls import ApiRequest
from pdslack_cli.clients.http.vendor_json import parsed
from pdslack_cli.errors import MalformedAnswerError
from pdslack_cli.sync.vendors.cache import Cache
from pdslack_cli.sync.vendors.live_ids import LiveIds
from pdslack_cli.sync.vendors.outages import Outages
from pdslack_cli.sync.vendors.people import PeopleDirectory
from pdslack_cli.sync.vendors.reading import IncidentReader, IncidentReading
from pdslack_cli.sync.vendors.shapes import number_of, time_of
from pdslack_cli.sync.work.showing import Presenter, store_shown
from tests.sync.odd import ODD, places, replaced

CALL = ApiRequest("pagerduty", "GET", "/incidents/Q1", repeatable=True)


@pytest.mark.parametrize("value", [*ODD, 10**400, "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_every_value_is_a_number_and_a_time_that_can_be_kept_and_reckoned_with(value):
    assert 0 <= number_of(value) < 2**31
    found = time_of(value)
    assert found is None or found.timestamp() - time_of("2026-01-05T09:00:00Z").timestamp() < 1e11


class UndoneError(Exception):
    """Ends a transaction without a trace."""


@pytest.mark.slow
def test_an_odd_value_anywhere_is_stored_and_shown_or_named(world):
    id_ = world.trigger("Odd", dedup_key="odd view", custom_details={"a": {"b": 1}})
    world.shows(id_, "triggered")
    world.pagerduty("POST", f"/incidents/{id_}/notes", {"note": {"content": "note"}})
    world.set_status(id_, "acknowledged")
    service = world.service
    outages = Outages(service.clock)
    reader = IncidentReader(service.clients.pagerduty, Cache(service.clock), outages)
    reading = reader.read(id_)
    reader.close()
    people = PeopleDirectory(service.clients, service.current, service.cache, outages)
    presenter = Presenter(service.current, LiveIds(service.clients, service.current), people)
    names = ("incident", "log", "alerts", "on_call", "service")
    whole = {name: copy.deepcopy(getattr(reading, name)) for name in names}
    odd = cycle(ODD)
    named = set()
    for place in places(whole):
        is_item = len(place) == 2 and isinstance(place[1], int)
        if len(place) < 2 or is_item or place == ("incident", "id"):
            continue  # these the client and the reader see to
        answer = replaced(whole, place, next(odd))
        try:
            shown = presenter.present(IncidentReading(**parsed(json.dumps(answer), CALL)), [])
        except MalformedAnswerError as error:
            named.add(str(error).partition(": ")[2].split()[0])
            continue
        json.dumps([shown.templates["default"].blocks], ensure_ascii=False).encode()
        with pytest.raises(UndoneError):
            service.database.write(partial(stored_in_vain, shown=shown))
    assert named <= {"incident.status"}


def stored_in_vain(connection, shown):
    store_shown(connection, shown, 0.0)
    raise UndoneError
