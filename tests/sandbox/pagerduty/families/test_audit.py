"""The audit trail tells who changed what of the tracked kinds, and of no others (pagerduty.md 14)."""

from __future__ import annotations

from tests.sandbox.conftest import Account, Json, reference


def records(account: Account, query: str = "", path: str = "") -> list[Json]:
    return account.get(f"{path}/audit/records?{query}")["records"]


def told(record: Json) -> tuple[str, str, str]:
    return record["action"], record["root_resource"]["type"], record["root_resource"]["summary"]


def test_changes_are_recorded_newest_first_with_what_differs(account: Account):
    team = account.team()
    path = f"/teams/{team['id']}"
    account.put(path, {"team": {"type": "team", "name": "Cards", "description": "Takes cards"}})
    account.delete(path)
    deleted, updated, created = records(account)
    assert told(created) == ("create", "team_reference", "Payments")
    assert told(updated) == ("update", "team_reference", "Cards")
    assert told(deleted) == ("delete", "team_reference", "Cards")
    assert {"name": "name", "value": "Cards", "before_value": "Payments"} in updated["details"]["fields"]
    assert created["method"] == {"type": "api_token", "truncated_token": account.key[-4:]}
    assert created["actors"][0]["type"] == "api_key_reference"


def test_integrations_and_members_are_changes_of_what_they_belong_to(account: Account):
    team, maya, service = account.team(), account.user(), account.service()
    integration = {"type": "events_api_v2_inbound_integration", "name": "Monitoring"}
    account.post(f"/services/{service['id']}/integrations", {"integration": integration})
    account.put(f"/teams/{team['id']}/users/{maya['id']}")
    joined, integrated = records(account)[:2]
    assert told(joined) == ("update", "team_reference", "Payments")
    assert joined["details"]["references"][0]["added"][0]["summary"] == "Maya"
    assert told(integrated) == ("create", "service_reference", "Payments API")
    assert integrated["details"]["resource"]["summary"] == "Monitoring"
    of_service = records(account, path=f"/services/{service['id']}")
    assert [record["action"] for record in of_service] == ["create", "create"]


def test_references_that_come_and_go_are_named(account: Account):
    policy = account.policy("First")
    service = account.service(escalation_policy=reference(policy))
    other = account.policy("Second")
    body = {"service": {"type": "service", "escalation_policy": reference(other)}}
    account.put(f"/services/{service['id']}", body)
    (change,) = records(account, "actions[]=update")[0]["details"]["references"]
    assert change["name"] == "escalation_policy"
    assert [one["id"] for one in change["added"]] == [other["id"]]
    assert [one["id"] for one in change["removed"]] == [policy["id"]]


def test_filters_spans_and_untracked_kinds(account: Account):
    account.orchestration()
    account.team()
    account.user()
    assert [told(one)[1] for one in records(account, "root_resource_types[]=teams")] == ["team_reference"]
    assert records(account, "method_truncated_token=none") == []
    assert not [one for one in records(account) if "orchestration" in told(one)[1]]
    account.control("POST", "clock", {"advance": 2 * 86_400})
    assert records(account) == []
    assert len(records(account, "since=2020-01-01T00:00:00Z&until=2020-01-02T00:00:00Z")) == 0
    account.refused(400, "GET", "/audit/records?since=2020-01-01T00:00:00Z")


def test_an_account_without_the_feature_pays_first(account: Account):
    account.control("PUT", "plan", {"features": {"audit_trail": False}})
    account.refused(402, "GET", "/audit/records")
