from __future__ import annotations

import pytest

from tests.sandbox.conftest import Account, Json, reference
from tests.sandbox.pagerduty.families.test_incidents import change, open_incident

HOURS = {
    "type": "fixed_time_per_day",
    "time_zone": "Europe/Berlin",
    "start_time": "08:00:00",
    "end_time": "20:00:00",
    "days_of_week": [1, 2, 3, 4, 5],
}
BY_HOURS = {
    "type": "use_support_hours",
    "during_support_hours": {"type": "constant", "urgency": "high"},
    "outside_support_hours": {"type": "constant", "urgency": "low"},
}
RAISE = [
    {
        "type": "urgency_change",
        "to_urgency": "high",
        "at": {"type": "named_time", "name": "support_hours_start"},
    }
]


def update(account: Account, service: Json, **fields) -> Json:
    kept = {
        "type": "service",
        "escalation_policy": reference(service["escalation_policy"] | {"type": "escalation_policy"}),
    }
    return account.put(f"/services/{service['id']}", {"service": {**kept, **fields}})["service"]


def test_a_new_service_is_calm_and_plain(account: Account):
    service = account.service()
    assert service["status"] == "active"
    assert service["incident_urgency_rule"] == {"type": "constant", "urgency": "high"}
    assert (service["auto_resolve_timeout"], service["acknowledgement_timeout"]) == (None, None)
    assert (service["description"], service["integrations"], service["teams"]) == (None, [], [])


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"name": "Payments API"}, id="name taken"),
        pytest.param({"name": "tab\tbed"}, id="name not printable"),
        pytest.param({"escalation_policy": None}, id="no policy"),
        pytest.param(
            {"escalation_policy": {"id": "PNONE", "type": "escalation_policy_reference"}}, id="unknown policy"
        ),
        pytest.param({"auto_resolve_timeout": -1}, id="negative timeout"),
        pytest.param({"auto_resolve_timeout": "300"}, id="timeout as text"),
        pytest.param({"status": "critical!"}, id="unknown status"),
        pytest.param({"incident_urgency_rule": {"type": "constant", "urgency": "P1"}}, id="unknown urgency"),
        pytest.param({"incident_urgency_rule": BY_HOURS}, id="hours without hours"),
        pytest.param(
            {"incident_urgency_rule": {**BY_HOURS, "urgency": "high"}, "support_hours": HOURS},
            id="hours and an urgency",
        ),
        pytest.param({"support_hours": {**HOURS, "start_time": "8:00"}}, id="time of day"),
        pytest.param({"support_hours": {**HOURS, "days_of_week": [0]}}, id="day of week"),
        pytest.param({"scheduled_actions": RAISE}, id="raise without hours"),
        pytest.param(
            {"auto_pause_notifications_parameters": {"enabled": True, "timeout": 60}}, id="pause of a minute"
        ),
        pytest.param(
            {"auto_pause_notifications_parameters": {"enabled": False, "timeout": 120}},
            id="pause that is off",
        ),
    ],
)
def test_a_wrong_service_is_refused(account: Account, fields):
    first = account.service()
    policy = reference(first["escalation_policy"] | {"type": "escalation_policy"})
    body = {"service": {"type": "service", "name": "Other", "escalation_policy": policy, **fields}}
    account.refused(400, "POST", "/services", body)


def test_a_name_that_is_free_again_can_be_taken(account: Account):
    service = account.service()
    update(account, service, name="Old")
    account.service("Payments API")


def test_urgency_by_support_hours_reads_back_as_sent(account: Account):
    service = account.service(incident_urgency_rule=BY_HOURS, support_hours=HOURS, scheduled_actions=RAISE)
    sent = (BY_HOURS, HOURS, RAISE)
    assert (
        tuple(service[name] for name in ("incident_urgency_rule", "support_hours", "scheduled_actions"))
        == sent
    )
    constant = {"type": "constant", "urgency": "severity_based"}
    changed = update(
        account, service, incident_urgency_rule=constant, support_hours=None, scheduled_actions=[]
    )
    assert (changed["incident_urgency_rule"], changed["support_hours"], changed["scheduled_actions"]) == (
        constant,
        None,
        [],
    )


@pytest.mark.parametrize("value", [0, None])
def test_a_timeout_of_zero_is_off(account: Account, value):
    service = account.service(auto_resolve_timeout=300, acknowledgement_timeout=60)
    changed = update(account, service, auto_resolve_timeout=value, acknowledgement_timeout=value)
    assert (changed["auto_resolve_timeout"], changed["acknowledgement_timeout"]) == (None, None)
    assert changed["name"] == service["name"]


def test_auto_pause_is_shown_only_on_request(account: Account):
    service = account.service(auto_pause_notifications_parameters={"enabled": True, "timeout": 300})
    path = f"/services/{service['id']}"
    assert "auto_pause_notifications_parameters" not in account.get(path)["service"]
    shown = account.get(f"{path}?include[]=auto_pause_notifications_parameters")["service"]
    assert shown["auto_pause_notifications_parameters"]["timeout"] == 300
    update(account, service, auto_pause_notifications_parameters={"enabled": False})
    shown = account.get(f"{path}?include[]=auto_pause_notifications_parameters")["service"]
    assert (
        shown["auto_pause_notifications_parameters"]["enabled"],
        shown["auto_pause_notifications_parameters"]["timeout"],
    ) == (False, None)


def test_services_are_found_by_name_and_by_their_policys_team(account: Account):
    team = account.team()
    policy = account.policy()
    account.put(f"/teams/{team['id']}/escalation_policies/{policy['id']}")
    account.service("Payments API", escalation_policy=reference(policy))
    account.service("Payments API 2")
    queries = {"query=api": 2, "name=Payments API": 1, "name=payments api": 0, f"team_ids[]={team['id']}": 1}
    assert {query: len(account.get(f"/services?{query}")["services"]) for query in queries} == queries
    whole = account.get("/services?include[]=teams&include[]=escalation_policies&name=Payments API")[
        "services"
    ][0]
    assert (whole["teams"][0]["name"], whole["escalation_policy"]["num_loops"]) == ("Payments", 0)


def incident(account: Account, service: Json) -> Json:
    body = {"incident": {"type": "incident", "title": "Down", "service": reference(service)}}
    return account.post("/incidents", body, headers={"From": "admin@sandbox.example"})["incident"]


def test_status_follows_open_incidents_and_may_be_sent_back(account: Account):
    service = account.service()
    made = incident(account, service)
    path = f"/services/{service['id']}"
    shown = account.get(path)["service"]
    assert (shown["status"], shown["last_incident_timestamp"]) == ("critical", made["created_at"])
    account.put(path, {"service": shown})
    sender = {"From": "admin@sandbox.example"}
    for status, expected in (("acknowledged", "warning"), ("resolved", "active")):
        body = {"incident": {"type": "incident_reference", "status": status}}
        account.put(f"/incidents/{made['id']}", body, headers=sender)
        assert account.get(path)["service"]["status"] == expected
    assert update(account, service, status="disabled")["status"] == "disabled"


def test_a_page_shows_each_service_as_it_is_shown_alone(account: Account):
    services = [account.service(name) for name in ("Calm", "Busy", "Done")]
    for service in services[:2]:
        body = {"integration": {"type": "events_api_v2_inbound_integration", "name": service["name"]}}
        account.post(f"/services/{service['id']}/integrations", body)
    open_incident(account, services[1])
    change(account, open_incident(account, services[2]), status="resolved")
    for include in ("", "&include[]=integrations"):
        shown = account.get(f"/services?limit=100{include}")["services"]
        assert {one["name"]: one["status"] for one in shown} == {
            "Calm": "active",
            "Busy": "critical",
            "Done": "active",
        }
        assert [one["last_incident_timestamp"] is None for one in shown] == [False, True, False]
        for one in shown:
            assert one == account.get(f"/services/{one['id']}?{include}")["service"]


def test_a_deleted_service_takes_its_own_along_and_leaves_references(account: Account):
    service = account.service()
    account.post(
        f"/services/{service['id']}/integrations",
        {"integration": {"type": "events_api_v2_inbound_integration", "name": "X"}},
    )
    path = f"/event_orchestrations/services/{service['id']}"
    orchestration = account.orchestration()
    router = f"/event_orchestrations/{orchestration['id']}/router"
    rule = {"actions": {"route_to": service["id"]}}
    document = {
        "sets": [{"id": "start", "rules": [rule]}],
        "catch_all": {"actions": {"route_to": "unrouted"}},
    }
    account.put(router, {"orchestration_path": document})
    account.delete(f"/services/{service['id']}")
    account.refused(404, "GET", f"/services/{service['id']}")
    account.refused(403, "GET", path)
    account.refused(403, "GET", f"{path}/active")
    (kept,) = account.get(router)["orchestration_path"]["sets"][0]["rules"]
    assert kept["actions"]["route_to"] == service["id"]


# Integrations


def integrate(account: Account, service: Json, **fields) -> Json:
    return account.post(f"/services/{service['id']}/integrations", {"integration": fields})["integration"]


def test_an_integration_has_a_key_of_the_servers_making(account: Account):
    service = account.service()
    kind = "events_api_v2_inbound_integration"
    made = integrate(account, service, type=kind, name="Alertmanager", integration_key="mine")
    assert len(made["integration_key"]) == 32
    path = f"/services/{service['id']}/integrations/{made['id']}"
    assert account.get(path)["integration"] == made
    (listed,) = account.get(f"/services/{service['id']}")["service"]["integrations"]
    assert (listed["type"], listed["summary"]) == (f"{kind}_reference", "Alertmanager")
    (whole,) = account.get("/services?include[]=integrations")["services"][0]["integrations"]
    assert whole["name"] == "Alertmanager"
    assert "integration_key" not in whole
    renamed = account.put(path, {"integration": {"type": "nagios_inbound_integration", "name": "Prometheus"}})
    assert (renamed["integration"]["name"], renamed["integration"]["type"]) == ("Prometheus", kind)
    account.delete(path)
    account.refused(404, "GET", path)


def test_a_vendor_chooses_the_type(account: Account):
    datadog = next(vendor for vendor in account.get("/vendors")["vendors"] if vendor["name"] == "Datadog")
    made = integrate(account, account.service(), name="Datadog", vendor=reference(datadog))
    assert made["type"] == "event_transformer_api_inbound_integration"
    assert made["vendor"]["summary"] == "Datadog"


def test_a_mail_integration_takes_every_mail_unless_told_otherwise(account: Account):
    address = "payments@acme.pagerduty.com"
    made = integrate(
        account,
        account.service(),
        type="generic_email_inbound_integration",
        name="Mail",
        integration_email=address,
    )
    assert (made["integration_email"], made["email_filters"][0]["subject_mode"]) == (address, "always")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"name": "X"}, id="neither type nor vendor"),
        pytest.param({"name": "X", "type": "app_event_transform_inbound_integration"}, id="of an app"),
        pytest.param(
            {"name": "X", "vendor": {"id": "PNONE", "type": "vendor_reference"}}, id="unknown vendor"
        ),
        pytest.param({"name": "X", "type": "generic_email_inbound_integration"}, id="mail without address"),
        pytest.param(
            {"name": "X", "type": "generic_email_inbound_integration", "integration_email": "a@b.example"},
            id="address elsewhere",
        ),
    ],
)
def test_a_wrong_integration_is_refused(account: Account, fields):
    account.refused(400, "POST", f"/services/{account.service()['id']}/integrations", {"integration": fields})


# Extras


def test_custom_fields_of_services_have_values(account: Account):
    field = {"name": "tier", "display_name": "Tier", "data_type": "string", "field_type": "single_value"}
    made = account.post("/services/custom_fields", {"field": field})["field"]
    account.refused(400, "POST", "/services/custom_fields", {"field": field})
    service = account.service()
    path = f"/services/{service['id']}/custom_fields/values"
    assert account.get(path)["custom_fields"][0]["value"] is None
    account.put(path, {"custom_fields": [{"name": "tier", "value": "gold"}]})
    assert account.get(path)["custom_fields"][0]["value"] == "gold"
    account.refused(
        400, "PUT", path, {"custom_fields": [{"id": made["id"], "value": "x"}, {"name": "no", "value": "x"}]}
    )
    assert account.get(path)["custom_fields"][0]["value"] == "gold", "all or nothing"


def test_fixed_custom_fields_have_options(account: Account):
    field = {
        "name": "zone",
        "display_name": "Zone",
        "data_type": "string",
        "field_type": "single_value_fixed",
    }
    account.refused(400, "POST", "/services/custom_fields", {"field": field})
    options = [{"data": {"data_type": "string", "value": value}} for value in ("eu", "us")]
    made = account.post("/services/custom_fields", {"field": {**field, "field_options": options}})["field"]
    assert [option["data"]["value"] for option in made["field_options"]] == ["eu", "us"]
    assert "field_options" not in account.get("/services/custom_fields")["fields"][0]
    assert account.get("/services/custom_fields?include[]=field_options")["fields"][0]["field_options"]


def test_a_feature_is_on_until_switched_off(account: Account):
    path = f"/services/{account.service()['id']}/enablements"
    assert account.get(path)["enablements"][0]["enabled"] is True
    assert account.put(f"{path}/aiops", {"enablement": {"enabled": False}})["enablement"]["enabled"] is False
    account.control("PUT", "plan", {"features": {"aiops": False}})
    assert account.put(f"{path}/aiops", {"enablement": {"enabled": True}})["enablement"]["warnings"]


def test_old_event_rules_are_listed_made_and_deleted(account: Account):
    path = f"/services/{account.service()['id']}/rules"
    assert account.get(path)["rules"] == []
    condition = {"operator": "exists", "parameters": {"path": "summary", "value": ""}}
    conditions = {"operator": "and", "subconditions": [condition]}
    made = account.post(path, {"rule": {"conditions": conditions, "actions": {"suppress": {"value": True}}}})[
        "rule"
    ]
    assert [rule["id"] for rule in account.get(path)["rules"]] == [made["id"]]
    account.delete(f"{path}/{made['id']}")
    assert account.get(path)["rules"] == []
