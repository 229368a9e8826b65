"""Alerts that wait before they page: by a rule, or as their service judges (pagerduty.md 5.4)."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Account
from tests.sandbox.pagerduty.families.test_orchestrations import rules_document
from tests.sandbox.pagerduty.runtime.test_incident_life import incidents, integration_key, send


def outcomes(account: Account) -> list[str]:
    return [event["outcome"] for event in account.control("GET", "events")["events"]]


@pytest.mark.parametrize("resolved", [True, False], ids=["resolved in time", "not resolved"])
def test_an_alert_that_a_rule_suspends_pages_only_if_it_lasts(account: Account, resolved: bool):
    service = account.service()
    key = integration_key(account, service)
    path = f"/event_orchestrations/services/{service['id']}"
    rule = {"id": "wait", "conditions": [], "actions": {"suspend": 300}}
    account.put(path, {"orchestration_path": rules_document(rule)})
    account.put(f"{path}/active", {"active": True})
    send(account, key)
    account.sandbox.time.advance(299)
    assert incidents(account) == []
    if resolved:
        send(account, key, action="resolve")
    account.sandbox.time.advance(2)
    assert len(incidents(account)) == (not resolved)
    account.sandbox.time.advance(600)
    assert len(incidents(account)) == (not resolved)
    report = account.get("/paused_incident_reports/counts?suspended_by=rules")[
        "paused_incident_reporting_counts"
    ]
    ends = ("paused_count", "resolved_after_pause_count", "triggered_after_pause_count")
    assert [report[name] for name in ends] == [1, resolved, not resolved]
    listed = account.get("/paused_incident_reports/alerts")["paused_incident_reporting_alerts"]
    assert len(listed["resolved_after_pause_alerts"]) == resolved


@pytest.mark.parametrize(("timeout", "seconds"), [(300, 300), (0, 120)], ids=["5 min", "recommended"])
def test_a_service_holds_back_what_ended_by_itself_the_last_time(
    account: Account, timeout: int, seconds: int
):
    auto_pause = {"enabled": True, "timeout": timeout}
    key = integration_key(account, account.service(auto_pause_notifications_parameters=auto_pause))
    send(account, key)
    assert len(incidents(account)) == 1, "nothing is known of it yet"
    account.sandbox.time.advance(60)
    send(account, key, action="resolve")
    send(account, key)
    assert len(incidents(account)) == 1
    account.sandbox.time.advance(seconds / 2)  # and a slow machine adds its own
    send(account, key, action="resolve")
    account.sandbox.time.advance(seconds)
    assert len(incidents(account)) == 1
    send(account, key)
    account.sandbox.time.advance(seconds)
    assert len(incidents(account)) == 2, "it lasts this time"
    send(account, key, action="resolve")
    account.sandbox.time.advance(1)
    assert outcomes(account)[1::2] == ["paused", "paused", "incident"]


def test_an_alert_that_lasted_is_no_more_held_back(account: Account):
    auto_pause = {"enabled": True, "timeout": 120}
    key = integration_key(account, account.service(auto_pause_notifications_parameters=auto_pause))
    for lasted, made in ((60, 1), (600, 2), (1, 3)):
        send(account, key)
        account.sandbox.time.advance(lasted)
        send(account, key, action="resolve")
        assert len(incidents(account)) == made
