"""The bodies of V3 webhooks have the keys that the facts list for their type (orchestration.md 5.5)."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.sandbox.conftest import Account, Json, reference
from tests.sandbox.pagerduty.runtime.test_incident_life import SENDER, incidents, integration_key, send

FACTS = (Path(__file__).parents[4] / "docs" / "vendors" / "orchestration.md").read_text(encoding="utf-8")
EXAMPLE: Json = json.loads(re.findall(r"```json\n(\{\"event\".*?)```", FACTS, re.DOTALL)[0])["event"]
DATA = {
    "incident_note": {"id", "incident", "content", "trimmed"},
    "incident_status_update": {"id", "incident", "message", "trimmed"},
    "incident_responder": {"incident", "user", "escalation_policy", "message", "state"},
    "incident_action_invocation": {"id", "self", "html_url", "incident", "action", "state"},
    "incident_conference_bridge": {"incident", "conference_numbers", "conference_url"},
}
REFERENCE = {"id", "type", "summary", "self", "html_url"}
EVENTS = [
    "triggered",
    "acknowledged",
    "resolved",
    "reopened",
    "reassigned",
    "delegated",
    "escalated",
    "priority_updated",
    "annotated",
    "status_update_published",
    "responder.added",
    "conference_bridge.updated",
    "action_invocation.created",
    "action_invocation.updated",
]


def bodies(account: Account) -> dict[str, Json]:
    """What would be sent, by type of event; to an address that is not on this machine, so nothing is."""
    found = [json.loads(one["body"])["event"] for one in account.sandbox.store.all("pagerduty.delivery")]
    return {event["event_type"]: event for event in found}


def test_every_body_has_the_keys_of_its_type(account: Account) -> None:
    method = {"type": "http_delivery_method", "url": "https://acme.example/hook"}
    subscription = {
        "type": "webhook_subscription",
        "delivery_method": method,
        "events": [f"incident.{name}" for name in EVENTS],
        "filter": {"type": "account_reference"},
    }
    account.post("/webhook_subscriptions", {"webhook_subscription": subscription})
    admin, tom = account.get("/users")["users"][0], account.user("tom@acme.example")
    rule = {"escalation_delay_in_minutes": 30, "targets": [reference(admin)]}
    second = {"escalation_delay_in_minutes": 30, "targets": [reference(tom)]}
    policy = {"type": "escalation_policy", "name": "Two", "escalation_rules": [rule, second]}
    policy = account.post("/escalation_policies", {"escalation_policy": policy})["escalation_policy"]
    service = account.service(escalation_policy=reference(policy))
    send(account, integration_key(account, service))
    (incident,) = incidents(account)
    path = f"/incidents/{incident['id']}"
    bridge = {"conference_number": "+1 555 0100", "conference_url": "https://meet.acme.example/1"}
    for change in (
        {"status": "acknowledged"},
        {"escalation_level": 2},
        {"assignments": [{"assignee": reference(admin)}]},
        {"priority": reference(account.get("/priorities")["priorities"][0])},
        {"escalation_policy": reference(account.policy("Other"))},
        {"conference_bridge": bridge},
        {"status": "resolved"},
        {"status": "triggered"},
    ):
        body = {"incident": {"type": "incident_reference", **change}}
        account.put(path, body, headers=SENDER, as_described=False)
    account.post(f"{path}/notes", {"note": {"content": "Looking"}}, headers=SENDER)
    account.post(f"{path}/status_updates", {"message": "Soon"}, headers=SENDER)
    target = {"responder_request_target": {"id": tom["id"], "type": "user_reference"}}
    request = {"requester_id": admin["id"], "message": "Help", "responder_request_targets": [target]}
    account.post(f"{path}/responder_requests", request, headers=SENDER)
    script = {"action_type": "script", "action_data_reference": {"script": "true"}}
    action = {"name": "Restart", "description": "x", **script}
    action = account.post("/automation_actions/actions", {"action": action})["action"]
    invocation = {"metadata": {"incident_id": incident["id"]}}
    account.post(f"/automation_actions/actions/{action['id']}/invocations", {"invocation": invocation})

    sent = bodies(account)
    assert sent.keys() == {f"incident.{name}" for name in EVENTS}
    for event in sent.values():
        data = event["data"]
        assert event.keys() == EXAMPLE.keys()
        known = EXAMPLE["data"].keys() if data["type"] == "incident" else {*DATA[data["type"]], "type"}
        assert data.keys() == known, event["event_type"]
        for value in (event["agent"], *data.values()):
            if isinstance(value, dict) and str(value.get("type")).endswith("_reference"):
                assert value.keys() == REFERENCE
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", sent["incident.triggered"]["occurred_at"])
