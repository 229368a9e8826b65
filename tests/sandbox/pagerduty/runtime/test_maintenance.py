"""Maintenance windows stop incidents (pagerduty.md 10.1); alerts are resolved and moved by hand (11)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sandbox.conftest import Account, Json, reference
from tests.sandbox.pagerduty.runtime.test_incident_life import HOUR, SENDER, incidents, integration_key, send


def window(account: Account, service: Json, start: float, end: float, **options: object) -> Json:
    now = account.sandbox.clock.now()
    body = {
        "type": "maintenance_window",
        "start_time": (now + timedelta(hours=start)).isoformat(),
        "end_time": (now + timedelta(hours=end)).isoformat(),
        "description": "Move the database",
        "services": [reference(service)],
    }
    path, wrapped = "/maintenance_windows", {"maintenance_window": body}
    return account.post(path, wrapped, headers=SENDER)["maintenance_window"]


def phases(account: Account) -> list[str]:
    path = "/maintenance_windows?filter="
    return [name for name in ("past", "ongoing", "future") if account.get(path + name)["maintenance_windows"]]


def status(account: Account, service: Json) -> str:
    return str(account.get(f"/services/{service['id']}")["service"]["status"])


def test_no_incident_comes_while_a_window_lasts(account: Account):
    service = account.service()
    key = integration_key(account, service)
    made = window(account, service, 1, 3)
    assert (made["summary"], made["sequence_number"]) == ("Move the database", 1)
    assert phases(account) == ["future"]
    send(account, key, "before")
    account.control("POST", "clock", {"advance": 2 * HOUR})
    assert (phases(account), status(account, service)) == (["ongoing"], "maintenance")
    send(account, key, "during")
    account.control("POST", "clock", {"advance": 2 * HOUR})
    assert (phases(account), status(account, service)) == (["past"], "critical")
    send(account, key, "after")
    assert [incident["incident_key"] for incident in incidents(account)] == ["before", "after"]
    account.refused(405, "DELETE", f"/maintenance_windows/{made['id']}")


def test_an_ongoing_window_ends_by_delete_and_a_future_one_goes(account: Account):
    service = account.service()
    ongoing, future = window(account, service, -1, 3), window(account, service, 5, 6)
    for one in (ongoing, future):
        account.delete(f"/maintenance_windows/{one['id']}")
    assert (phases(account), status(account, service)) == (["past"], "active")


@pytest.mark.parametrize(("start", "end"), [(-3, -1), (3, 1)])
def test_a_window_ends_later_than_now_and_than_it_starts(account: Account, start: float, end: float):
    service = account.service()
    with pytest.raises(AssertionError, match="End time"):
        window(account, service, start, end)


def two_alerts(account: Account) -> tuple[Json, Json]:
    """An incident with one alert, and another with one."""
    key = integration_key(account, account.service())
    send(account, key, "first")
    send(account, key, "second")
    first, second = incidents(account)
    return first, second


def alerts_of(account: Account, incident: Json) -> list[Json]:
    return account.get(f"/incidents/{incident['id']}/alerts")["alerts"]


def test_an_alert_moves_to_another_incident_and_is_resolved_there(account: Account):
    first, second = two_alerts(account)
    (alert,) = alerts_of(account, first)
    path = f"/incidents/{first['id']}/alerts/{alert['id']}"
    target = {"id": second["id"], "type": "incident_reference"}
    moved = account.put(path, {"alert": {"type": "alert", "incident": target}}, headers=SENDER)["alert"]
    assert moved["incident"]["id"] == second["id"]
    assert (alerts_of(account, first), len(alerts_of(account, second))) == ([], 2)
    account.refused(404, "PUT", path, {"alert": {"type": "alert", "status": "resolved"}}, headers=SENDER)


def test_the_last_alert_takes_its_incident_with_it(account: Account):
    first, _ = two_alerts(account)
    (alert,) = alerts_of(account, first)
    body = {"alerts": [{"id": alert["id"], "type": "alert", "status": "resolved"}]}
    (resolved,) = account.put(f"/incidents/{first['id']}/alerts", body, headers=SENDER)["alerts"]
    assert resolved["status"] == "resolved"
    assert account.get(f"/incidents/{first['id']}")["incident"]["status"] == "resolved"
