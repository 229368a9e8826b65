"""Refusals of schedules with shifts tell what is wrong by field, as no others do (pagerduty.md 1.9)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Account

SCHEDULE = {"name": "Primary", "time_zone": "Etc/UTC"}
SPAN = {"start_time": "2001-01-01T00:00:00Z", "end_time": "2000-01-01T00:00:00Z"}
NOBODY = {"type": "empty_member"}
ZONED = {"date_time": "2030-01-01T09:00:00Z", "time_zone": "Etc/UTC"}
EVENT = {
    "name": "Day",
    "start_time": ZONED,
    "end_time": {**ZONED, "date_time": "2030-01-01T17:00:00Z"},
    "effective_since": "2030-01-02T00:00:00Z",
    "recurrence": ["RRULE:FREQ=DAILY"],
    "assignment_strategy": {"type": "every_member_assignment_strategy", "members": [NOBODY]},
}
EARLY = {**EVENT, "effective_until": "2030-01-01T00:00:00Z"}
BACKWARDS = {**SPAN, "assignments": [{"member": NOBODY}]}

REFUSED: dict[str, tuple[str, Any, dict[str, list[str]]]] = {
    "a schedule without its names": (
        "/v3/schedules",
        {"schedule": {}},
        {"schedule.name": ["Name can't be blank"], "schedule.time_zone": ["Time zone can't be blank"]},
    ),
    "rotations with a schedule": (
        "/v3/schedules",
        {"schedule": {**SCHEDULE, "rotations": []}},
        {"schedule.rotations": ["Rotations is not accepted"]},
    ),
    "an event that ends before it begins": (
        "{schedule}/rotations/{rotation}/events",
        {"event": EARLY},
        {"event.effective_until": ["Effective until must be after effective since"]},
    ),
    "an override of nothing": (
        "{schedule}/overrides",
        {"overrides": [{**SPAN, "overridden_member": NOBODY, "overriding_member": NOBODY}]},
        {"override": ["Exactly one of rotation_id and custom_shift_id is required"]},
    ),
    "a custom shift that ends before it begins": (
        "{schedule}/custom_shifts",
        {"custom_shifts": [BACKWARDS]},
        {"custom_shift.end_time": ["End time must be after start time"]},
    ),
    "a body that is no object": ("/v3/schedules", [], {"schedule": ["Request body must be a JSON object"]}),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_names_the_field(account: Account, what: str) -> None:
    path, body, errors = REFUSED[what]
    schedule = account.post("/v3/schedules", {"schedule": SCHEDULE})["schedule"]
    below = f"/v3/schedules/{schedule['id']}"
    rotation = account.post(f"{below}/rotations", {"rotation": {}})["rotation"]
    answer = account.send("POST", path.format(schedule=below, rotation=rotation["id"]), body)
    assert answer.status_code == 400
    assert answer.json()["error"]["errors"] == errors


def test_a_span_that_is_missing_is_an_error_of_the_list(account: Account) -> None:
    schedule = account.post("/v3/schedules", {"schedule": SCHEDULE})["schedule"]
    answer = account.send("GET", f"/v3/schedules/{schedule['id']}/overrides")
    assert answer.json()["error"] == {
        "message": "Arguments Caused Error",
        "code": 2002,
        "errors": {"override": ["since and until are required"]},
    }
