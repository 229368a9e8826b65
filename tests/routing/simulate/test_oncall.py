"""Who is on call (pagerduty.md 4.1, 4.3)."""

from __future__ import annotations

from datetime import datetime

import pytest

from pdslack_cli.routing.simulate.oncall import (
    SimulatedLevel,
    SimulatedPolicy,
    SimulatedSchedule,
    first_responders,
    on_call,
    read_policy,
    read_schedule,
    with_past_rotations,
)


def layer(*people: str, start: str = "2024-01-01T09:00:00+01:00", days: float = 7, **rest):
    return {
        "users": [{"user": {"id": person, "type": "user_reference"}} for person in people],
        "start": start,
        "rotation_virtual_start": start,
        "rotation_turn_length_seconds": int(days * 86_400),
        **rest,
    }


def schedule(*layers, time_zone: str = "Europe/Berlin") -> SimulatedSchedule:
    """Layers first to last; PagerDuty answers with the newest first."""
    return read_schedule(
        {"id": "S", "name": "Primary", "time_zone": time_zone, "schedule_layers": list(reversed(layers))}
    )


def daily(start: str, hours: float):
    return {"type": "daily_restriction", "start_time_of_day": start, "duration_seconds": int(hours * 3600)}


def weekly(day: int, start: str, hours: float):
    return {**daily(start, hours), "type": "weekly_restriction", "start_day_of_week": day}


@pytest.mark.parametrize(
    ("layers", "at", "person"),
    [
        pytest.param([layer("maya", "tom")], "2024-01-01T09:00:00+01:00", "maya", id="the first turn"),
        pytest.param([layer("maya", "tom")], "2024-01-08T08:59:59+01:00", "maya", id="the end of a turn"),
        pytest.param([layer("maya", "tom")], "2024-01-08T09:00:00+01:00", "tom", id="the next turn"),
        pytest.param([layer("maya", "tom")], "2024-01-15T09:00:00+01:00", "maya", id="the order repeats"),
        pytest.param([layer("maya", "tom")], "2023-12-31T09:00:00+01:00", None, id="before the start"),
        pytest.param(
            [layer("maya", end="2024-02-01T00:00:00Z")], "2024-02-01T00:00:00+00:00", None, id="after the end"
        ),
        pytest.param(
            [layer("maya", "tom", rotation_virtual_start="2023-12-25T09:00:00+01:00")],
            "2024-01-02T09:00:00+01:00",
            "tom",
            id="turns count from the virtual start",
        ),
        pytest.param(
            [layer("maya", "tom")],
            "2024-04-01T08:30:00+02:00",
            "maya",
            id="the handoff keeps its hour in summer",
        ),
        pytest.param([layer("maya", "tom")], "2024-04-01T09:00:00+02:00", "tom", id="the handoff in summer"),
        pytest.param(
            [layer("maya"), layer("tom")], "2024-01-02T09:00:00+01:00", "tom", id="the last layer wins"
        ),
        pytest.param(
            [layer("maya"), layer("tom", restrictions=[daily("09:00:00", 8)])],
            "2024-01-02T18:00:00+01:00",
            "maya",
            id="outside its hours a layer gives way",
        ),
        pytest.param(
            [layer("tom", restrictions=[daily("22:00:00", 10)])],
            "2024-01-03T07:59:59+01:00",
            "tom",
            id="daily hours run over midnight",
        ),
        pytest.param(
            [layer("tom", restrictions=[daily("22:00:00", 10)])],
            "2024-01-03T08:00:00+01:00",
            None,
            id="the end of daily hours is outside",
        ),
        pytest.param(
            [layer("tom", restrictions=[weekly(5, "17:00:00", 64)])],
            "2024-01-08T08:59:00+01:00",
            "tom",
            id="weekly hours run over the weekend",
        ),
        pytest.param(
            [layer("tom", restrictions=[weekly(5, "17:00:00", 64)])],
            "2024-01-05T16:59:00+01:00",
            None,
            id="before weekly hours",
        ),
        pytest.param([], "2024-01-05T16:59:00+01:00", None, id="no layers"),
    ],
)
def test_on_call(layers, at, person):
    assert on_call(schedule(*layers), datetime.fromisoformat(at)) == person


AT = datetime.fromisoformat("2024-01-02T12:00:00+01:00")
SCHEDULES = {
    "full": schedule(layer("maya")),
    "empty": schedule(),
    "looked up": SimulatedSchedule("looked up", "Elsewhere", layers=None),
}


@pytest.mark.parametrize(
    ("levels", "people"),
    [
        pytest.param([SimulatedLevel(schedules=("full",))], ("maya",), id="a schedule"),
        pytest.param(
            [SimulatedLevel(people=("tom",), schedules=("full",))], ("tom", "maya"), id="people and schedules"
        ),
        pytest.param([SimulatedLevel(people=("maya",), schedules=("full",))], ("maya",), id="nobody twice"),
        pytest.param(
            [SimulatedLevel(schedules=("empty",)), SimulatedLevel(people=("tom",))],
            ("tom",),
            id="the next level when empty",
        ),
        pytest.param(
            [SimulatedLevel(people=("tom",)), SimulatedLevel(people=("maya",))],
            ("tom",),
            id="only the first level",
        ),
        pytest.param([SimulatedLevel(schedules=("empty",))], (), id="nobody at any level"),
        pytest.param(
            [SimulatedLevel(schedules=("looked up",))], ("schedule/looked up",), id="a schedule known by name"
        ),
    ],
)
def test_first_responders(levels, people):
    assert first_responders(SimulatedPolicy("E", "Payments", tuple(levels)), SCHEDULES, AT) == people


def test_policy_is_read_from_pagerdutys_json():
    policy = read_policy(
        {
            "id": "E",
            "name": "Payments",
            "escalation_rules": [
                {
                    "escalation_delay_in_minutes": 15,
                    "targets": [
                        {"id": "full", "type": "schedule_reference"},
                        {"id": "tom", "type": "user_reference"},
                    ],
                }
            ],
        }
    )
    assert policy == SimulatedPolicy("E", "Payments", (SimulatedLevel(("tom",), ("full",)),))


def test_a_layer_that_is_in_force_now_can_be_taken_back_in_time():
    now, before = (
        datetime.fromisoformat("2024-02-01T00:00:00Z"),
        datetime.fromisoformat("2023-12-26T12:00:00Z"),
    )
    later = layer("ana", start="2024-03-01T09:00:00+01:00")
    rotation = with_past_rotations(schedule(layer("maya", "tom"), later), now)
    assert on_call(schedule(layer("maya", "tom"), later), before) is None
    assert on_call(rotation, before) == "tom"  # the turn before the first
    assert on_call(rotation, now) == on_call(schedule(layer("maya", "tom")), now)
    assert on_call(rotation, datetime.fromisoformat("2024-03-02T00:00:00Z")) == "ana"
    assert with_past_rotations(SimulatedSchedule("S", "known by name", layers=None), now).layers is None
