"""Alerts of PagerDuty's, and the events that made them."""

from __future__ import annotations

import pytest

from pdslack_cli.routing.replay.alerts import Alert, event_of, read_alerts
from pdslack_cli.routing.replay.limitations import limitations
from pdslack_cli.routing.simulate.model import SimulatedService
from tests.routing.building import router, rule, service_rules, world

ALERT = {
    "summary": "Disk full",
    "severity": "critical",
    "alert_key": "disk",
    "created_at": "2026-01-05T09:00:00Z",
}


@pytest.mark.parametrize(
    ("body", "event"),
    [
        pytest.param(
            {"details": {"host": "db1"}},
            {"summary": "Disk full", "severity": "critical", "custom_details": {"host": "db1"}},
            id="what the alert itself tells",
        ),
        pytest.param(
            {
                "details": "text",
                "cef_details": {
                    "message": "Disk almost full", "source_origin": "db1", "source_component": "disk",
                    "service_group": "eu", "event_class": "storage", "details": {"free": 3},
                    "severity": "error", "client": None,
                },
            },
            {
                "summary": "Disk almost full", "source": "db1", "component": "disk", "group": "eu",
                "class": "storage", "custom_details": {"free": 3}, "severity": "error",
            },
            id="the normalised event, as answers spell it",
        ),
        pytest.param(
            {"cef_details": {"summary": "Disk", "class": "storage", "custom_details": {}}},
            {"summary": "Disk", "class": "storage", "custom_details": {}, "severity": "critical"},
            id="the normalised event, as events spell it",
        ),
    ],
)  # fmt: skip
def test_the_event_behind_an_alert(body, event):
    assert event_of({**ALERT, "body": body}) == {**event, "event_action": "trigger", "dedup_key": "disk"}


def test_an_alert_is_one_line_and_reads_back():
    alert = Alert.model_validate(
        {"at": "2026-01-05T10:00:00+01:00", "to": "service/api", "event": {"summary": "a\nb"}, "id": "Q1"}
    )
    assert alert.line().count("\n") == 1
    assert alert.at.isoformat() == "2026-01-05T09:00:00+00:00"
    read: list[int] = []
    assert list(read_alerts([alert.line().encode(), b"\n"], "alerts.jsonl", read.append)) == [alert]
    assert read == [len(alert.line()), 1]


@pytest.mark.parametrize(
    ("condition", "from_history", "told"),
    [
        pytest.param("event.class exists", False, (False, False, False), id="a file"),
        pytest.param("event.class exists", True, (True, False, False), id="history"),
        pytest.param("raw_event.x exists", True, (True, True, False), id="raw events of history"),
        pytest.param("raw_event.x exists", False, (False, False, False), id="raw events of a file"),
        pytest.param("trigger_count over 5 minutes > 1", False, (False, False, True), id="counters"),
    ],
)
def test_what_a_replay_cannot_show(condition, from_history, told):
    plain = world(SimulatedService("S", "S"))
    other = world(
        SimulatedService("S", "S", rules=service_rules(rule(condition))), route_to=router(otherwise="S")
    )
    text = " ".join(limitations(plain, other, from_history=from_history))
    assert ("dropped or suppressed" in text, "raw_event" in text, "begin empty" in text) == told
    assert "every alert counts as the first" in text
