"""PagerDuty's own Python client works against the sandbox unchanged."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

from tests.sandbox.conftest import Account

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pdpyras


@pytest.fixture
def session(account: Account) -> Iterator[pdpyras.APISession]:
    session = pdpyras.APISession(account.key, default_from="admin@sandbox.example")
    session.url = account.environment["PAGERDUTY_API_URL"]
    with session:
        yield session


def test_teams_and_users_come_and_go(session: pdpyras.APISession):
    team = session.rpost("teams", json={"type": "team", "name": "Payments"})
    maya = session.persist("users", "email", {"type": "user", "name": "Maya", "email": "maya@acme.example"})
    assert session.persist("users", "email", {"email": "maya@acme.example"})["id"] == maya["id"]
    assert session.rput(team, json={**team, "description": "Takes money"})["description"] == "Takes money"
    assert session.find("teams", "payments")["id"] == team["id"]
    session.put(f"/teams/{team['id']}/users/{maya['id']}", json={"role": "manager"}).raise_for_status()
    assert [entry["role"] for entry in session.iter_all(f"/teams/{team['id']}/members")] == ["manager"]
    session.rdelete(maya)
    session.rdelete(team["self"])
    assert session.list_all("teams") == []
    assert [user["name"] for user in session.iter_all("users")] == ["Sandbox Admin"]


@pytest.mark.slow
def test_services_come_and_go_page_by_page(session: pdpyras.APISession):
    admin = session.find("users", "admin@sandbox.example", attribute="email")
    rule = {"escalation_delay_in_minutes": 30, "targets": [{"id": admin["id"], "type": "user_reference"}]}
    policy = session.rpost(
        "escalation_policies",
        json={"type": "escalation_policy", "name": "Default", "escalation_rules": [rule]},
    )
    reference = {"id": policy["id"], "type": "escalation_policy_reference"}
    names = [f"Service {number:02}" for number in range(12)]
    for name in names:
        session.rpost("services", json={"type": "service", "name": name, "escalation_policy": reference})
    assert [service["name"] for service in session.iter_all("services", page_size=5)] == names
    first = session.find("services", "Service 00")
    assert session.rput(first["self"], json={**first, "description": "First"})["description"] == "First"
    for service in session.list_all("services"):
        session.rdelete(service)
    assert session.list_all("services") == []


def test_cursors_are_followed(session: pdpyras.APISession):
    actions = list(session.iter_cursor("/incident_workflows/actions"))
    assert len(actions) == len({action["id"] for action in actions}) > 5


def test_a_wrong_key_is_told(account: Account):
    session = pdpyras.APISession("wrong")
    session.url = account.environment["PAGERDUTY_API_URL"]
    with session, pytest.raises(pdpyras.PDClientError, match="401"):
        session.rget("users")
