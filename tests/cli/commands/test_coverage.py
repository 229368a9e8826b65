"""`pdslack coverage`: the exact periods in which nobody can be reached for a service."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

STACK = """
owner: acme
slack: {{workspace: T0ACME}}
people: {{ada: ada@acme.example, bo: {{email: bo@acme.example}}}}
schedules:
  hours:
    time_zone: Etc/UTC
    layers:
      - start: 2026-01-05T09:00:00
        rotate: 1 week
        people: [ada]
        only: [{{days: all, from: "00:00", to: "{to}"}}]
escalation_policies:
  hours: {{levels: [{{notify: [schedule/hours]}}], ignore: [coverage-gap]}}
  always: {{levels: [{{notify: [schedule/hours]}}, {{notify: [person/bo]}}]}}
channels: {{shop: {{}}}}
services:
  shop: {{escalation_policy: {policy}, channels: [shop]}}
  mail: {{escalation_policy: always}}
"""


@pytest.fixture
def account(cli):
    cli.write(STACK.format(to="23:00", policy="always"))
    cli("apply", "--sandbox", "--yes")
    return cli


def holes(cli, code: int) -> list[dict]:
    return cli("coverage", "--sandbox", "--format", "json", code=code).json["holes"]


def test_no_hole_where_somebody_can_always_be_reached(account):
    assert holes(account, 0) == []
    assert "No holes in 2 services" in account("coverage", "--sandbox").out


@pytest.mark.slow
def test_hours_without_anybody_are_named(account):
    account.write(STACK.format(to="23:00", policy="hours"))
    account("apply", "--sandbox", "--yes")

    found = holes(account, 2)

    assert {(hole["service"], hole["reason"]) for hole in found} == {("service/shop", "nobody is on call")}
    inner = [hole for hole in found if hole["from"].endswith("T23:00:00Z")]
    lengths = {datetime.fromisoformat(one["to"]) - datetime.fromisoformat(one["from"]) for one in inner[:-1]}
    assert lengths == {timedelta(hours=1)}
    assert 13 <= len(found) <= 15
    text = account("coverage", "--sandbox", code=2).out
    assert "service/shop: nobody is on call from " in text
    assert "holes in 1 of 2 services" in text
    assert "nobody is on call" in account("coverage", "--sandbox", "--format", "markdown", code=2).out


@pytest.mark.slow
def test_somebody_without_a_contact_method_is_a_hole(account):
    with account.account() as clients:
        users = {one["name"]: one["id"] for one in clients.pagerduty.list("/users", "users")}
        path = f"/users/{users['bo']}/contact_methods"
        for method in clients.pagerduty.list(path, "contact_methods", paged=False):
            clients.pagerduty.delete(f"{path}/{method['id']}")

    found = holes(account, 2)

    assert {(hole["service"], hole["reason"]) for hole in found} == {
        ("service/shop", "bo is on call, but has no contact method"),
        ("service/mail", "bo is on call, but has no contact method"),
    }


@pytest.mark.slow
def test_somebody_whom_no_rule_tells_is_a_hole_of_services_with_high_urgency(account):
    account.write(
        STACK.format(to="23:00", policy="always")
        .replace("mail: {escalation", "mail: {urgency: low, escalation")
        .replace("bo@acme.example}", "bo@acme.example, exact: true, notification_rules: []}")
    )
    account("apply", "--sandbox", "--yes")

    found = holes(account, 2)

    assert {(hole["service"], hole["reason"]) for hole in found} == {
        ("service/shop", "bo is on call, but has no notification rule for high urgency")
    }


def leave_slack(account) -> None:
    """Give bo's user an address that Slack does not know; the file's address is another user's."""
    with account.account() as clients:
        users = {one["name"]: one["id"] for one in clients.pagerduty.list("/users", "users")}
        body = {"user": {"type": "user", "name": "bo", "email": "elsewhere@acme.example"}}
        clients.pagerduty.update(f"/users/{users['bo']}", body)
        clients.pagerduty.create(
            "/users", {"user": {"type": "user", "name": "b2", "email": "bo@acme.example"}}
        )


@pytest.mark.slow
def test_somebody_without_a_slack_account_is_a_hole_only_where_a_channel_is_told(account):
    leave_slack(account)

    found = holes(account, 2)

    assert {hole["service"] for hole in found} == {"service/shop"}
    assert {hole["reason"] for hole in found} == {"bo is on call, but has no Slack account"}


@pytest.mark.slow
def test_the_team_of_a_policy_that_is_only_looked_up_decides_whether_a_channel_is_told(account):
    text = """
owner: acme
slack: {{workspace: T0ACME}}
people: {{bo: bo@acme.example}}
teams: {{ops: {{}}}}
escalation_policies: {{always: {policy}}}
services: {{mail: {{escalation_policy: always}}}}
channels: {{shop: {{}}}}
notification_rules: {{all: {{from: team/ops, to: shop}}}}
"""
    account.write(text.format(policy="{team: ops, levels: [{notify: [person/bo]}]}"))
    account("apply", "--sandbox", "--yes", "--max-deletes", "20")
    leave_slack(account)
    account.write(text.format(policy="{lookup: true}"))

    assert {hole["reason"] for hole in holes(account, 2)} == {"bo is on call, but has no Slack account"}
