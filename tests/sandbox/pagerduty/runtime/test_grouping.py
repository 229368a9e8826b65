"""Which incident an event joins, by the grouping of its service (orchestration.md 4.4)."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from pdslack_cli.sandbox.pagerduty.runtime.arrival.grouping import MOST_ALIKE
from tests.sandbox.conftest import Account, Json
from tests.sandbox.pagerduty.families.test_grouping import group
from tests.sandbox.pagerduty.runtime.test_incident_life import incidents, integration_key, send

TIME = {"type": "time", "config": {"timeout": 600}}
CONTENT = {
    "type": "content_based",
    "config": {"aggregate": "all", "fields": ["component", "custom_details.zone"], "time_window": 300},
}
EITHER = {**CONTENT, "config": {**CONTENT["config"], "aggregate": "any"}}
ALIKE = {"type": "intelligent", "config": {"time_window": 300}}
BOTH = {
    "type": "content_based_intelligent",
    "config": {"aggregate": "all", "fields": ["component"], "time_window": 300},
}


def at(seconds: int, **payload: object) -> tuple[int, Json]:
    """An event so many seconds after the one before."""
    return seconds, payload


def of(component: str, zone: int = 0, after: int = 0) -> tuple[int, Json]:
    return at(after, component=component, **({"custom_details": {"zone": zone}} if zone else {}))


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(
    ("setting", "events", "alerts"),
    [
        pytest.param({}, [at(0), at(0)], [1, 1], id="none"),
        pytest.param(TIME, [at(0), at(550, summary="x")], [2], id="within the time"),
        pytest.param(TIME, [at(0), at(400), at(400), at(10)], [2, 2], id="time does not slide"),
        pytest.param(
            {**TIME, "config": {"timeout": 0}}, [at(0), at(90_000)], [2], id="without an end, until resolved"
        ),
        pytest.param(CONTENT, [of("a", 1), of("a", 1), of("a", 2), of("A", 1)], [2, 1, 1], id="all"),
        pytest.param(CONTENT, [of("a"), of("a")], [1, 1], id="a field that is missing"),
        pytest.param(EITHER, [of("a"), of("a"), of("b")], [2, 1], id="any"),
        pytest.param(
            EITHER, [of("a"), of("a", after=250), of("a", after=250), of("a", after=301)], [3, 1], id="slides"
        ),
        pytest.param(
            ALIKE, [at(0, summary="Disk 1 full"), at(0, summary="Disk 22 full"), at(0, summary="Disk full")],
            [2, 1], id="alike but for numbers",
        ),
        pytest.param(ALIKE, [at(0), at(301)], [1, 1], id="alike too late"),
        pytest.param(
            BOTH, [at(0, component="a", summary="x"), at(0, component="a"), at(0, summary="x")], [3],
            id="content or alike",
        ),
    ],
)  # fmt: skip
def test_an_event_joins_the_incident_it_belongs_to(account: Account, setting, events, alerts):
    service = account.service()
    if setting:
        group(account, service, **setting)
    key = integration_key(account, service)
    for number, (seconds, payload) in enumerate(events):
        if seconds:
            account.control("POST", "clock", {"advance": seconds})
        send(account, key, f"alert-{number}", **payload)
    shown = incidents(account, "sort_by=incident_number:asc&date_range=all")
    assert [incident["alert_counts"]["all"] for incident in shown] == alerts


def test_a_resolved_incident_collects_no_more(account: Account):
    service = account.service()
    group(account, service, **TIME)
    key = integration_key(account, service)
    for action, name in (
        ("trigger", "a"),
        ("trigger", "b"),
        ("resolve", "a"),
        ("resolve", "b"),
        ("trigger", "c"),
    ):
        send(account, key, name, action)
    shown = incidents(account, "sort_by=incident_number:asc")
    assert [(one["status"], one["alert_counts"]["all"]) for one in shown] == [
        ("resolved", 2),
        ("triggered", 1),
    ]


def test_services_of_one_setting_share_an_incident(account: Account):
    one, other = account.service(), account.service("Ledger")
    group(account, one, other, **EITHER)
    for service in (one, other):
        send(account, integration_key(account, service), component="db")
    (incident,) = incidents(account)
    assert (incident["service"]["summary"], incident["alert_counts"]["all"]) == ("Payments API", 2)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("setting", "zone"), [(CONTENT, 0), (CONTENT, 1), (ALIKE, 0)], ids=["all alike", "none alike", "text"]
)
def test_an_event_of_a_storm_costs_as_much_as_the_first(account: Account, setting, zone):
    """In documents that are read."""
    service = account.service()
    group(account, service, **setting)
    key = integration_key(account, service)

    def cost(number: int) -> int:
        called: Counter[str] = Counter()
        sys.setprofile(lambda frame, event, _: called.update({frame.f_code.co_name: event == "call"}))
        try:
            send(account, key, f"alert-{number}", component="a", custom_details={"zone": 1 + zone * number})
        finally:
            sys.setprofile(None)
        return called["raw_decode"]

    costs = [cost(number) for number in range(25)]
    assert 0 < costs[-1] <= costs[2] + MOST_ALIKE, costs
    assert costs[-1] == costs[-2], costs
