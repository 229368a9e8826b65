"""What hours decide: urgency by support hours, who is on call when clocks are set forward; turns."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Account, Json, reference
from tests.sandbox.pagerduty.families.test_services import BY_HOURS, HOURS, RAISE
from tests.sandbox.pagerduty.runtime.test_incident_life import assignees, incidents, integration_key, send

FORWARD = "2030-03-31T"  # in Berlin clocks are set from 02:00 to 03:00


def to(account: Account, moment: str) -> None:
    account.control("POST", "clock", {"at": moment})


@pytest.mark.parametrize(
    ("fields", "before", "after"),
    [({"scheduled_actions": RAISE}, "low", "high"), ({}, "low", "low")],
    ids=["raised", "left alone"],
)
def test_urgency_outside_of_support_hours_is_raised_at_their_start(account: Account, fields, before, after):
    hours = {**HOURS, "time_zone": "Europe/Berlin", "start_time": "09:00:00", "days_of_week": [7]}
    service = account.service(incident_urgency_rule=BY_HOURS, support_hours=hours, **fields)
    to(account, f"{FORWARD}00:30:00Z")
    send(account, integration_key(account, service))
    to(account, f"{FORWARD}06:59:00Z")
    assert incidents(account)[0]["urgency"] == before
    to(account, f"{FORWARD}07:00:00Z")  # nine o'clock in summer time, an hour earlier than the day before
    assert incidents(account)[0]["urgency"] == after


def on_call_policy(account: Account, strategy: str = "") -> Json:
    maya, tom = account.user(), account.user("tom@acme.example")
    layer = {
        "name": "Daily",
        "start": "2030-03-29T08:00:00Z",
        "rotation_virtual_start": "2030-03-29T08:00:00Z",
        "rotation_turn_length_seconds": 86_400,
        "users": [{"user": reference(person)} for person in (maya, tom)],
    }
    body = {"type": "schedule", "name": "Primary", "time_zone": "Europe/Berlin", "schedule_layers": [layer]}
    schedule = account.post("/schedules", {"schedule": body})["schedule"]
    both = [reference(maya), reference(tom)]
    levels = [{"escalation_delay_in_minutes": 30, "targets": [reference(schedule)] if not strategy else both}]
    if strategy:
        levels[0]["escalation_rule_assignment_strategy"] = {"type": strategy}
    else:
        levels.append({"escalation_delay_in_minutes": 30, "targets": [reference(schedule)]})
    policy = {"type": "escalation_policy", "name": "On call", "escalation_rules": levels, "num_loops": 1}
    return account.post("/escalation_policies", {"escalation_policy": policy})["escalation_policy"]


def test_a_handoff_keeps_to_the_clock_on_the_wall_and_escalation_to_who_is_on_call_then(account: Account):
    key = integration_key(account, account.service(escalation_policy=reference(on_call_policy(account))))
    to(account, f"{FORWARD}06:45:00Z")
    send(account, key)
    assert assignees(incidents(account)[0]) == ["Tom"]
    to(account, f"{FORWARD}07:16:00Z")
    assert assignees(incidents(account)[0]) == ["Maya"], "on call since nine o'clock in summer time"


@pytest.mark.parametrize("strategy", ["round_robin", "assign_to_everyone"])
def test_a_level_takes_turns_or_pages_everybody(account: Account, strategy):
    policy = on_call_policy(account, strategy)
    key = integration_key(account, account.service(escalation_policy=reference(policy)))
    for number in range(3):
        send(account, key, f"alert-{number}")
    first, second, third = map(assignees, incidents(account, "sort_by=incident_number:asc"))
    assert first == third
    assert sorted(first + second if strategy == "round_robin" else first) == ["Maya", "Tom"]
