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


def test_a_page_shows_each_incident_as_it_is_shown_alone(account: Account):
    quick = account.service("Quick", acknowledgement_timeout=600, auto_resolve_timeout=3600)
    for service in (quick, account.service("Slow", auto_resolve_timeout=None)):
        body = {"integration": {"type": "events_api_v2_inbound_integration", "name": "Events"}}
        made = account.post(f"/services/{service['id']}/integrations", body)["integration"]
        event = {"summary": "Down", "source": "db", "severity": "critical"}
        sent = {"routing_key": made["integration_key"], "event_action": "trigger", "payload": event}
        account.post("/v2/enqueue", sent, host="EVENTS")
    change(account, open_incident(account, quick), status="acknowledged")
    shown = account.get("/incidents?limit=100")["incidents"]
    assert sorted(one["alert_counts"]["all"] for one in shown) == [0, 1, 1]
    assert len({len(one["pending_actions"]) for one in shown}) > 1
    for one in shown:
        assert one == account.get(f"/incidents/{one['id']}")["incident"]


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


@pytest.mark.slow
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


def test_incidents_come_in_the_order_that_is_asked_for(account: Account):
    high = open_incident(account, account.service("First"), urgency="high")
    account.control("POST", "clock", {"advance": 60})
    low = open_incident(account, account.service("Second"), urgency="low")
    change(account, high, status="resolved")
    orders = {
        "created_at:desc": [low, high],
        "incident_number": [high, low],
        "urgency:desc,incident_number:asc": [low, high],
        "resolved_at": [low, high],
    }
    for order, expected in orders.items():
        found = account.get(f"/incidents?sort_by={order}")["incidents"]
        assert [incident["id"] for incident in found] == [incident["id"] for incident in expected], order
    account.refused(400, "GET", "/incidents?sort_by=title")
    account.refused(400, "GET", "/incidents?sort_by=urgency,created_at,resolved_at")


def test_a_seeded_incident_has_its_alerts(account: Account):
    account.control(
        "POST",
        "seed",
        {
            "incidents": [
                {
                    "service": "Payments",
                    "created_at": "2026-01-05T09:00:00Z",
                    "alerts": [
                        {
                            "event": {
                                "summary": "Down",
                                "source": "db1",
                                "severity": "error",
                                "dedup_key": "db1",
                            }
                        },
                        {"event": {"summary": "Still"}, "created_at": "2026-01-05T09:05:00Z"},
                    ],
                }
            ]
        },
    )
    (incident,) = account.get("/incidents?date_range=all")["incidents"]
    assert (incident["created_at"], incident["alert_counts"]["all"]) == ("2026-01-05T09:00:00Z", 2)
    path = f"/incidents/{incident['id']}/alerts"
    down, still = account.get(path)["alerts"]
    assert (down["summary"], down["alert_key"], down["severity"]) == ("Down", "db1", "error")
    assert down["body"]["cef_details"] == {
        "summary": "Down",
        "source_origin": "db1",
        "severity": "error",
        "dedup_key": "db1",
    }
    assert (down["created_at"], still["created_at"]) == ("2026-01-05T09:00:00Z", "2026-01-05T09:05:00Z")
    assert down["service"]["id"] == incident["service"]["id"]
    assert [alert["id"] for alert in account.get(f"{path}?alert_key=db1")["alerts"]] == [down["id"]]
    assert account.get(f"{path}?statuses[]=resolved")["alerts"] == []
    assert account.get(f"{path}/{down['id']}")["alert"] == down
    account.refused(404, "GET", "/incidents/QNONE/alerts")
