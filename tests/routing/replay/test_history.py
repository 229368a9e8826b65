"""The alerts of past incidents, out of PagerDuty's answers over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from urllib.parse import parse_qs

import pytest

from pdslack_cli.clients import Clients, connect
from pdslack_cli.clients.settings import Settings
from pdslack_cli.routing.replay.alerts import Alert
from pdslack_cli.routing.replay.replay import read_history
from pdslack_cli.sandbox.server import Sandbox
from tests.conftest import FakeClock

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def incident(days: float, *alerts: float) -> dict[str, object]:
    """An incident of so many days ago, and its alerts, each so many hours later."""
    created = UNTIL - timedelta(days=days)
    return {
        "service": "api",
        "created_at": stamp(created),
        "alerts": [
            {"event": {"summary": f"{days}+{hours}"}, "created_at": stamp(created + timedelta(hours=hours))}
            for hours in alerts
        ],
    }


def history(sandbox: Sandbox, days: float) -> Iterator[Alert]:
    clients: Clients = connect(Settings.read(sandbox.environment()), clock=FakeClock())
    return read_history(clients.pagerduty, UNTIL - timedelta(days=days), UNTIL, lambda raw: "service/api")


def titles(alerts: Iterator[Alert]) -> list[str]:
    return [str(alert.event["summary"]) for alert in alerts]


def test_alerts_of_incidents_that_overlap_come_in_their_order(sandbox):
    sandbox.seed({"incidents": [incident(1, 0, 30), incident(3, 0, 1, 60), incident(2, 0)]})
    assert titles(history(sandbox, 10)) == ["3+0", "3+1", "2+0", "1+0", "3+60", "1+30"]


def test_a_long_time_is_asked_for_in_spans_that_pagerduty_allows(sandbox):
    boundary = 400 - 180.0  # days ago, where the first span ends and the second begins
    sandbox.seed({"incidents": [incident(399, 0), incident(boundary, 0), incident(10, 0), incident(500, 0)]})
    assert titles(history(sandbox, 400)) == ["399+0", f"{boundary}+0", "10+0"]


@pytest.mark.slow
def test_each_incident_costs_one_call_and_a_hundred_of_them_one_more(sandbox):
    sandbox.seed({"incidents": [incident(number / 10, 0) for number in range(1, 131)]})
    assert len(titles(history(sandbox, 30))) == 130
    lists = [call for call in sandbox.calls if call.path.endswith("/incidents")]
    assert (len(lists), len(sandbox.calls)) == (1 + 2, 1 + 2 + 130)


@pytest.mark.slow
def test_a_span_with_more_incidents_than_pagerduty_lists_is_halved(sandbox):
    sandbox.seed({"incidents": [incident(80, 0)]})
    (known,) = sandbox.store.all("pagerduty.incident")
    with sandbox.store.transaction():  # a seed of so many would take minutes
        for number in range(10_050):
            copy = {**known, "id": f"Q{number}", "created_at": stamp(UNTIL - timedelta(minutes=10 * number))}
            sandbox.store.insert("pagerduty.incident", copy["id"], copy)
    assert titles(islice(history(sandbox, 90), 1)) == ["80+0"]
    asked = [parse_qs(call.query) for call in sandbox.calls if call.path.endswith("/incidents")]
    spans = [
        datetime.fromisoformat(query["until"][0]) - datetime.fromisoformat(query["since"][0])
        for query in asked
    ]
    assert spans[0] == timedelta(days=90)
    assert spans[1] == timedelta(days=45)
    assert all(int(query.get("offset", ["0"])[0]) + int(query["limit"][0]) <= 10_000 for query in asked)
