from __future__ import annotations

import pytest

from tests.sandbox.conftest import Account, Json, reference

STATUS_UPDATE = "pagerduty.com:incident-workflows:send-status-update:1"
RESPONDERS = "pagerduty.com:incident-workflows:add-responders:2"
LOOP = "pagerduty.com:logic:incident-workflows-loop-until:3"


def step(action: str = STATUS_UPDATE, **inputs: str) -> Json:
    given = [{"name": name.replace("_", " "), "value": value} for name, value in inputs.items()]
    return {"name": "Step", "action_configuration": {"action_id": action, "inputs": given}}


def workflow(account: Account, *steps: Json, **fields) -> Json:
    body = {"name": "Major incident", "steps": list(steps) or [step(Message="Down")], **fields}
    return account.post("/incident_workflows", {"incident_workflow": body})["incident_workflow"]


def trigger(account: Account, made: Json, **fields) -> Json:
    body = {"trigger_type": "manual", "workflow": {"id": made["id"]}, **fields}
    return account.post("/incident_workflows/triggers", {"trigger": body})["trigger"]


def inputs_of(one: Json) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in one["action_configuration"]["inputs"]}


def test_inputs_get_their_defaults_and_the_catalogues_order(account: Account):
    (one,) = workflow(account, step(RESPONDERS, Responders="[]"))["steps"]
    assert list(inputs_of(one)) == ["Message", "Responders"]
    assert inputs_of(one)["Message"].startswith("Please help")


def test_steps_are_listed_only_on_request(account: Account):
    team = account.team()
    made = workflow(account, team=reference(team))
    (plain,) = account.get("/incident_workflows?query=major")["incident_workflows"]
    (whole,) = account.get("/incident_workflows?include[]=steps&include[]=team")["incident_workflows"]
    assert "steps" not in plain
    assert (whole["steps"], whole["team"]["name"]) == (made["steps"], "Payments")
    assert account.get(f"/incident_workflows/{made['id']}")["incident_workflow"]["steps"] == made["steps"]


def test_steps_are_replaced_whole_and_keep_ids_that_are_sent_back(account: Account):
    made = workflow(account)
    path = f"/incident_workflows/{made['id']}"
    body = {
        "name": "Renamed",
        "steps": [step(Message="First"), {**step(Message="Down"), "id": made["steps"][0]["id"]}],
    }
    shown = account.put(path, {"incident_workflow": body})["incident_workflow"]
    assert [inputs_of(one) for one in shown["steps"]] == [{"Message": "First"}, {"Message": "Down"}]
    assert shown["steps"][1]["id"] == made["steps"][0]["id"]
    renamed = account.put(path, {"incident_workflow": {"name": "Again", "is_enabled": False}})[
        "incident_workflow"
    ]
    assert (len(renamed["steps"]), renamed["is_enabled"]) == (2, False)


def test_steps_may_nest(account: Account):
    loop = step(LOOP, Condition="incident.status matches 'resolved'")
    inner = {"name": "Actions", "value": {"steps": [step(Message="Still down")]}}
    loop["action_configuration"]["inline_steps_inputs"] = [inner]
    (one,) = workflow(account, loop)["steps"]
    assert inputs_of(one)["Maximum loops"] == "20"
    (nested,) = one["action_configuration"]["inline_steps_inputs"][0]["value"]["steps"]
    assert inputs_of(nested) == {"Message": "Still down"}


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(
            step("pagerduty.com:incident-workflows:send-status-update", Message="x"), id="no version"
        ),
        pytest.param(step(Text="x"), id="unknown input"),
        pytest.param(step(), id="missing input"),
        pytest.param(
            {"name": "X", "action_configuration": {"action_id": STATUS_UPDATE}}, id="no inputs at all"
        ),
        pytest.param(
            {
                "name": "X",
                "action_configuration": {
                    "action_id": STATUS_UPDATE,
                    "inputs": [{"name": "Message", "value": 5}],
                },
            },
            id="number",
        ),
    ],
)
def test_a_wrong_step_is_refused(account: Account, wrong):
    body = {"incident_workflow": {"name": "W", "steps": [wrong]}}
    account.refused(400, "POST", "/incident_workflows", body)


def test_a_plan_without_workflows_says_so(account: Account):
    account.control("PUT", "plan", {"features": {"incident_workflows": False}})
    account.refused(402, "POST", "/incident_workflows", {"incident_workflow": {"name": "W", "steps": []}})


def test_actions_are_found_by_keyword_and_id(account: Account):
    (found,) = account.get("/incident_workflows/actions?keyword=status")["actions"]
    assert found["id"] == STATUS_UPDATE
    shown = account.get(f"/incident_workflows/actions/{STATUS_UPDATE}")["action"]
    assert [entry["name"] for entry in shown["inputs"]] == ["Message"]


def test_each_type_of_trigger_reads_back(account: Account):
    made, team, service = workflow(account), account.team(), account.service()
    (type_,) = account.get("/incidents/types")["incident_types"]
    restricted = {"restricted": True, "team_id": team["id"]}
    manual = trigger(account, made, permissions=restricted, is_subscribed_to_all_services=True)
    created = trigger(
        account, made, trigger_type="conditional", condition="", services=[{"id": service["id"]}]
    )
    typed = trigger(account, made, trigger_type="incident_type", incident_types=[type_["id"]])
    assert (manual["permissions"], manual["is_subscribed_to_all_services"]) == (restricted, True)
    assert (created["condition"], created["services"][0]["id"]) == ("", service["id"])
    assert (typed["incident_types"], typed["workflow"]["name"]) == ([type_["id"]], "Major incident")
    everything = account.get("/incident_workflows/triggers")["triggers"]
    assert everything == [manual, created, typed]
    for query, found in {
        f"workflow_id={made['id']}": 3,
        "workflow_id=PNONE": 0,
        "trigger_type=manual": 1,
        f"service_id={service['id']}": 2,
    }.items():
        assert len(account.get(f"/incident_workflows/triggers?{query}")["triggers"]) == found, query


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"trigger_type": "conditional"}, id="no condition"),
        pytest.param({"condition": "true"}, id="condition on a manual one"),
        pytest.param(
            {"trigger_type": "conditional", "condition": "true", "permissions": {"restricted": False}},
            id="permissions on a conditional one",
        ),
        pytest.param({"permissions": {"restricted": True}}, id="restricted to nobody"),
        pytest.param({"workflow": {"id": "PNONE"}}, id="unknown workflow"),
        pytest.param({"services": [{"id": "PNONE"}]}, id="unknown service"),
        pytest.param({"incident_types": ["PNONE"]}, id="unknown type of incidents"),
    ],
)
def test_a_wrong_trigger_is_refused(account: Account, fields):
    body = {"trigger_type": "manual", "workflow": {"id": workflow(account)["id"]}, **fields}
    account.refused(400, "POST", "/incident_workflows/triggers", {"trigger": body})


def test_services_are_some_or_all(account: Account):
    made, service = workflow(account), account.service()
    body = {
        "trigger_type": "manual",
        "workflow": {"id": made["id"]},
        "services": [{"id": service["id"]}],
        "is_subscribed_to_all_services": True,
    }
    account.refused(400, "POST", "/incident_workflows/triggers", {"trigger": body})


def test_type_and_workflow_of_a_trigger_stay(account: Account):
    made = trigger(account, workflow(account))
    other = workflow(account, name="Other")
    body = {
        "trigger_type": "conditional",
        "workflow": {"id": other["id"]},
        "is_subscribed_to_all_services": True,
    }
    shown = account.put(f"/incident_workflows/triggers/{made['id']}", {"trigger": body})["trigger"]
    assert (shown["trigger_type"], shown["workflow"]["id"]) == ("manual", made["workflow"]["id"])
    assert shown["is_subscribed_to_all_services"] is True


def test_services_come_and_go_one_by_one_in_any_order(account: Account):
    made = trigger(account, workflow(account))
    services = [account.service(name) for name in ("A", "B", "C")]
    path = f"/incident_workflows/triggers/{made['id']}"
    for service in services:
        account.post(f"{path}/services", {"service": {"id": service["id"]}})
    ids = [service["id"] for service in account.get(path)["trigger"]["services"]]
    assert sorted(ids) == sorted(service["id"] for service in services)
    account.delete(f"{path}/services/{services[0]['id']}")
    account.refused(404, "DELETE", f"{path}/services/{services[0]['id']}")
    account.delete(f"/services/{services[1]['id']}")
    assert [service["id"] for service in account.get(path)["trigger"]["services"]] == [services[2]["id"]]


def test_a_disabled_workflow_disables_its_triggers(account: Account):
    made = workflow(account, is_enabled=False)
    assert trigger(account, made)["is_disabled"] is True


def test_deleting_a_workflow_deletes_its_triggers(account: Account):
    made = workflow(account)
    gone = trigger(account, made)
    account.delete(f"/incident_workflows/{made['id']}")
    account.refused(404, "GET", f"/incident_workflows/triggers/{gone['id']}")


def test_automation_actions_are_found_by_a_part_of_the_name(account: Account):
    script = {
        "name": "Restart web",
        "description": "x",
        "action_type": "script",
        "action_data_reference": {"script": "true"},
    }
    made = account.post("/automation_actions/actions", {"action": script})["action"]
    found = {
        name: len(account.get(f"/automation_actions/actions?name={name}")["actions"])
        for name in ("WEB", "db")
    }
    assert found == {"WEB": 1, "db": 0}
    path = f"/automation_actions/actions/{made['id']}"
    assert account.put(path, {"action": {"name": "Restart"}})["action"]["action_data_reference"] == {
        "script": "true"
    }
    account.delete(path)
    job = {**script, "action_type": "process_automation"}
    account.refused(400, "POST", "/automation_actions/actions", {"action": job})


def test_incident_types_are_named_and_disabled_but_never_deleted(account: Account):
    body = {"name": "security", "display_name": "Security", "parent_type": "incident_default"}
    made = account.post("/incidents/types", {"incident_type": body})["incident_type"]
    assert account.get("/incidents/types/security")["incident_type"]["id"] == made["id"]
    account.refused(405, "DELETE", "/incidents/types/security", as_described=False)
    account.put("/incidents/types/security", {"incident_type": {"enabled": False}})
    listed = {
        which: len(account.get(f"/incidents/types?filter={which}")["incident_types"])
        for which in ("enabled", "disabled", "all")
    }
    assert listed == {"enabled": 1, "disabled": 1, "all": 2}
    account.refused(400, "POST", "/incidents/types", {"incident_type": {**body, "name": "x_default"}})


def test_custom_fields_belong_to_a_type_by_id_or_name(account: Account):
    (base,) = account.get("/incidents/types")["incident_types"]
    field = {"name": "region", "display_name": "Region", "data_type": "string", "field_type": "single_value"}
    made = account.post("/incidents/types/incident_default/custom_fields", {"field": field})["field"]
    (listed,) = account.get(f"/incidents/types/{base['id']}/custom_fields")["fields"]
    assert listed["id"] == made["id"]
    path = f"/incidents/types/{base['id']}/custom_fields/{made['id']}"
    assert account.put(path, {"field": {"display_name": "Zone"}})["field"]["display_name"] == "Zone"
    account.delete(path)
    account.refused(404, "GET", path)


SENDER = {"From": "admin@sandbox.example"}


def incident(account: Account) -> Json:
    body = {"type": "incident", "title": "Down", "service": reference(account.service())}
    return account.post("/incidents", {"incident": body}, headers=SENDER)["incident"]


def test_a_template_is_rendered_about_an_incident_with_what_it_cannot_name(account: Account):
    texts = {"message": "{{incident.title}}: {{status_update.message}}", "email_body": "{{incident.mood}}"}
    template = {"name": "All", "template_type": "status_update", "templated_fields": texts}
    made = account.post("/templates", {"template": template})["template"]
    about = {"incident_id": incident(account)["id"], "status_update": {"message": "Soon"}}
    rendered = account.post(f"/templates/{made['id']}/render", about)
    assert rendered["templated_fields"]["message"] == "Down: Soon"
    assert rendered["warnings"] == {"email_body": ["{{incident.mood}} does not exist."]}
    known = {field["summary"] for field in account.get("/templates/fields")["fields"]}
    every = {"message": " ".join(f"{{{{{name}}}}}" for name in known)}
    account.put(f"/templates/{made['id']}", {"template": {**template, "templated_fields": every}})
    assert account.post(f"/templates/{made['id']}/render", about)["warnings"] == {}


def test_an_action_is_invoked_on_an_incident_that_it_may_run_on(account: Account):
    body = {
        "name": "Restart",
        "description": "x",
        "action_type": "script",
        "action_data_reference": {"script": "true"},
        "only_invocable_on_unresolved_incidents": True,
    }
    action, about = account.post("/automation_actions/actions", {"action": body})["action"], incident(account)
    path, wanted = f"/automation_actions/actions/{action['id']}/invocations", {"incident_id": about["id"]}
    made = account.post(path, {"invocation": {"metadata": wanted}}, headers=SENDER)["invocation"]
    assert (made["state"], made["action_snapshot"]["name"]) == ("completed", "Restart")
    of = f"/automation_actions/invocations?incident_id={about['id']}&invocation_state="
    assert [one["id"] for one in account.get(f"{of}completed")["invocations"]] == [made["id"]]
    assert account.get(f"{of}error")["invocations"] == []
    ended = {"incident": {"type": "incident_reference", "status": "resolved"}}
    account.put(f"/incidents/{about['id']}", ended, headers=SENDER)
    account.refused(400, "POST", path, {"invocation": {"metadata": wanted}})
    by_rules = {"action": {**body, "allow_invocation_manually": False}}
    account.put(f"/automation_actions/actions/{action['id']}", by_rules)
    account.refused(400, "POST", path, {"invocation": {"metadata": wanted}})
