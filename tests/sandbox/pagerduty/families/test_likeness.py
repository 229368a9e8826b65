"""What PagerDuty shows beside an incident: changes of its service, and incidents that are like it."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Account, Json
from tests.sandbox.pagerduty.families.test_incidents import change, open_incident


def key_of(account: Account, service: Json) -> str:
    body = {"integration": {"type": "events_api_v2_inbound_integration", "name": "Events"}}
    return account.post(f"/services/{service['id']}/integrations", body)["integration"]["integration_key"]


def deploy(account: Account, key: str, summary: str, **payload) -> None:
    event = {"routing_key": key, "payload": {"summary": summary, "source": "ci", **payload}}
    account.post("/v2/change/enqueue", event, host="EVENTS")


def test_change_events_are_listed_of_the_account_a_service_and_an_incident(account: Account):
    service, other = account.service("API"), account.service("Shop")
    key = key_of(account, service)
    deploy(account, key, "Release 1", custom_details={"build": 7}, timestamp="2015-07-17T08:42:58.315+0000")
    deploy(account, key, "Release 2", links=None, images=None)
    deploy(account, key_of(account, other), "Shop release")
    deploy(account, "a" * 32, "Of nobody")
    titles = [one["summary"] for one in account.get("/change_events?total=true")["change_events"]]
    assert titles == ["Shop release", "Release 2", "Release 1"]
    newest, oldest = account.get(f"/services/{service['id']}/change_events")["change_events"]
    assert (oldest["timestamp"], oldest["custom_details"]) == ("2015-07-17T08:42:58Z", {"build": 7})
    assert account.get("/change_events?since=2015-01-01T00:00:00Z&until=2016-01-01T00:00:00Z")[
        "change_events"
    ] == [oldest]
    assert (
        len(account.get(f"/change_events?integration_ids[]={newest['integration']['id']}")["change_events"])
        == 2
    )
    assert account.get("/change_events?team_ids[]=PNONE")["change_events"] == []
    incident = open_incident(account, service)
    (related,) = account.get(f"/incidents/{incident['id']}/related_change_events")["change_events"]
    assert (related["id"], related["correlation_reason"]) == (newest["id"], {"reason": "most_recent"})
    path = f"/change_events/{newest['id']}"
    account.put(path, {"change_event": {"summary": "Release 2.1", "custom_details": {}}})
    assert account.get(path)["change_event"]["summary"] == "Release 2.1"


def test_past_incidents_are_resolved_ones_of_the_service_by_likeness(account: Account):
    service, other = account.service("API"), account.service("Shop")
    for place, title in (
        (service, "Disk 1 full on db-1"),
        (service, "Disk broken"),
        (service, "Login slow"),
        (other, "Disk 3 full on db-3"),
    ):
        change(account, open_incident(account, place, title=title), status="resolved")
    open_incident(account, service, title="Disk 8 full on db-8")
    incident = open_incident(account, service, title="Disk 9 full on db-9")
    answered = account.get(f"/incidents/{incident['id']}/past_incidents?total=true")
    found = [(one["incident"]["title"], one["score"]) for one in answered["past_incidents"]]
    assert [title for title, _ in found] == ["Disk 1 full on db-1", "Disk broken"]
    assert found[0][1] == 100 > found[1][1] > 0
    assert (answered["total"], answered["limit"]) == (2, 5)
    assert len(account.get(f"/incidents/{incident['id']}/past_incidents?limit=1")["past_incidents"]) == 1
    account.refused(400, "GET", f"/incidents/{incident['id']}/past_incidents?limit=1000")


def test_related_incidents_are_open_ones_of_other_services(account: Account):
    service, other = account.service("API"), account.service("Shop")
    incident = open_incident(account, service, title="Region 1 down")
    open_incident(account, service, title="Region 1 down")
    open_incident(account, other, title="Mail slow")
    change(account, open_incident(account, other, title="Region 3 down"), status="resolved")
    twin = open_incident(account, other, title="Region 2 down")
    path = f"/incidents/{incident['id']}/related_incidents"
    (related,) = account.get(path)["related_incidents"]
    assert related["incident"].keys() == {"id", "created_at", "self", "title"}
    assert (related["incident"]["id"], related["relationships"][0]["type"]) == (
        twin["id"],
        "machine_learning_inferred",
    )
    whole = account.get(f"{path}?additional_details[]=incident")["related_incidents"][0]["incident"]
    assert whole["status"] == "triggered"


@pytest.mark.parametrize(
    ("before", "category"),
    [
        pytest.param([], "novel", id="first of all"),
        pytest.param(["Login slow"], "novel", id="first of its kind"),
        pytest.param(["Disk 1 full"], "frequent", id="seen"),
        pytest.param(["Disk 1 full", *["Login slow"] * 10], "rare", id="seldom seen"),
    ],
)
def test_an_outlier_is_an_incident_that_its_service_seldom_has(account: Account, before, category):
    service = account.service()
    for title in before:
        open_incident(account, service, title=title)
    incident = open_incident(account, service, title="Disk 2 full")
    outlier = account.get(f"/incidents/{incident['id']}/outlier_incident")["outlier_incident"]
    assert outlier["incident"]["occurrence"]["category"] == category
    assert outlier["incident_template"]["mined_text"] == "Disk <*> full"
