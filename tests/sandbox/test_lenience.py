"""What official clients send is taken: null for an empty list, references without a type."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pdslack_cli.sandbox.pagerduty.families import RESOURCES
from pdslack_cli.sandbox.pagerduty.fields import read
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from tests.sandbox.conftest import Account, reference
from tests.sandbox.pagerduty.runtime.test_incident_life import integration_key, send
from tests.sandbox.pagerduty.terraform_calls import CALLS
from tests.sandbox.route_bodies import MADE
from tests.sandbox.test_every_route import filled

NEEDED = ("schedule_layers", "endpoint_url", "rotation_id")
"""Fields without which the objects of this walk cannot be, though others of their kind can."""


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.path)
def test_null_is_taken_for_whatever_may_be_left_out(resource: RestResource) -> None:
    optional = {name: field for name, field in resource.fields.items() if not field.required}
    absent = {name: None if field.nullable else field.default for name, field in optional.items()}
    assert read(optional, dict.fromkeys(optional), lambda *_: True) == absent


@pytest.mark.slow
def test_objects_with_null_for_one_thing_work_on(account: Account) -> None:
    walk, refused = filled(account), []
    made = {path for path, _ in MADE}
    for resource in RESOURCES:
        path = re.sub(r"<[^>]+>", "*", resource.path)
        if path in made and "update" in resource.methods:
            ((wrapper, whole),) = walk.call("GET", f"{path}/*").items()
            needed = {
                name: whole[name]
                for name, field in resource.fields.items()
                if field.required and name in whole
            }
            for name, field in resource.fields.items():
                if not (field.required or name in NEEDED):
                    answer = walk.send("PUT", f"{path}/*", {wrapper: {**needed, name: None}})
                    refused += [f"{path} {name}: {answer.text}"] if not answer.ok else []
    assert refused == []


def test_a_policy_without_teams_and_a_webhook_without_headers_are_taken(account: Account) -> None:
    admin = account.get("/users")["users"][0]
    rule = {"escalation_delay_in_minutes": 30, "targets": [reference(admin)]}
    policy = {"type": "escalation_policy", "name": "One", "escalation_rules": [rule], "teams": None}
    made = account.post("/escalation_policies", {"escalation_policy": policy}, as_described=False)
    assert made["escalation_policy"]["teams"] == []
    method = {"type": "http_delivery_method", "url": "https://acme.example/hook", "custom_headers": None}
    body = {
        "type": "webhook_subscription",
        "delivery_method": method,
        "events": ["incident.triggered"],
        "filter": {"type": "account_reference"},
    }
    account.post("/webhook_subscriptions", {"webhook_subscription": body}, as_described=False)


def test_a_workflow_names_its_team_by_id_alone(account: Account) -> None:
    team = account.team()
    body = {"name": "Triage", "team": {"id": team["id"]}, "steps": []}
    made = account.post("/incident_workflows", {"incident_workflow": body}, as_described=False)
    assert made["incident_workflow"]["team"]["id"] == team["id"]


def test_people_outside_the_team_are_refused_only_by_a_switch(account: Account) -> None:
    maya, team = account.user(), account.team()
    account.policy("Taken", targets=[reference(maya)], teams=[reference(team)])
    account.control("PUT", "limits", {"team_members_only": True})
    rule = {"escalation_delay_in_minutes": 30, "targets": [reference(maya)]}
    body = {
        "type": "escalation_policy",
        "name": "Refused",
        "escalation_rules": [rule],
        "teams": [reference(team)],
    }
    account.refused(400, "POST", "/escalation_policies", {"escalation_policy": body})


SENT = {
    "team without a parent": ("/teams", "team", {"name": "Payments", "description": None, "parent": None}),
    "user without a title": (
        "/users",
        "user",
        {"name": "Tom", "email": "tom@acme.example", "job_title": None},
    ),
    "policy that is no loop": (
        "/escalation_policies",
        "escalation_policy",
        {"name": "P", "num_loops": 0, "description": None, "escalation_rules": ["RULE"], "teams": None},
    ),
    "schedule without an end": (
        "/schedules",
        "schedule",
        {
            "name": "Primary",
            "time_zone": "Europe/Berlin",
            "description": None,
            "teams": None,
            "schedule_layers": [
                {
                    "name": "Weekly",
                    "start": "2026-01-05T09:00:00+01:00",
                    "end": None,
                    "rotation_virtual_start": "2026-01-05T09:00:00+01:00",
                    "rotation_turn_length_seconds": 604800,
                    "users": [{"user": "ADMIN"}],
                    "restrictions": None,
                }
            ],
        },
    ),
    "service with everything off": (
        "/services",
        "service",
        {
            "name": "Ledger",
            "description": None,
            "auto_resolve_timeout": None,
            "acknowledgement_timeout": 0,
            "escalation_policy": "POLICY",
            "support_hours": None,
            "scheduled_actions": None,
            "alert_grouping_parameters": None,
            "auto_pause_notifications_parameters": {"enabled": False, "timeout": None},
            "response_play": None,
        },
    ),
    "orchestration without a team": (
        "/event_orchestrations",
        "orchestration",
        {"name": "Production", "description": "", "team": {"id": None}, "type": None},
    ),
    "workflow without a team": (
        "/incident_workflows",
        "incident_workflow",
        {"name": "Triage", "description": None, "team": None, "steps": None},
    ),
    "webhook of the account": (
        "/webhook_subscriptions",
        "webhook_subscription",
        {
            "delivery_method": {
                "type": "http_delivery_method",
                "url": "https://acme.example",
                "custom_headers": None,
            },
            "description": None,
            "events": ["incident.triggered"],
            "filter": {"id": None, "type": "account_reference"},
        },
    ),
    "business service of nobody": (
        "/business_services",
        "business_service",
        {"name": "Checkout", "description": None, "point_of_contact": None, "team": None},
    ),
    "maintenance window without a text": (
        "/maintenance_windows",
        "maintenance_window",
        {
            "start_time": "2036-01-05T09:00:00Z",
            "end_time": "2036-01-05T10:00:00Z",
            "description": None,
            "services": ["SERVICE"],
        },
    ),
    "template without texts": (
        "/templates",
        "template",
        {
            "name": "Customers",
            "description": None,
            "template_type": "status_update",
            "templated_fields": {"email_subject": None, "email_body": None, "message": None},
        },
    ),
}
"""What Terraform's provider and the official clients send for an object of which little is set."""


@pytest.mark.parametrize("name", SENT)
def test_what_official_clients_send_is_taken(account: Account, name: str) -> None:
    path, wrapper, fields = SENT[name]
    admin = account.get("/users")["users"][0]
    known = {
        "ADMIN": lambda: reference(admin),
        "RULE": lambda: {"escalation_delay_in_minutes": 30, "targets": [reference(admin)]},
        "POLICY": lambda: reference(account.policy()),
        "SERVICE": lambda: reference(account.service()),
    }

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(one) for key, one in value.items()}
        if isinstance(value, list):
            return [filled(one) for one in value]
        return known[value]() if value in known else value

    sent = {"type": wrapper, **filled(fields), "self": None, "an_unknown_field": {"x": [1]}}
    headers = {"From": admin["email"]}
    made = account.post(path, {wrapper: sent}, headers=headers, as_described=False)[wrapper]
    again = account.send("PUT", f"{path}/{made['id']}", {wrapper: made}, as_described=False, headers=headers)
    assert again.ok, again.text
    if wrapper != "schedule":  # whose layers are never removed, so they must be named by their ids
        changed = account.put(f"{path}/{made['id']}", {wrapper: sent}, headers=headers, as_described=False)
        assert changed[wrapper]["id"] == made["id"]


@pytest.mark.slow
def test_the_calls_of_terraforms_provider_are_answered_as_it_expects(account: Account) -> None:
    headers = {"User-Agent": "(linux amd64) Terraform/1.9.5", "Content-Type": "application/json"}
    ids: dict[str, str] = {}

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(one) for key, one in value.items()}
        if isinstance(value, list):
            return [filled(one) for one in value]
        return re.sub(r"\{(\w+)\}", lambda named: ids[named[1]], value) if isinstance(value, str) else value

    for call in CALLS:
        path, body = filled(call.path), filled(call.body)
        answer = account.send(call.method, path, body, headers=headers, as_described=False)
        assert answer.status_code == call.status, (call, answer.text)
        if call.name:
            ((_, made),) = answer.json().items()
            ids[call.name] = made["id"]
    sent = {"If-None-Match": 'W/"1"', "X-EARLY-ACCESS": "flex-service-early-access"}
    listed = account.get("/users?limit=1&offset=0&total=true", headers=sent, as_described=False)
    assert (listed["limit"], listed["offset"], listed["total"]) == (1, 0, len(account.get("/users")["users"]))


RULE_OF_TERRAFORM = {
    "label": "",
    "conditions": None,
    "disabled": False,
    "actions": {
        "route_to": None,
        "suppress": False,
        "suspend": None,
        "priority": "",
        "escalation_policy": None,
        "annotate": "",
        "severity": "",
        "event_action": "",
        "variables": [],
        "extractions": None,
        "automation_actions": [],
        "pagerduty_automation_actions": [],
        "incident_custom_field_updates": [],
    },
}


def test_rules_may_write_out_all_that_they_do_not_do(account: Account) -> None:
    service = account.service()
    path = f"/event_orchestrations/services/{service['id']}"
    document = {
        "parent": None,
        "sets": [{"id": "start", "rules": [RULE_OF_TERRAFORM]}, {"id": "later", "rules": None}],
        "catch_all": {"actions": {**RULE_OF_TERRAFORM["actions"], "suspend": None}},
    }
    account.put(path, {"orchestration_path": document}, as_described=False)
    account.put(f"{path}/active", {"active": True})
    send(account, integration_key(account, service))
    (incident,) = account.get("/incidents")["incidents"]
    assert incident["title"] == "Disk full"


def test_an_event_may_have_null_for_all_that_it_lacks(account: Account) -> None:
    lacking = dict.fromkeys(("component", "group", "class", "custom_details", "timestamp"))
    payload = {"summary": "Disk full", "source": "db", "severity": "info", **lacking}
    key = integration_key(account, account.service())
    event = {"routing_key": key, "event_action": "trigger", "payload": payload}
    nothing = dict.fromkeys(("dedup_key", "images", "links", "client", "client_url"))
    body = {**event, **nothing}
    accepted = account.post("/v2/enqueue", body, host="EVENTS", as_described=False)
    assert len(accepted["dedup_key"]) == 32
