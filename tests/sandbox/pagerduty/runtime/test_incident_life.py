"""An event becomes an incident, people are paged, and time goes on (orchestration.md 3 and 4)."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.sandbox.conftest import Account, Json, reference

SENDER = {"From": "admin@sandbox.example"}
MINUTE, HOUR = 60, 3600


def integration_key(account: Account, service: Json) -> str:
    body = {"type": "events_api_v2_inbound_integration", "name": "Monitoring"}
    path = f"/services/{service['id']}/integrations"
    return account.post(path, {"integration": body})["integration"]["integration_key"]


def send(account: Account, key: str, dedup_key: str = "db", action: str = "trigger", **payload: str) -> None:
    payload = {"summary": "Disk full", "source": "db1", "severity": "critical", **payload}
    body = {"routing_key": key, "event_action": action, "dedup_key": dedup_key, "payload": payload}
    answer = account.send("POST", "/v2/enqueue", body, host="EVENTS")
    assert answer.status_code == 202, answer.text


def incidents(account: Account, query: str = "") -> list[Json]:
    return account.get(f"/incidents?{query}")["incidents"]


def assignees(incident: Json) -> list[str]:
    return [assignment["assignee"]["summary"] for assignment in incident["assignments"]]


def timeline(account: Account, incident: Json) -> list[str]:
    entries = account.get(f"/incidents/{incident['id']}/log_entries?limit=100")["log_entries"]
    return [entry["type"].removesuffix("_log_entry") for entry in reversed(entries)]


def told(account: Account, incident: Json) -> list[str]:
    entries = account.get(f"/incidents/{incident['id']}/log_entries?limit=100")["log_entries"]
    return [entry["summary"] for entry in reversed(entries)]


def two_levels(account: Account, **fields: object) -> Json:
    maya, tom = account.user(), account.user("tom@acme.example")
    rules = [
        {"escalation_delay_in_minutes": delay, "targets": [reference(person)]}
        for delay, person in ((5, maya), (10, tom))
    ]
    body = {"type": "escalation_policy", "name": "Two", "escalation_rules": rules, **fields}
    return account.post("/escalation_policies", {"escalation_policy": body})["escalation_policy"]


def test_a_critical_event_pages_the_first_level(account: Account):
    service = account.service(escalation_policy=reference(two_levels(account)))
    send(account, integration_key(account, service))
    (incident,) = incidents(account)
    assert (incident["title"], incident["status"], incident["urgency"]) == ("Disk full", "triggered", "high")
    assert assignees(incident) == ["Maya"]
    assert timeline(account, incident) == ["trigger", "assign", "notify"]
    assert incident["first_trigger_log_entry"]["summary"] == "Triggered through the API"
    assert [action["type"] for action in incident["pending_actions"]] == ["escalate"]
    (alert,) = account.get(f"/incidents/{incident['id']}/alerts")["alerts"]
    assert (alert["alert_key"], alert["severity"], alert["status"]) == ("db", "critical", "triggered")


@pytest.mark.slow
def test_nobody_answers_and_the_next_level_is_paged_then_the_first_again(account: Account):
    policy = two_levels(account, num_loops=1)
    service = account.service(escalation_policy=reference(policy))
    send(account, integration_key(account, service))
    seen = []
    for minutes in (5, 10, 5, 10):
        account.control("POST", "clock", {"advance": minutes * MINUTE})
        seen += assignees(incidents(account)[0])
    assert seen == ["Tom", "Maya", "Tom", "Tom"]
    entries = timeline(account, incidents(account)[0])
    assert entries.count("escalate") == 3
    assert entries[-1] == "exhaust_escalation_path"


@pytest.mark.slow
def test_moving_the_clock_far_lets_everything_happen_at_its_own_moment(account: Account):
    service = account.service(escalation_policy=reference(two_levels(account)), auto_resolve_timeout=HOUR)
    send(account, integration_key(account, service))
    start = datetime.fromisoformat(incidents(account)[0]["created_at"])
    account.control("POST", "clock", {"advance": 5 * HOUR})
    (incident,) = incidents(account, "date_range=all")
    entries = account.get(f"/incidents/{incident['id']}/log_entries")["log_entries"]
    moments = {entry["type"]: datetime.fromisoformat(entry["created_at"]) - start for entry in entries}
    assert moments["escalate_log_entry"].total_seconds() == 5 * MINUTE
    assert moments["resolve_log_entry"].total_seconds() == HOUR
    assert incident["status"] == "resolved"


def test_an_acknowledgement_stops_escalation_until_it_ends(account: Account):
    service = account.service(escalation_policy=reference(two_levels(account)), acknowledgement_timeout=HOUR)
    key = integration_key(account, service)
    send(account, key)
    send(account, key, action="acknowledge")
    (incident,) = incidents(account)
    assert incident["status"] == "acknowledged"
    account.control("POST", "clock", {"advance": 30 * MINUTE})
    assert incidents(account)[0]["status"] == "acknowledged"
    account.control("POST", "clock", {"advance": 30 * MINUTE})
    assert incidents(account)[0]["status"] == "triggered"
    account.control("POST", "clock", {"advance": 5 * MINUTE})
    assert assignees(incidents(account)[0]) == ["Tom"]
    send(account, key, action="resolve")
    assert told(account, incident) == [
        "Triggered through the API",
        "Assigned to Maya",
        "Notified Maya by e-mail",
        "Acknowledged through the API",
        "Unacknowledged by timeout",
        "Notified Maya by e-mail",
        "Escalated to Tom by timeout",
        "Notified Tom by e-mail",
        "Resolved through the API",
    ]


@pytest.mark.slow
def test_the_same_key_is_the_same_alert_until_it_is_resolved(account: Account):
    key = integration_key(account, account.service())
    for action in ("trigger", "trigger", "resolve", "resolve", "trigger"):
        send(account, key, action=action)
    first, second = incidents(account, "sort_by=incident_number:asc")
    assert (first["status"], second["status"]) == ("resolved", "triggered")
    assert timeline(account, first).count("trigger") == 2


def test_rules_of_an_orchestration_decide(account: Account):
    service = account.service()
    orchestration = account.orchestration()
    route = {"actions": {"route_to": service["id"]}, "conditions": [], "label": "all"}
    router = {"sets": [{"id": "start", "rules": [route]}], "catch_all": {"actions": {"route_to": "unrouted"}}}
    account.put(f"/event_orchestrations/{orchestration['id']}/router", {"orchestration_path": router})
    many = {"expression": "trigger_count over 5 minutes > 1"}
    rules = [
        {"conditions": [{"expression": "event.summary matches part 'noise'"}], "actions": {"suppress": True}},
        {"conditions": [many], "actions": {"severity": "critical", "annotate": "Again and again"}},
    ]
    path = {"sets": [{"id": "start", "rules": rules}], "catch_all": {"actions": {}}}
    base = f"/event_orchestrations/services/{service['id']}"
    account.put(base, {"orchestration_path": path})
    account.put(f"{base}/active", {"active": True})
    key = orchestration["integrations"][0]["parameters"]["routing_key"]
    send(account, key, "a", summary="noise")
    assert incidents(account) == []
    send(account, key, "b", severity="warning")
    send(account, key, "c", severity="warning")
    found = incidents(account, "sort_by=incident_number:asc")
    severities = [
        account.get(f"/incidents/{incident['id']}/alerts")["alerts"][0]["severity"] for incident in found
    ]
    assert severities == ["warning", "critical"]


def test_a_timer_that_fails_does_not_stop_the_time_for_others(account: Account):
    key = integration_key(account, account.service(escalation_policy=reference(two_levels(account))))
    send(account, key, "broken")
    send(account, key, "sound")
    broken, sound = incidents(account, "sort_by=incident_number:asc")
    store = account.sandbox.store
    document = store.get("pagerduty.incident", broken["id"]) or {}
    store.replace("pagerduty.incident", broken["id"], {**document, "_policy": {}})
    account.control("POST", "clock", {"advance": 5 * MINUTE})
    assert assignees(account.get(f"/incidents/{sound['id']}")["incident"]) == ["Tom"]
