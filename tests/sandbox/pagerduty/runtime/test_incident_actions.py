"""What people do to an incident (pagerduty.md 11)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.sandbox.conftest import Account, reference
from tests.sandbox.pagerduty.runtime.test_incident_life import (
    HOUR,
    MINUTE,
    SENDER,
    assignees,
    incidents,
    integration_key,
    send,
    timeline,
    two_levels,
)
from tests.support.loopback import plain_session

DAY = timedelta(days=1)


def change(account: Account, incident, **fields):
    body = {"incident": {"type": "incident_reference", **fields}}
    return account.put(f"/incidents/{incident['id']}", body, headers=SENDER)["incident"]


def one_incident(account: Account, **fields):
    service = account.service(escalation_policy=reference(two_levels(account)), **fields)
    send(account, integration_key(account, service))
    return incidents(account)[0]


def test_escalating_by_hand_pages_the_level_that_is_named(account: Account):
    incident = one_incident(account)
    assert assignees(change(account, incident, escalation_level=2)) == ["Tom"]
    body = {"incident": {"type": "incident_reference", "escalation_level": 3}}
    path = f"/incidents/{incident['id']}"
    assert account.refused(400, "PUT", path, body, headers=SENDER)[0] == "Incident cannot be escalated"


def test_a_person_who_is_assigned_by_name_is_not_escalated_away_from(account: Account):
    incident = one_incident(account)
    ana = account.user("ana@acme.example")
    changed = change(account, incident, assignments=[{"assignee": reference(ana)}])
    assert (assignees(changed), changed["assigned_via"]) == (["Ana"], "direct_assignment")
    account.control("POST", "clock", {"advance": HOUR})
    assert assignees(incidents(account)[0]) == ["Ana"]


def test_a_snooze_ends_at_its_own_time(account: Account):
    incident = one_incident(account, acknowledgement_timeout=10 * MINUTE)
    path = f"/incidents/{incident['id']}/snooze"
    account.refused(400, "POST", path, {"duration": HOUR}, headers=SENDER)
    change(account, incident, status="acknowledged")
    account.post(path, {"duration": HOUR}, headers=SENDER)
    account.control("POST", "clock", {"advance": HOUR - MINUTE})
    assert incidents(account)[0]["status"] == "acknowledged"
    account.control("POST", "clock", {"advance": MINUTE})
    assert incidents(account)[0]["status"] == "triggered"


def test_two_people_may_acknowledge_and_a_repeat_changes_nothing(account: Account):
    incident = one_incident(account)
    tom = {"From": "tom@acme.example"}
    for sender in (SENDER, SENDER, tom):
        body = {"incident": {"type": "incident_reference", "status": "acknowledged"}}
        account.put(f"/incidents/{incident['id']}", body, headers=sender)
    (incident,) = incidents(account)
    people = [ack["acknowledger"]["summary"] for ack in incident["acknowledgements"]]
    assert people[1] == "Tom"
    assert timeline(account, incident).count("acknowledge") == 2


def test_a_resolved_incident_is_opened_again_at_the_first_level(account: Account):
    incident = one_incident(account)
    resolved = change(account, incident, status="resolved")
    assert (resolved["assignments"], resolved["status"]) == ([], "resolved")
    again = change(account, incident, status="triggered")
    assert (again["status"], assignees(again), again["resolved_at"]) == ("triggered", ["Maya"], None)


def test_notes_are_listed_newest_first_and_can_be_corrected(account: Account):
    path = f"/incidents/{one_incident(account)['id']}/notes"
    notes = [
        account.post(path, {"note": {"content": content}}, headers=SENDER)["note"]
        for content in ("looking", "found it")
    ]
    account.put(
        f"{path}/{notes[0]['id']}", {"note": {"content": "looked"}}, headers=SENDER, as_described=False
    )
    assert [note["content"] for note in account.get(path)["notes"]] == ["found it", "looked"]
    account.delete(f"{path}/{notes[1]['id']}", headers=SENDER, as_described=False)
    assert [note["content"] for note in account.get(path)["notes"]] == ["looked"]


def test_merging_moves_the_alerts_and_resolves_the_source(account: Account):
    key = integration_key(account, account.service())
    send(account, key, "a")
    send(account, key, "b")
    target, source = incidents(account, "sort_by=incident_number:asc")
    body = {"source_incidents": [{"id": source["id"], "type": "incident_reference"}]}
    account.put(f"/incidents/{target['id']}/merge", body, headers=SENDER)
    assert len(account.get(f"/incidents/{target['id']}/alerts")["alerts"]) == 2
    assert account.get(f"/incidents/{source['id']}")["incident"]["status"] == "resolved"
    assert account.refused(400, "PUT", f"/incidents/{target['id']}/merge", body, headers=SENDER)


def test_responders_are_paged(account: Account):
    incident = one_incident(account)
    ana, admin = account.user("ana@acme.example"), account.get("/users?query=admin")["users"][0]
    target = {"responder_request_target": reference(ana)}
    body = {"requester_id": admin["id"], "message": "Please help", "responder_request_targets": [target]}
    account.post(f"/incidents/{incident['id']}/responder_requests", body, headers=SENDER)
    assert rings(account) == ["Maya", "Ana"]
    too_long = account.refused(400, "GET", "/notifications?since=2026-01-01&until=2026-05-01")
    assert too_long[1] == "The date range must be less than 3 months"
    cancelled = {"requester_id": admin["id"], "responder_request_targets": [reference(ana), reference(admin)]}
    path = f"/incidents/{incident['id']}/responder_requests/cancel"
    results = account.put(path, cancelled, headers=SENDER)["responder_request_targets"]
    assert [one["result"] for one in results] == ["cancelled", "not_found"]


def test_responders_accept_or_decline_once(account: Account):
    incident = one_incident(account)
    ana, ben = account.user("ana@acme.example"), account.user("ben@acme.example")
    admin = account.get("/users?query=admin")["users"][0]
    targets = [{"responder_request_target": reference(person)} for person in (ana, ben)]
    body = {"requester_id": admin["id"], "message": "Please help", "responder_request_targets": targets}
    path = f"/incidents/{incident['id']}/responder_requests"
    account.post(path, body, headers=SENDER)
    answer = {"incident": str(incident["incident_number"]), "user": "ana@acme.example", "accepted": True}
    account.control("POST", "responders", answer)
    again = plain_session().post(f"{account.sandbox.url}/_sandbox/responders", json=answer)
    assert "nothing asks 'ana@acme.example'" in again.json()["error"]
    cancelled = {"requester_id": admin["id"], "responder_request_targets": [reference(ana), reference(ben)]}
    results = account.put(f"{path}/cancel", cancelled, headers=SENDER)["responder_request_targets"]
    assert [one["result"] for one in results] == ["joined", "cancelled"]
    (request,) = account.sandbox.store.all("pagerduty.responder_request")
    assert [one["state"] for one in request["_responders"]] == ["joined", "user_cancelled"]


def test_a_status_update_has_subject_and_html_or_neither(account: Account):
    path = f"/incidents/{one_incident(account)['id']}/status_updates"
    assert account.post(path, {"message": "Working on it"}, headers=SENDER)["status_update"]["message"]
    account.refused(400, "POST", path, {"message": "x", "subject": "y"}, headers=SENDER)


def rings(account: Account, kind: str = "email_notification"):
    now = datetime.fromisoformat(account.control("GET", "clock")["now"]).replace(tzinfo=None)
    span = f"since={(now - DAY).isoformat()}&until={(now + DAY).isoformat()}"
    told = account.get(f"/notifications?{span}&filter={kind}")["notifications"]
    return [one["user"]["summary"] for one in told]


@pytest.mark.slow
def test_a_status_update_reaches_subscribers_of_the_incident_and_of_what_it_harms(account: Account):
    incident = one_incident(account)
    people = {name: account.user(f"{name}@acme.example") for name in ("ana", "ben", "cleo", "dan")}
    team = account.team()
    account.put(f"/teams/{team['id']}/users/{people['ben']['id']}", {"role": "observer"})
    checkout = account.post("/business_services", {"business_service": {"name": "Checkout"}})
    harmed = checkout["business_service"]["id"]
    pair = {
        "supporting_service": {"id": incident["service"]["id"], "type": "service"},
        "dependent_service": {"id": harmed, "type": "business_service"},
    }
    account.post("/service_dependencies/associate", {"relationships": [pair]})
    ana = {"subscriber_id": people["ana"]["id"], "subscriber_type": "user"}
    subscribers = [ana, {"subscriber_id": team["id"], "subscriber_type": "team"}]
    path = f"/incidents/{incident['id']}/status_updates"
    made = account.post(f"{path}/subscribers", {"subscribers": subscribers})["subscriptions"]
    assert [one["result"] for one in made] == ["success", "success"]
    subject = {"subscribable_id": harmed, "subscribable_type": "business_service"}
    for name in ("ana", "cleo"):
        own = f"/users/{people[name]['id']}/notification_subscriptions"
        account.post(own, {"subscribables": [subject]})
    sms = {"type": "sms_contact_method", "label": "Mobile", "address": "5551234567", "country_code": 1}
    mobile = account.post(f"/users/{people['cleo']['id']}/contact_methods", {"contact_method": sms})
    rule = {"contact_method": reference(mobile["contact_method"])}
    rules = f"/users/{people['cleo']['id']}/status_update_notification_rules"
    account.post(rules, {"status_update_notification_rule": rule})
    before = len(rings(account))
    account.post(path, {"message": "Working on it"}, headers=SENDER)
    assert (rings(account)[before:], rings(account, "sms_notification")) == (["Ana", "Ben"], ["Cleo"])
    listed = account.get(f"{path}/subscribers")["subscribers"]
    assert [one["has_indirect_subscription"] for one in listed] == [True, False]
    ended = account.post(f"{path}/unsubscribe", {"subscribers": [ana]})
    assert ended["deleted_count"] == 1
    account.post(path, {"message": "Over"}, headers=SENDER)
    assert rings(account)[before:] == ["Ana", "Ben", "Ben", "Ana"]


def test_priority_and_type_are_given_by_name(account: Account):
    account.sandbox.seed({"incident_types": ["major_incident"]})
    body = {
        "type": "incident",
        "title": "Checkout is down",
        "service": reference(account.service()),
        "priority": "p1",
        "incident_type": {"name": "major_incident"},
    }
    made = account.post("/incidents", {"incident": body}, headers=SENDER, as_described=False)["incident"]
    assert (made["priority"]["summary"], made["incident_type"]["name"]) == ("P1", "major_incident")
    change = {"incident": {"type": "incident_reference", "priority": "P2"}}
    path = f"/incidents/{made['id']}"
    changed = account.put(path, change, headers=SENDER, as_described=False)["incident"]
    assert changed["priority"]["summary"] == "P2"
    for unknown in ({"priority": "P99"}, {"incident_type": {"name": "unknown"}}):
        wrong = {"incident": {**body, **unknown}}
        account.refused(400, "POST", "/incidents", wrong, headers=SENDER, as_described=False)
