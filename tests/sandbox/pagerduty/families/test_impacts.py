"""What an incident does to the business services that depend on its service (pagerduty.md 6.1)."""

from __future__ import annotations

from tests.sandbox.conftest import Account, Json, reference
from tests.sandbox.pagerduty.runtime.test_incident_life import SENDER


def harmed(account: Account, path: str) -> dict[str, bool]:
    return {one["name"]: one["status"] == "impacted" for one in account.get(path)["services"]}


def depends(account: Account, on: Json, kind: str, name: str) -> Json:
    made: Json = account.post("/business_services", {"business_service": {"name": name}})["business_service"]
    pair = {
        "supporting_service": {"id": on["id"], "type": kind},
        "dependent_service": {"id": made["id"], "type": "business_service"},
    }
    account.post("/service_dependencies/associate", {"relationships": [pair]})
    return made


def test_an_open_incident_of_a_priority_harms_what_depends_on_its_service(account: Account) -> None:
    service = account.service()
    payments = depends(account, service, "service", "Payments")
    shop = depends(account, payments, "business_service", "Shop")
    account.post("/business_services", {"business_service": {"name": "Careers"}})
    priorities = account.get("/priorities")["priorities"]
    body = {"type": "incident", "title": "Down", "service": reference(service)}
    made = account.post("/incidents", {"incident": body}, headers=SENDER)["incident"]
    path = f"/incidents/{made['id']}"
    assert harmed(account, f"{path}/business_services/impacts") == {"Payments": False, "Shop": False}

    change = {"type": "incident_reference", "priority": reference(priorities[1])}
    account.put(path, {"incident": change}, headers=SENDER)
    assert harmed(account, f"{path}/business_services/impacts") == {"Payments": True, "Shop": True}
    words = "additional_fields[]=services.highest_impacting_priority&additional_fields[]=total_impacted_count"
    listed = account.get(f"/business_services/impacts?{words}")
    assert [one["name"] for one in listed["services"]] == ["Shop", "Careers"]
    gravest = listed["services"][0]["additional_fields"]["highest_impacting_priority"]
    assert gravest["id"] == priorities[1]["id"]
    assert listed["additional_fields"] == {"total_impacted_count": 1}
    assert harmed(account, f"/business_services/{shop['id']}/supporting_services/impacts") == {
        "Payments": True
    }
    assert account.get("/business_services/impactors")["impactors"] == [
        {"id": made["id"], "type": "incident"}
    ]

    account.put(f"{path}/business_services/{payments['id']}/impacts", {"relation": "not_impacted"})
    assert harmed(account, f"{path}/business_services/impacts") == {"Payments": False, "Shop": True}
    threshold = {"global_threshold": {"id": priorities[0]["id"], "order": gravest["order"] + 1}}
    account.put("/business_services/priority_thresholds", threshold)
    assert harmed(account, f"{path}/business_services/impacts") == {"Payments": False, "Shop": False}
    account.delete("/business_services/priority_thresholds")
    account.put(path, {"incident": {"type": "incident_reference", "status": "resolved"}}, headers=SENDER)
    assert account.get("/business_services/impactors")["impactors"] == []
