"""Analytics tell of the account's own incidents (pagerduty.md 13)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.sandbox.conftest import Account, Json, reference
from tests.sandbox.pagerduty.runtime.test_incident_life import (
    MINUTE,
    SENDER,
    incidents,
    integration_key,
    send,
    two_levels,
)


def metrics(account: Account, of: str, **query: object) -> list[Json]:
    return account.post(f"/analytics/metrics/incidents/{of}", query)["data"]


def status(account: Account, incident: Json, wanted: str) -> None:
    body = {"incident": {"type": "incident_reference", "status": wanted}}
    account.put(f"/incidents/{incident['id']}", body, headers=SENDER)


@pytest.fixture
def story(account: Account) -> Account:
    """Two incidents of one service, the first escalated, acknowledged and resolved, and one of another."""
    service = account.service(escalation_policy=reference(two_levels(account)))
    key = integration_key(account, service)
    send(account, key, "first")
    account.control("POST", "clock", {"advance": 6 * MINUTE})
    (incident,) = incidents(account)
    status(account, incident, "acknowledged")
    account.control("POST", "clock", {"advance": 10 * MINUTE})
    status(account, incident, "resolved")
    send(account, key, "second")
    send(account, integration_key(account, account.service("Search")), "third", severity="info")
    return account


def test_means_percentiles_and_totals_of_all(story: Account):
    (row,) = metrics(story, "all")
    assert row["total_incident_count"] == 3
    assert row["mean_seconds_to_first_ack"] == pytest.approx(6 * MINUTE, abs=2)
    assert row["mean_seconds_to_resolve"] == pytest.approx(16 * MINUTE, abs=2)
    assert row["p95_seconds_to_resolve"] == row["mean_seconds_to_resolve"]
    assert (row["total_incidents_acknowledged"], row["total_incidents_timeout_escalated"]) == (1, 1)
    assert row["total_escalation_count"] == 1


@pytest.mark.slow
def test_each_service_has_its_own_and_filters_choose(story: Account):
    rows = metrics(story, "services", order_by="total_incident_count", order="desc")
    assert [(row["service_name"], row["total_incident_count"]) for row in rows] == [
        ("Payments API", 2),
        ("Search", 1),
    ]
    chosen = {"filters": {"service_ids": [rows[1]["service_id"]]}}
    assert [row["total_incident_count"] for row in metrics(story, "all", **chosen)] == [1]
    assert len(metrics(story, "all", filters={"urgency": "high"})) == 1
    assert metrics(story, "teams/all", filters={"created_at_end": "2020-01-01T00:00:00Z"}) == []
    (day,) = metrics(story, "services/all", aggregate_unit="month", time_zone="Europe/Berlin")
    assert day["range_start"][8:10] == "01"


def test_raw_incidents_come_in_pages(story: Account):
    first = story.post("/analytics/raw/incidents", {"limit": 2, "order": "asc"})
    rest = story.post("/analytics/raw/incidents", {"order": "asc", "starting_after": first["last"]})
    assert (first["more"], rest["more"]) == (True, False)
    assert [row["incident_number"] for row in [*first["data"], *rest["data"]]] == [1, 2, 3]
    figures = first["data"][0]
    assert (figures["status"], figures["timeout_escalation_count"], figures["auto_resolved"]) == (
        "resolved",
        1,
        False,
    )
    assert first["data"][1]["seconds_to_first_ack"] is None
    shown = story.get(f"/analytics/raw/incidents/{figures['id']}")
    assert shown["seconds_to_resolve"] == figures["seconds_to_resolve"]


@pytest.mark.slow
def test_responders_have_what_incidents_asked_of_them(story: Account):
    first = story.get("/incidents?sort_by=incident_number:asc")["incidents"][0]
    asked = story.get(f"/analytics/raw/incidents/{first['id']}/responses")["responses"]
    assert [
        (one["responder_name"], one["responder_type"], one["response_status"]) for one in asked[::-1]
    ] == [
        ("Maya", "assigned", "pending"),
        ("Tom", "escalated", "pending"),
    ]
    rows = story.post("/analytics/metrics/responders/teams", {"order_by": "responder_name", "order": "asc"})[
        "data"
    ]
    moved = {
        row["responder_name"]: (
            row["total_incidents_timeout_escalated_from"],
            row["total_incidents_timeout_escalated_to"],
        )
        for row in rows
    }
    assert (moved["Maya"], moved["Tom"]) == ((1, 0), (0, 1))
    chosen = {"filters": {"responder_ids": [rows[0]["responder_id"]]}}
    (alone,) = story.post("/analytics/metrics/responders/all", chosen)["data"]
    (everybody,) = story.post("/analytics/metrics/responders/all", {})["data"]
    assert alone["total_notifications"] == rows[0]["total_notifications"] < everybody["total_notifications"]
    assert "responder_id" not in everybody
    longer = {"filters": {"date_range_start": "2020-01-01T00:00:00Z"}}
    story.refused(400, "POST", "/analytics/metrics/responders/all", longer, as_described=False)


def test_the_incidents_of_a_responder_come_with_what_they_asked(story: Account):
    people = {one["name"]: one["id"] for one in story.get("/users")["users"]}
    path = f"/analytics/raw/responders/{people['Tom']}/incidents"
    answer = story.post(path, {"order": "asc"})
    escalated = answer["data"][0]
    assert (answer["responder_id"], escalated["responder_name"], escalated["incident_number"]) == (
        people["Tom"],
        "Tom",
        1,
    )
    assert (escalated["total_timeout_escalations_to"], escalated["total_timeout_escalations_from"]) == (1, 0)
    assert story.post(path, {"filters": {"created_at_end": "2020-01-01T00:00:00Z"}})["data"] == []
    story.refused(404, "POST", "/analytics/raw/responders/PNOBODY/incidents", {})


@pytest.mark.slow
def test_responders_have_their_time_on_call(story: Account):
    now = datetime.fromisoformat(story.control("GET", "clock")["now"])
    since, until = (f"{now + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (-3, 1))
    query = {"filters": {"date_range_start": since}, "order_by": "responder_name", "order": "asc"}
    rows = story.post("/analytics/metrics/responders/teams", query)["data"]
    figures = ("total_seconds_on_call", "total_seconds_on_call_level_1", "total_seconds_on_call_level_2_plus")
    levels = {row["responder_name"]: [row[name] > 0 for name in figures] for row in rows}
    assert levels == {"Maya": [True, True, False], "Tom": [True, False, True]}
    assert all(abs(row["total_seconds_on_call"] - 3 * 3600) < 60 for row in rows)
    query["filters"]["date_range_end"] = until
    (together,) = story.post("/analytics/metrics/responders/all", query)["data"]
    assert (
        abs(together["total_seconds_on_call"] - 2 * 3 * 3600) < 120
    )  # nobody has been on call in the future
    (undated,) = story.post("/analytics/metrics/responders/all", {})["data"]
    assert "total_seconds_on_call" not in undated


@pytest.mark.slow
def test_raw_users_say_what_would_reach_them(story: Account):
    users = story.get("/users")["users"]
    first = story.post("/analytics/raw/users", {"limit": 1, "order": "asc"})
    rest = story.post("/analytics/raw/users", {"order": "asc", "starting_after": first["last"]})
    rows = [*first["data"], *rest["data"]]
    assert (first["more"], rest["more"]) == (True, False)
    assert [row["user_name"] for row in rows] == sorted(user["name"] for user in users)
    maya = next(row for row in rows if row["user_name"] == "Maya")
    assert (maya["channel_types_configured"], maya["on_escalation_policy"]) == (["EmailChannel"], True)
    assert story.post("/analytics/raw/users", {"filters": {"roles": ["owner"]}})["data"] == [
        row for row in rows if row["role"] == "owner"
    ]
    assert story.post("/analytics/raw/users", {"filters": {"team_ids": ["PNONE"]}})["data"] == []
    later = {"filters": {"created_at_start": "2100-01-01T00:00:00Z"}}
    assert story.post("/analytics/raw/users", later)["data"] == []
    story.refused(400, "POST", "/analytics/raw/users", {"order_by": "colour"})


def test_users_are_counted_by_how_they_can_be_paged(story: Account):
    (row,) = story.post("/analytics/metrics/users/all", {})["data"]
    people = len(story.get("/users")["users"])
    assert (row["total_user_count"], row["total_with_notification_methods_percentage"]) == (people, 100)
    assert 0 < row["total_on_escalation_policy_count"] <= people


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"filters": {"created_at_start": "2020-01-01T00:00:00Z"}}, id="more than a year"),
        pytest.param({"time_zone": "Mars/Olympus"}, id="no zone"),
        pytest.param({"order": "up"}, id="no order"),
    ],
)
def test_what_cannot_be_asked_is_refused(account: Account, query: Json):
    account.refused(400, "POST", "/analytics/metrics/incidents/all", query, as_described=False)


def test_a_user_token_names_teams_or_services(account: Account):
    account.refused(400, "POST", "/analytics/metrics/incidents/all", {}, token=account.user_token)
