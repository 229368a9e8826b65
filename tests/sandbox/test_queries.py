"""What a query asks for: included objects, order, times, zones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.conftest import Account, reference
from tests.sandbox.pagerduty.families.test_incidents import change, open_incident
from tests.sandbox.pagerduty.runtime.test_oncalls import daily
from tests.sandbox.route_bodies import EVENT, SPANNED
from tests.sandbox.test_every_route import filled, rules
from tests.support.contract import openapi

NOT_INCLUDED = {
    "subdomains": "the account has one",
    "calendar_urls": "there are no calendars",
    "privileges": "teams have none of their own",
    "migrated_metadata": "nothing was migrated",
    "conference_bridge": "always shown",
    "final_schedule": "schedules with shifts have no rotations here; others are tested with their spans",
    "vendors": "this integration has none; tested where one has",
    "custom_fields": "null where the type has none",
}
"""Words of `include[]` that change no answer of the account below, and why."""

UNSEEN = {
    ("/services/custom_fields/*", "field_options"): "one field always has them",
    ("/incidents/types/*/custom_fields/*", "field_options"): "one field always has them",
    ("/extensions/*", "temporarily_disabled"): "always shown",
    ("/addons", "services"): "no call says of which services one is",
    ("/users/me", "teams"): "the admin is in none",
    ("/log_entries/*", "channels"): "this entry was made by a timer, which tells nothing else",
}
"""The same of single reads."""


def includes() -> Iterator[tuple[str, str]]:
    """Every read, and each word that its `include[]` may have."""
    document = openapi("pagerduty-rest.json")
    for path in rules("GET"):
        if path.startswith("/integration-slack"):
            continue
        for word in document.words("GET", path.replace("*", "X1"), "include[]"):
            if word not in NOT_INCLUDED and (path, word) not in UNSEEN:
                yield path, word


@pytest.mark.slow
def test_every_word_of_include_has_an_effect(account: Account) -> None:
    walk = filled(account)
    walk.call("PUT", "/teams/*/escalation_policies/*")
    walk.call("PUT", "/teams/*/users/*", {"role": "responder"})
    policy = walk.call("GET", "/escalation_policies/*")["escalation_policy"]
    policy["escalation_rules"][0]["targets"].append({"id": "@/schedules", "type": "schedule_reference"})
    walk.call("PUT", "/escalation_policies/*", {"escalation_policy": policy})
    account.control("POST", "clock", {"at": "2030-01-09T12:00:00Z"})
    walk.make("/v2/enqueue", {**EVENT, "dedup_key": "another"})
    acknowledged = {"type": "incident", "status": "acknowledged", "priority": "P1"}
    walk.call("PUT", "/incidents/*", {"incident": acknowledged})
    for path in rules("GET"):
        if not path.endswith(("*", "/data", "/dedicated_channel")):  # the newest incident has no channel
            walk.read(path)
    span = "?since=2030-01-07&until=2030-01-14"
    without = []
    for path, word in includes():
        asked = f"{path}{span if path in SPANNED else '?'}"
        if walk.call("GET", asked) == walk.call("GET", f"{asked}&include[]={word}"):
            without.append(f"{path} {word}")
    assert not without, "\n".join(without)


def test_what_is_included_includes_nothing_itself(account: Account) -> None:
    incident = open_incident(account, account.service())
    path = "/incidents?include[]=services&include[]=escalation_policies&include[]=first_trigger_log_entries"
    (shown,) = account.get(path)["incidents"]
    assert (shown["service"]["type"], shown["escalation_policy"]["type"]) == ("service", "escalation_policy")
    assert shown["service"]["escalation_policy"]["type"] == "escalation_policy_reference"
    assert shown["first_trigger_log_entry"]["incident"]["type"] == "incident_reference"
    assert shown["id"] == incident["id"]


@pytest.mark.parametrize("path", ["services", "escalation_policies", "event_orchestrations"])
def test_lists_are_sorted_as_asked(account: Account, path: str) -> None:
    for name in ("beta", "Alpha", "Gamma"):
        account.service(name)
        account.orchestration(f"{name} events")
    plural = path.removeprefix("event_")

    def names(query: str) -> list[str]:
        return [one["name"] for one in account.get(f"/{path}?{query}")[plural]]

    ascending = sorted(names(""), key=str.casefold)
    assert names("sort_by=name:asc") == ascending
    assert names("sort_by=name:desc") == ascending[::-1]
    account.refused(400, "GET", f"/{path}?sort_by=colour", as_described=False)


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(
    "since",
    [
        pytest.param("2030-01-01", id="a date"),
        pytest.param("2030-01-01T00:00:00", id="no zone"),
        pytest.param("2030-01-01T00:00:00.000Z", id="milliseconds"),
        pytest.param("2030-01-01T01:00:00%2B01:00", id="an offset"),
        pytest.param("2030-01-01T01:00:00+01:00", id="a plus that is not encoded"),
        pytest.param("2030-01-01T00:00:00+0000", id="an offset without a colon"),
        pytest.param("2030-01-01&time_zone=UTC", id="UTC by name"),
        pytest.param("2030-01-01T01:00:00&time_zone=Europe/Berlin", id="in the zone of the query"),
    ],
)
def test_a_time_in_a_query_is_read_as_it_is_written(account: Account, since: str) -> None:
    service = account.service()
    account.control("POST", "clock", {"at": "2029-12-31T23:59:00Z"})
    open_incident(account, service, title="Before")
    account.control("POST", "clock", {"at": "2030-01-01T00:01:00Z"})
    wanted = open_incident(account, service, title="After")
    (found,) = account.get(f"/incidents?until=2030-01-02T00:00:00Z&since={since}")["incidents"]
    assert found["title"] == "After"
    entries = account.get(f"/log_entries?until=2030-01-02T00:00:00Z&since={since}&limit=100")["log_entries"]
    assert {one["incident"]["id"] for one in entries} == {wanted["id"]}


def test_times_are_shown_in_the_zone_that_is_asked_for(account: Account) -> None:
    account.control("POST", "clock", {"at": "2030-07-01T12:00:00Z"})
    incident = open_incident(account, account.service())
    (shown,) = account.get("/incidents?time_zone=America/New_York")["incidents"]
    assert (incident["created_at"], shown["created_at"]) == (
        "2030-07-01T12:00:00Z",
        "2030-07-01T08:00:00-04:00",
    )
    account.refused(400, "GET", "/incidents?time_zone=Mars")


def test_overflow_shows_shifts_whole(account: Account) -> None:
    schedule = daily(account, account.user(), account.user("tom@acme.example"))
    path = f"/schedules/{schedule['id']}?since=2030-01-08T06:00:00Z&until=2030-01-08T18:00:00Z"
    cut, whole = (account.get(path + more)["schedule"]["final_schedule"] for more in ("", "&overflow=true"))
    ((cut_shift,), (whole_shift,)) = (one["rendered_schedule_entries"] for one in (cut, whole))
    assert (cut_shift["start"], cut_shift["end"]) == (
        "2030-01-08T06:00:00+00:00",
        "2030-01-08T18:00:00+00:00",
    )
    assert (whole_shift["start"], whole_shift["end"]) == (
        "2030-01-08T00:00:00+00:00",
        "2030-01-09T00:00:00+00:00",
    )
    assert whole["rendered_coverage_percentage"] == cut["rendered_coverage_percentage"] == 100.0


@pytest.mark.slow
def test_alerts_and_entries_are_chosen_by_order_and_team(account: Account) -> None:
    team = account.team()
    policy = account.policy(teams=[reference(team)])
    incident = open_incident(account, account.service(escalation_policy=reference(policy)))
    change(account, open_incident(account, account.service("Other")), status="resolved")
    entries = account.get(f"/log_entries?team_ids[]={team['id']}")["log_entries"]
    assert {one["incident"]["id"] for one in entries} == {incident["id"]}
    assert account.get(f"/incidents/{incident['id']}/alerts?sort_by=created_at:desc")["alerts"] == []
