"""Incident workflows run: their triggers start them, their steps have effects (pagerduty.md 8)."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Account, Json, reference
from tests.sandbox.pagerduty.families.test_workflows import step, trigger, workflow
from tests.sandbox.pagerduty.runtime.test_incident_life import SENDER, incidents, integration_key, send
from tests.sandbox.pagerduty.runtime.test_slack_app import GENERAL, messages
from tests.sandbox.pagerduty.runtime.test_webhook_deliveries import Receiver, receiver, subscribe, until

__all__ = ["receiver"]

OWN = "pagerduty.com:incident-workflows"
NOTE = f"{OWN}:add-notes-to-incident:1"


def notes(account: Account, incident: Json) -> list[str]:
    return [note["content"] for note in account.get(f"/incidents/{incident['id']}/notes")["notes"]]


def runs(account: Account) -> list[Json]:
    return account.sandbox.store.all("pagerduty.workflow_instance")


def update(account: Account, incident: Json, **fields: object) -> None:
    body = {"incident": {"type": "incident_reference", **fields}}
    account.put(f"/incidents/{incident['id']}", body, headers=SENDER)


def test_a_new_incident_starts_a_workflow_and_webhooks_tell_of_it(account: Account, receiver: Receiver):
    events = ["incident.triggered", "incident.workflow.started", "incident.workflow.completed"]
    subscribe(account, receiver.url, events=events)
    made = workflow(account, step(NOTE, Note="See {{incident.title}} ({{incident.unknown}})"))
    trigger(account, made, trigger_type="conditional", condition="", is_subscribed_to_all_services=True)
    send(account, integration_key(account, account.service()))
    (incident,) = incidents(account)
    assert notes(account, incident) == ["See Disk full ({{incident.unknown}})"]
    until(lambda: len(receiver.events) == 3)
    assert [event["event_type"] for event in receiver.events] == events
    data = receiver.events[1]["data"]
    assert data["type"] == "incident_workflow_instance"
    assert data["incident_workflow"]["summary"] == data["summary"] == "Major incident"
    assert (data["incident"]["id"], data["service"]["summary"]) == (incident["id"], "Payments API")
    assert data["workflow_trigger"]["id"]
    update(account, incident, urgency="low")
    assert len(runs(account)) == 1


@pytest.mark.slow
def test_a_condition_starts_it_each_time_it_comes_to_hold(account: Account):
    service = account.service()
    key = integration_key(account, service)
    send(account, key)
    (incident,) = incidents(account)
    made = workflow(account, step(NOTE, Note="Major"))
    named = {"services": [{"id": service["id"]}], "trigger_type": "conditional"}
    trigger(account, made, condition="incident.urgency matches 'high'", **named)
    update(account, incident, title="It held already")
    assert runs(account) == []
    for urgency in ("low", "high", "high", "low", "high"):
        update(account, incident, urgency=urgency)
    assert len(runs(account)) == 2
    send(account, integration_key(account, account.service("Other")), "elsewhere")
    assert len(runs(account)) == 2


def test_the_steps_of_pagerduty_have_their_effect_and_others_are_recorded(account: Account):
    maya = account.user()
    service = account.service()
    send(account, integration_key(account, service))
    (incident,) = incidents(account)
    said = {"Workspace": "T0SANDBOX0", "Select_the_Channel": GENERAL, "Message": "War room"}
    made = workflow(
        account,
        step(f"{OWN}:update-incident-priority:1", Priority="p1"),
        step(f"{OWN}:add-responders:2", Message="Help", Responders=f'["{maya["id"]}"]'),
        step(f"{OWN}:add-conference-bridge:1", Conference_URL="https://meet.acme.example/1"),
        step(f"{OWN}:send-status-update:1", Message="We are on it"),
        step("pagerduty.com:slack:send-markdown-message:3", **said),
        step(NOTE, Note="Priority {{incident.priority}}"),
        step("pagerduty.com:http-api:send-webhook-post:1", URL="https://acme.example"),
    )
    body = {"incident_workflow_instance": {"incident": {"id": incident["id"], "type": "incident_reference"}}}
    answer = account.post(f"/incident_workflows/{made['id']}/instances", body)["incident_workflow_instance"]
    assert answer["incident"]["summary"].endswith("Disk full")
    (incident,) = incidents(account)
    assert incident["priority"]["summary"] == "P1"
    assert incident["conference_bridge"]["conference_url"] == "https://meet.acme.example/1"
    assert notes(account, incident) == ["Priority P1"]
    assert [message["text"] for message in messages(account)] == ["War room"]
    assert account.sandbox.store.all("pagerduty.responder_request")[0]["_targets"][0]["id"] == maya["id"]
    assert account.sandbox.store.all("pagerduty.status_update")[0]["message"] == "We are on it"
    assert [one["result"] for one in runs(account)[0]["steps"]] == [*["done"] * 6, "recorded"]


def test_workflows_that_start_each_other_come_to_rest(account: Account):
    service = account.service()
    for before, after in (("P1", "P2"), ("P2", "P1")):
        made = workflow(
            account, step(f"{OWN}:update-incident-priority:1", Priority=after), name=f"To {after}"
        )
        condition = f"incident.priority matches '{before}'"
        trigger(
            account, made, trigger_type="conditional", condition=condition, services=[{"id": service["id"]}]
        )
    send(account, integration_key(account, service))
    (incident,) = incidents(account)
    priority = next(one for one in account.get("/priorities")["priorities"] if one["name"] == "P1")
    update(account, incident, priority=reference(priority))
    assert 2 < len(runs(account)) < 50


@pytest.mark.parametrize("fields", [{"is_enabled": False}, {}])
def test_a_workflow_that_is_off_does_not_run(account: Account, fields: Json):
    made = workflow(account, step(NOTE, Note="Ran"), **fields)
    trigger(account, made, trigger_type="conditional", condition="", is_subscribed_to_all_services=True)
    send(account, integration_key(account, account.service()))
    assert len(runs(account)) == (not fields)
