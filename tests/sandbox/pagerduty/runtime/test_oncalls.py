"""Who is on call: lists, overrides, previews (pagerduty.md 4.1, 11)."""

from __future__ import annotations

from datetime import timedelta

from tests.sandbox.conftest import Account, Json, reference
from tests.sandbox.pagerduty.runtime.test_incident_life import incidents, integration_key, send

DAY = 86_400
SPAN = "since=2030-01-07T00:00:00Z&until=2030-01-10T00:00:00Z"


def daily(account: Account, *people: Json, start: str = "2030-01-07T00:00:00Z") -> Json:
    layer = {
        "name": "Daily",
        "start": start,
        "rotation_virtual_start": start,
        "rotation_turn_length_seconds": DAY,
        "users": [{"user": reference(person)} for person in people],
    }
    body = {"type": "schedule", "name": "Primary", "time_zone": "Etc/UTC", "schedule_layers": [layer]}
    return account.post("/schedules", {"schedule": body})["schedule"]


def entries(shown: Json, name: str = "final_schedule") -> list[tuple[str, str, str]]:
    rendered = shown[name]["rendered_schedule_entries"]
    return [(entry["start"], entry["end"], entry["user"]["summary"]) for entry in rendered]


def override(account: Account, schedule: Json, person: Json, start: str, end: str) -> Json:
    body = {"overrides": [{"start": start, "end": end, "user": reference(person)}]}
    (answer,) = account.send("POST", f"/schedules/{schedule['id']}/overrides", body).json()
    return answer


def test_a_schedule_comes_out_as_its_rotation_with_overrides_above(account: Account):
    maya, tom, ana = (account.user(f"{name}@acme.example") for name in ("maya", "tom", "ana"))
    shown = daily(account, maya, tom)
    override(account, shown, ana, "2030-01-08T12:00:00Z", "2030-01-08T18:00:00Z")
    shown = account.get(f"/schedules/{shown['id']}?{SPAN}")["schedule"]
    assert [name for _, _, name in entries(shown)] == ["Maya", "Tom", "Ana", "Tom", "Maya"]
    assert entries(shown, "overrides_subschedule") == [
        ("2030-01-08T12:00:00+00:00", "2030-01-08T18:00:00+00:00", "Ana")
    ]
    assert shown["final_schedule"]["rendered_coverage_percentage"] == 100.0
    assert shown["overrides_subschedule"]["rendered_coverage_percentage"] == 8.3


def test_a_preview_keeps_nothing(account: Account):
    layer = {
        "start": "2030-01-07T00:00:00Z",
        "rotation_virtual_start": "2030-01-07T00:00:00Z",
        "rotation_turn_length_seconds": DAY,
        "users": [{"user": reference(account.user())}],
    }
    body = {
        "schedule": {"type": "schedule", "name": "Draft", "time_zone": "Etc/UTC", "schedule_layers": [layer]}
    }
    shown = account.post(f"/schedules/preview?{SPAN}", body)["schedule"]
    assert [name for _, _, name in entries(shown)] == ["Maya"]
    assert account.get("/schedules")["schedules"] == []


def test_oncalls_name_people_by_policy_and_level(account: Account):
    maya, tom = account.user(), account.user("tom@acme.example")
    now = account.sandbox.clock.now().strftime("%Y-%m-%dT%H:%M:00Z")
    schedule = daily(account, maya, start=now)
    policy = account.policy(targets=[reference(schedule), reference(tom)])
    found = account.get(f"/oncalls?escalation_policy_ids[]={policy['id']}")["oncalls"]
    people = {entry["user"]["summary"]: entry for entry in found}
    assert people["Tom"]["schedule"] is people["Tom"]["end"] is None
    assert people["Maya"]["schedule"]["id"] == schedule["id"]
    assert people["Maya"]["escalation_level"] == 1
    assert account.get(f"/oncalls?user_ids[]={tom['id']}&schedule_ids[]={schedule['id']}")["oncalls"] == []
    account.refused(400, "GET", "/oncalls?until=2090-01-01T00:00:00Z")


def test_the_next_shift_of_each_is_the_earliest(account: Account):
    maya, tom = account.user(), account.user("tom@acme.example")
    now = account.sandbox.clock.now()
    schedule = daily(account, maya, tom, start=now.strftime("%Y-%m-%dT%H:%M:00Z"))
    account.policy(targets=[reference(schedule)])
    until = (now + timedelta(days=6)).strftime("%Y-%m-%dT%H:%M:%SZ")
    query = f"/oncalls?schedule_ids[]={schedule['id']}&until={until}"
    assert len(account.get(query)["oncalls"]) == 7
    assert len(account.get(f"{query}&earliest=true")["oncalls"]) == 2


def test_an_override_is_paged(account: Account):
    maya, ana = account.user(), account.user("ana@acme.example")
    now = account.sandbox.clock.now()
    schedule = daily(account, maya, start=now.strftime("%Y-%m-%dT%H:%M:00Z"))
    service = account.service(escalation_policy=reference(account.policy(targets=[reference(schedule)])))
    start, end = (moment.strftime("%Y-%m-%dT%H:%M:00Z") for moment in (now, now + timedelta(hours=1)))
    answer = override(account, schedule, ana, start, end)
    assert answer["status"] == 201
    send(account, integration_key(account, service))
    (incident,) = incidents(account)
    assert incident["assignments"][0]["assignee"]["summary"] == "Ana"
    account.delete(f"/schedules/{schedule['id']}/overrides/{answer['override']['id']}")
    assert override(account, schedule, ana, end, start)["status"] == 400
