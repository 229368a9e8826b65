"""Whatever stands in a body, PagerDuty's routes answer or refuse it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.conftest import Account
from tests.sandbox.route_bodies import MADE, SCHEDULE, SENT, SERVICE
from tests.sandbox.test_every_route import filled

pytestmark = pytest.mark.wire

ODD = (None, 5, 10**30, "x", [], {}, [5], [None], {"id": 5}, {"id": None, "type": "x"}, True)


def places(value: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every value within a value."""
    yield way
    for name, inner in (
        value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    ):
        yield from places(inner, (*way, name))


def with_odd(value: Any, way: tuple[str | int, ...], odd: Any) -> Any:
    """The value with another one at the end of the way."""
    if not way:
        return odd
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[way[0]] = with_odd(value[way[0]], way[1:], odd)
    return changed


@pytest.mark.slow
def test_no_odd_value_in_a_body_breaks_a_route(account: Account) -> None:
    walk = filled(account)
    walk.read("/incidents/*/alerts")
    whole = account.sandbox.store.snapshot()
    chance = random.Random(1)
    jobs = [("POST", path, body) for path, body in MADE] + [
        ("PUT", path, body) for path, body in SENT if body
    ]
    for method, path, body in jobs:
        for way in places(body):
            walk.send(method, path, with_odd(body, way, chance.choice(ODD)))
        account.sandbox.store.restore(whole)
    broken = {(call.method, call.path) for call in account.sandbox.calls if call.status == 500}
    assert not broken
    account.control("DELETE", "calls")  # what is refused is answered as it was sent


def test_odd_values_are_refused(account: Account) -> None:
    walk = filled(account)
    odd_variable = {"cache_variable": {"name": "odd", "configuration": {"type": []}}}
    for method, path, body in (
        ("POST", "/schedules", {"schedule": {**SCHEDULE, "time_zone": []}}),
        ("POST", "/schedules/*/overrides", {}),
        ("POST", "/schedules/*/overrides", {"overrides": [None]}),
        ("POST", "/incidents", {"incident": {"title": "x", "service": SERVICE, "body": "x"}}),
        ("PUT", "/incidents", {"incidents": [None]}),
        ("PUT", "/incidents/*", {"incident": {"conference_bridge": 5}}),
        ("PUT", "/event_orchestrations/*/cache_variables/*", odd_variable),
    ):
        assert walk.send(method, path, body).status_code == 400, path
    assert walk.send("PUT", "/incidents", {"incidents": [{"id": 10**30}]}).status_code == 404
    assert walk.send("GET", f"/incidents/{10**30}").status_code == 404
