from __future__ import annotations

import pytest

from tests.sandbox.conftest import Account, Json

EMPTY = {"sets": [{"id": "start", "rules": []}], "catch_all": {"actions": {}}}


def rules_document(*rules: Json, catch_all: Json | None = None, **sets: list[Json]) -> Json:
    listed = [
        {"id": "start", "rules": list(rules)},
        *({"id": id_, "rules": kept} for id_, kept in sets.items()),
    ]
    return {"sets": listed, "catch_all": {"actions": catch_all or {}}}


def rule(condition: str = "event.summary matches part 'x'", **actions) -> Json:
    return {"conditions": [{"expression": condition}], "actions": actions}


def put(account: Account, path: str, document: Json) -> Json:
    return account.put(path, {"orchestration_path": document})


def test_a_new_orchestration_has_a_default_integration_and_empty_paths(account: Account):
    made = account.orchestration()
    (integration,) = made["integrations"]
    assert integration["label"] == "Production Default Integration"
    assert integration["parameters"]["routing_key"][0] == "R"
    assert len(integration["parameters"]["routing_key"]) == 32
    base = f"/event_orchestrations/{made['id']}"
    paths = {
        path: account.get(f"{base}/{path}")["orchestration_path"] for path in ("router", "global", "unrouted")
    }
    assert {path: document["sets"] for path, document in paths.items()} == dict.fromkeys(paths, EMPTY["sets"])
    assert {path: document["catch_all"]["actions"] for path, document in paths.items()} == {
        "router": {"route_to": "unrouted"},
        "global": {},
        "unrouted": {"suppress": True},
    }


def test_names_may_repeat_and_the_list_has_no_integrations(account: Account):
    account.orchestration()
    account.orchestration()
    listed = account.get("/event_orchestrations")["orchestrations"]
    assert [entry["name"] for entry in listed] == ["Production", "Production"]
    assert not any("integrations" in entry for entry in listed)


def test_a_team_comes_and_goes(account: Account):
    team = account.team()
    made = account.orchestration(team={"id": team["id"]})
    assert made["team"]["id"] == team["id"]
    path = f"/event_orchestrations/{made['id']}"
    kept = account.put(path, {"orchestration": {"name": "Renamed"}})["orchestration"]
    assert (kept["name"], kept["team"]["id"]) == ("Renamed", team["id"])
    assert (
        account.put(path, {"orchestration": {"name": "Renamed", "team": {"id": None}}})["orchestration"][
            "team"
        ]
        is None
    )
    account.refused(400, "PUT", path, {"orchestration": {"name": "Renamed", "team": {"id": "PNONE"}}})


def test_integrations_are_labelled_and_moved_with_their_key(account: Account):
    source, target = account.orchestration("Source"), account.orchestration("Target")
    path = f"/event_orchestrations/{source['id']}/integrations"
    made = account.post(path, {"integration": {"label": "Alertmanager"}})["integration"]
    renamed = account.put(f"{path}/{made['id']}", {"integration": {"label": "Prometheus"}})["integration"]
    assert (renamed["label"], renamed["parameters"]) == ("Prometheus", made["parameters"])
    wanted = {"source_id": source["id"], "source_type": "orchestration", "integration_id": made["id"]}
    moved = account.post(f"/event_orchestrations/{target['id']}/integrations/migration", wanted)[
        "integrations"
    ]
    assert renamed in moved
    account.refused(404, "GET", f"{path}/{made['id']}")
    account.delete(f"/event_orchestrations/{target['id']}/integrations/{made['id']}")


def test_an_orchestration_has_ten_integrations_at_most(account: Account):
    path = f"/event_orchestrations/{account.orchestration()['id']}/integrations"
    for number in range(9):
        account.post(path, {"integration": {"label": f"I{number}"}})
    response = account.send("POST", path, {"integration": {"label": "One more"}})
    assert (response.status_code, response.json()["error"]["code"]) == (400, 2019)


def test_deleting_an_orchestration_deletes_all_it_had(account: Account):
    made = account.orchestration()
    path = f"/event_orchestrations/{made['id']}"
    account.delete(path)
    for gone in ("", "/router", "/global", "/unrouted", "/integrations", "/cache_variables"):
        account.refused(404, "GET", path + gone)


def test_rule_ids_are_the_servers_and_stay_with_what_is_sent_back(account: Account):
    path = f"/event_orchestrations/services/{account.service()['id']}"
    first = put(account, path, rules_document(rule(severity="critical"), {**rule(), "id": "deadbeef"}))
    kept, invented = first["orchestration_path"]["sets"][0]["rules"]
    assert len(kept["id"]) == len(invented["id"]) == 8
    assert invented["id"] != "deadbeef", "ids are not the client's to choose"
    second = put(account, path, rules_document(rule(severity="info"), {**kept, "label": "moved"}))
    fresh, moved = second["orchestration_path"]["sets"][0]["rules"]
    assert (moved["id"], moved["label"]) == (kept["id"], "moved")
    assert fresh["id"] not in (kept["id"], invented["id"])
    assert second["orchestration_path"]["version"] != first["orchestration_path"]["version"]
    assert account.get(path)["orchestration_path"] == second["orchestration_path"]


def test_a_put_replaces_the_whole_document(account: Account):
    path = f"/event_orchestrations/{account.orchestration()['id']}/global"
    put(account, path, rules_document(rule(severity="info"), catch_all={"annotate": "none matched"}))
    assert put(account, path, EMPTY)["orchestration_path"]["sets"] == EMPTY["sets"]
    assert put(account, path, {"sets": EMPTY["sets"]})["orchestration_path"]["catch_all"] == {"actions": {}}
    account.refused(400, "PUT", path, {"orchestration_path": {"catch_all": {"actions": {}}}})


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"sets": [], "catch_all": {"actions": {}}}, id="no set"),
        pytest.param({"sets": [{"id": "first", "rules": []}], "catch_all": {"actions": {}}}, id="no start"),
        pytest.param({"sets": EMPTY["sets"] * 2, "catch_all": {"actions": {}}}, id="start twice"),
        pytest.param(rules_document(rule(route_to="nowhere")), id="unknown set"),
        pytest.param(rules_document(*[rule()] * 26), id="26 rules"),
        pytest.param(
            rules_document({"conditions": [{"expression": "true"}] * 26, "actions": {}}), id="26 conditions"
        ),
        pytest.param(rules_document({"conditions": [{"expression": "true"}]}), id="no actions"),
        pytest.param(rules_document(rule("x" * 2049)), id="long condition"),
        pytest.param(rules_document(rule("")), id="empty condition"),
        pytest.param(rules_document(rule("event.summary contains 'x'")), id="no PCL"),
        pytest.param(rules_document({"conditions": ["true"], "actions": {}}), id="bare condition"),
        pytest.param(rules_document(rule(severity="high")), id="unknown severity"),
        pytest.param(rules_document(rule(priority="P1")), id="priority by name"),
        pytest.param(rules_document(rule(escalation_policy="PNONE")), id="unknown policy"),
        pytest.param(rules_document(rule(drop_event=True)), id="drop on a service"),
        pytest.param(rules_document(rule(suspend="5m")), id="suspend as text"),
        pytest.param(
            rules_document(rule(extractions=[{"target": "event.summary"}])), id="extraction of nothing"
        ),
        pytest.param(
            rules_document(rule(extractions=[{"target": "event.summary", "regex": "(.*)"}])),
            id="regex without source",
        ),
        pytest.param(
            rules_document(rule(extractions=[{"target": "a", "template": "b", "source": "c", "regex": "d"}])),
            id="template and regex",
        ),
        pytest.param(
            rules_document(rule(variables=[{"name": "a", "path": "event.source", "value": "x"}])),
            id="variable without type",
        ),
        pytest.param(
            rules_document(
                rule(
                    automation_actions=[
                        {"name": "a", "url": "https://x.example", "trigger_types": ["alert_suppressed"]}
                    ]
                )
            ),
            id="button on a suppressed alert",
        ),
        pytest.param(
            rules_document(rule(incident_custom_field_updates=[{"id": "PNONE", "value": "x"}])),
            id="unknown field",
        ),
        pytest.param(
            rules_document(rule(pagerduty_automation_actions=[{"action_id": "01NONE"}])), id="unknown action"
        ),
        pytest.param(rules_document(catch_all={"route_to": "start"}), id="route in the catch-all"),
        pytest.param(rules_document(rule(route_to="start")), id="a circle"),
        pytest.param(
            rules_document(
                rule(extractions=[{"target": "event.summary", "source": "event.class", "regex": "("}])
            ),
            id="broken regular expression",
        ),
    ],
)
def test_a_wrong_service_path_is_refused(account: Account, document):
    path = f"/event_orchestrations/services/{account.service()['id']}"
    account.refused(400, "PUT", path, {"orchestration_path": document})


def test_every_action_of_a_service_path_reads_back(account: Account):
    (type_,) = account.get("/incidents/types")["incident_types"]
    field = {"name": "region", "display_name": "Region", "data_type": "string", "field_type": "single_value"}
    region = account.post(f"/incidents/types/{type_['name']}/custom_fields", {"field": field})["field"]
    script = {
        "name": "Restart",
        "description": "x",
        "action_type": "script",
        "action_data_reference": {"script": "true"},
    }
    action = account.post("/automation_actions/actions", {"action": script})["action"]
    actions = {
        "route_to": "more",
        "priority": account.get("/priorities")["priorities"][0]["id"],
        "escalation_policy": account.policy()["id"],
        "severity": "critical",
        "event_action": "trigger",
        "annotate": "Runbook",
        "suppress": False,
        "suspend": 300,
        "variables": [{"name": "host", "path": "event.source", "type": "regex", "value": "(.*)"}],
        "extractions": [
            {"target": "event.summary", "template": "{{variables.host}}"},
            {"target": "event.class", "source": "event.source", "regex": "(.*)"},
        ],
        "automation_actions": [
            {
                "name": "Tell",
                "url": "https://hooks.acme.example/x",
                "auto_send": True,
                "headers": [{"key": "X-A", "value": "1"}],
                "parameters": [{"key": "summary", "value": "{{event.summary}}"}],
                "trigger_types": ["alert_suppressed"],
            }
        ],
        "pagerduty_automation_actions": [{"action_id": action["id"], "trigger_types": ["alert_triggered"]}],
        "incident_custom_field_updates": [{"id": region["id"], "value": "eu"}],
    }
    path = f"/event_orchestrations/services/{account.service()['id']}"
    shown = put(account, path, rules_document(rule(**actions), more=[rule()]))["orchestration_path"]
    assert shown["sets"][0]["rules"][0]["actions"] == actions
    assert [one["id"] for one in shown["sets"]] == ["start", "more"]


def test_empty_actions_count_as_not_set(account: Account):
    path = f"/event_orchestrations/{account.orchestration()['id']}/unrouted"
    as_terraform = {
        "drop_event": False,
        "route_to": "",
        "dynamic_route_to": None,
        "suppress": False,
        "suspend": None,
        "priority": "",
        "annotate": "",
        "automation_actions": None,
        "severity": "info",
        "event_action": "",
        "variables": [],
        "extractions": None,
        "escalation_policy": None,
    }
    body = {"orchestration_path": rules_document(rule(**as_terraform), catch_all=as_terraform)}
    answer = account.put(path, body, as_described=False)
    (kept,) = answer["orchestration_path"]["sets"][0]["rules"]
    assert kept["actions"] == {"severity": "info", "variables": []}


def router(account: Account, *rules: Json, otherwise: str = "unrouted") -> tuple[str, Json]:
    path = f"/event_orchestrations/{account.orchestration()['id']}/router"
    return path, {"orchestration_path": rules_document(*rules, catch_all={"route_to": otherwise})}


def test_a_router_routes_by_id(account: Account):
    service, other = account.service("A"), account.service("B")
    dynamic = {"source": "event.custom_details.service", "regex": "(.*)", "lookup_by": "service_name"}
    rules = [{"actions": {"dynamic_route_to": dynamic}}, rule(route_to=service["id"])]
    path, body = router(account, *rules, otherwise=other["id"])
    shown = account.put(path, body)["orchestration_path"]
    assert [entry["actions"] for entry in shown["sets"][0]["rules"]] == [entry["actions"] for entry in rules]
    assert shown["catch_all"]["actions"] == {"route_to": other["id"]}
    orchestration = account.get(path.removesuffix("/router"))["orchestration"]
    assert orchestration["routes"] == 1


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([{"actions": {}}], id="routes nowhere"),
        pytest.param([rule(route_to="PNONE")], id="unknown service"),
        pytest.param([rule(route_to="unrouted")], id="unrouted is for the catch-all"),
        pytest.param([rule(route_to="SERVICE", severity="info")], id="another action"),
        pytest.param(
            [rule(dynamic_route_to={"source": "a", "regex": "b", "lookup_by": "service_id"})],
            id="dynamic with a condition",
        ),
        pytest.param(
            [
                rule(route_to="SERVICE"),
                {"actions": {"dynamic_route_to": {"source": "a", "regex": "b", "lookup_by": "service_id"}}},
            ],
            id="dynamic second",
        ),
    ],
)
def test_a_wrong_router_is_refused(account: Account, rules):
    service = account.service()["id"]
    named = [
        {
            **entry,
            "actions": {
                name: service if value == "SERVICE" else value for name, value in entry["actions"].items()
            },
        }
        for entry in rules
    ]
    path, body = router(account, *named)
    account.refused(400, "PUT", path, body)


def test_the_unrouted_catch_all_always_suppresses(account: Account):
    path = f"/event_orchestrations/{account.orchestration()['id']}/unrouted"
    shown = put(account, path, rules_document(catch_all={"severity": "info"}))["orchestration_path"]
    assert shown["catch_all"]["actions"] == {"severity": "info", "suppress": True}
    put(account, path, {"sets": shown["sets"], "catch_all": shown["catch_all"]})
    account.refused(400, "PUT", path, {"orchestration_path": rules_document(rule(suppress=True))})


def test_what_the_plan_lacks_is_kept_and_warned_of(account: Account):
    path = f"/event_orchestrations/services/{account.service()['id']}"
    document = rules_document(rule("trigger_count over 1 minute > 3", suspend=60, route_to="more"), more=[])
    assert "warnings" not in put(account, path, document)
    features = dict.fromkeys(("suspend", "nested_rules", "threshold_condition"), False)
    account.control("PUT", "plan", {"features": features})
    answer = put(account, path, document)
    assert {warning["feature"] for warning in answer["warnings"]} == set(features)
    assert {warning["rule_id"] for warning in answer["warnings"]} == {
        answer["orchestration_path"]["sets"][0]["rules"][0]["id"]
    }
    assert answer["orchestration_path"]["sets"][0]["rules"][0]["actions"]["suspend"] == 60


def test_a_service_path_acts_once_it_is_switched_on(account: Account):
    path = f"/event_orchestrations/services/{account.service()['id']}/active"
    assert account.get(path) == {"active": False}
    assert account.put(path, {"active": True}) == {"active": True}
    assert account.get(path) == {"active": True}
    account.refused(400, "PUT", path, {"active": "yes"})
    account.control("PUT", "plan", {"features": {"event_rules": False}})
    account.refused(410, "GET", path)


@pytest.mark.parametrize("parent", ["orchestration", "service"])
def test_cache_variables_live_with_their_parent(account: Account, parent):
    id_ = (
        account.orchestration()["id"] if parent == "orchestration" else f"services/{account.service()['id']}"
    )
    path = f"/event_orchestrations/{id_}/cache_variables"
    recent = {"type": "recent_value", "source": "event.source", "regex": "(.*)"}
    conditions = [{"expression": "event.source exists"}]
    body = {"cache_variable": {"name": "last_host", "conditions": conditions, "configuration": recent}}
    made = account.post(path, body)["cache_variable"]
    assert (made["configuration"], made["conditions"], made["disabled"]) == (recent, conditions, False)
    counted = {"name": "seen", "configuration": {"type": "trigger_event_count", "ttl_seconds": 60}}
    changed = account.put(f"{path}/{made['id']}", {"cache_variable": counted})["cache_variable"]
    assert changed["name"] == "seen"
    assert account.get(path)["total"] == 1
    account.delete(f"{path}/{made['id']}")
    assert account.get(path)["cache_variables"] == []


def test_data_from_outside_is_put_read_and_removed(account: Account):
    path = f"/event_orchestrations/{account.orchestration()['id']}/cache_variables"
    external = {"type": "external_data", "data_type": "boolean", "ttl_seconds": 600}
    made = account.post(path, {"cache_variable": {"name": "maint", "configuration": external}})[
        "cache_variable"
    ]
    data = f"{path}/{made['id']}/data"
    assert made["data_endpoint"].endswith(data)
    account.refused(404, "GET", data)
    account.refused(400, "PUT", data, {"cache_variable_data": "yes"})
    account.put(data, {"cache_variable_data": True})
    assert account.get(data)["cache_variable_data"] is True
    account.delete(data)
    account.refused(404, "GET", data)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"name": "two words"}, id="name"),
        pytest.param({"configuration": {"type": "magic"}}, id="type"),
        pytest.param(
            {"configuration": {"type": "trigger_event_count", "ttl_seconds": 86401}}, id="long life"
        ),
        pytest.param({"conditions": [{"expression": "trigger_count over 1 minute > 1"}]}, id="threshold"),
    ],
)
def test_a_wrong_cache_variable_is_refused(account: Account, fields):
    counted = {"name": "seen", "configuration": {"type": "trigger_event_count", "ttl_seconds": 60}}
    path = f"/event_orchestrations/{account.orchestration()['id']}/cache_variables"
    account.refused(400, "POST", path, {"cache_variable": {**counted, **fields}})
