"""Ids of the stack's objects: known where they can be, and asked for by nobody twice."""

from __future__ import annotations

import pytest

from pdslack_cli.errors import ApiError
from pdslack_cli.model import Ref
from pdslack_cli.sync.vendors.live_ids import LiveIds

LISTS = {
    Ref("person", "maya"): ("pagerduty", "/users$"),
    Ref("escalation_policy", "payments"): ("pagerduty", "/escalation_policies$"),
    Ref("service", "payments-api"): ("pagerduty", "/services$"),
    Ref("channel", "incidents"): ("slack", "conversations"),
}


@pytest.fixture(scope="module")
def database():
    return ""


@pytest.fixture
def ids(world):
    return LiveIds(world.service.clients, world.service.current)


@pytest.mark.parametrize("unread", LISTS)
def test_a_kind_that_was_never_read_is_in_the_way_of_no_other(world, ids, unread):
    provider, path = LISTS[unread]
    world.sandbox.fault("500", provider=provider, path=path, times=100)
    known = set()
    for ref in LISTS:
        try:
            known |= {ref} if ids.id_of(ref) else set()
        except ApiError:
            assert ref == unread
    assert known == set(LISTS) - {unread}
    with pytest.raises(ApiError):
        ids.objects()
    world.sandbox.sandbox.faults.clear()
    ids.refresh()
    assert all(map(ids.id_of, LISTS))


def test_what_was_read_stays_known(world, ids):
    ids.refresh()
    known, calls = list(map(ids.id_of, LISTS)), len(world.sandbox.sandbox.calls)
    for provider, path in LISTS.values():
        world.sandbox.fault("500", provider=provider, path=path, times=100)
    with pytest.raises(ApiError):
        ids.refresh()
    tried = len(world.sandbox.sandbox.calls)
    assert list(map(ids.id_of, LISTS)) == known
    assert ids.objects()
    assert len(world.sandbox.sandbox.calls) == tried > calls
