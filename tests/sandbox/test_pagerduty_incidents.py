from __future__ import annotations

import pytest

from tests.sandbox.conftest import Account, Json, reference

SENDER = {"From": "admin@sandbox.example"}


def open_incident(account: Account, service: Json, **fields) -> Json:
    body = {"incident": {"type": "incident", "title": "Down", "service": reference(service), **fields}}
    return account.post("/incidents", body, headers=SENDER)["incident"]


def change(account: Account, incident: Json, **fields) -> Json:
    body = {"incident": {"type": "incident_reference", **fields}}
    return account.put(f"/incidents/{incident['id']}", body, headers=SENDER)["incident"]


def test_an_incident_follows_its_service(account: Account):
    maya, team = account.user(), account.team()
    account.put(f"/teams/{team['id']}/users/{maya['id']}", {"role": "responder"})
    policy = account.policy(targets=[reference(maya)], teams=[reference(team)])
    low = {"type": "constant", "urgency": "low"}
    service = account.service(escalation_policy=reference(policy), incident_urgency_rule=low)
    incident = open_incident(account, service)
    assert (incident["status"], incident["urgency"]) == ("triggered", "low")
    assert incident["assignments"][0]["assignee"]["id"] == maya["id"]
    assert [owner["id"] for owner in incident["teams"]] == [team["id"]]
    assert account.get(f"/incidents/{incident['incident_number']}")["incident"] == incident


def test_somebody_must_have_done_it(account: Account):
    body = {"incident": {"type": "incident", "title": "Down", "service": reference(account.service())}}
    account.refused(400, "POST", "/incidents", body)
    account.refused(400, "POST", "/incidents", body, headers={"From": "nobody@acme.example"})
    account.post("/incidents", body, token=account.user_token)


def test_an_open_key_is_taken(account: Account):
    service = account.service()
    first = open_incident(account, service, incident_key="disk")
    body = {
        "incident": {
            "type": "incident",
            "title": "Again",
            "service": reference(service),
            "incident_key": "disk",
        }
    }
    account.refused(400, "POST", "/incidents", body, headers=SENDER)
    assert change(account, first, status="resolved")["resolved_at"]
    open_incident(account, service, incident_key="disk")


def test_incidents_are_found_by_state_service_and_time(account: Account):
    first, second = account.service("First"), account.service("Second")
    change(account, open_incident(account, first), status="resolved")
    change(account, open_incident(account, first), status="acknowledged")
    open_incident(account, second, urgency="low")
    queries = {
        "": 3,
        "statuses[]=triggered&statuses[]=acknowledged": 2,
        f"service_ids[]={first['id']}&statuses[]=resolved": 1,
        "urgencies[]=low": 1,
        "incident_key=none": 0,
        "until=2020-01-01T00:00:00Z": 0,
    }
    assert {query: len(account.get(f"/incidents?{query}")["incidents"]) for query in queries} == queries
    account.control("POST", "clock", {"advance": 90 * 86400})
    assert account.get("/incidents")["incidents"] == []
    assert len(account.get("/incidents?date_range=all")["incidents"]) == 3


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("since=yesterday", id="no date"),
        pytest.param("since=2020-01-01T00:00:00Z&until=2021-01-01T00:00:00Z", id="a year"),
    ],
)
def test_a_senseless_span_is_refused(account: Account, query):
    account.refused(400, "GET", f"/incidents?{query}")


def test_many_are_changed_together_or_not_at_all(account: Account):
    service = account.service()
    resolved = {"type": "incident_reference", "status": "resolved"}
    wanted = [{**resolved, "id": open_incident(account, service)["id"]} for _ in range(2)]
    broken = {"incidents": [wanted[0], {**resolved, "id": "QNONE"}]}
    account.refused(404, "PUT", "/incidents", broken, headers=SENDER)
    assert len(account.get("/incidents?statuses[]=triggered")["incidents"]) == 2
    account.put("/incidents", {"incidents": wanted}, headers=SENDER)
    assert account.get("/incidents?statuses[]=triggered")["incidents"] == []
