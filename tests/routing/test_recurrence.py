"""Shifts that recur: when they begin and end, and whose they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pdslack_cli.routing.recurrence import EVERYONE, event_shifts, read_recurrence


def event(recurrence, *people, start="2026-03-27T08:00:00Z", end="2026-03-27T16:00:00Z", each=1, **more):
    return {
        "start_time": {"date_time": start, "time_zone": "Europe/Berlin"},
        "end_time": {"date_time": end, "time_zone": "Europe/Berlin"},
        "effective_since": start,
        "recurrence": [f"RRULE:{recurrence}"],
        "assignment_strategy": {
            "type": "rotating_member_assignment_strategy",
            "shifts_per_member": each,
            "members": [{"user_id": one} if one else {"type": "empty_member"} for one in people],
        },
        **more,
    }


def said(given, since="2026-03-27T00:00", until="2026-04-08T00:00"):
    period = (datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (since, until))
    return [f"{one.person} {one.start:%d %H:%M}-{one.end:%d %H:%M}" for one in event_shifts(given, *period)]


@pytest.mark.parametrize(
    ("given", "shifts"),
    [
        # Clocks go forward on the 29th: nine in the morning stays nine in the morning.
        (
            event("FREQ=DAILY;COUNT=4", "a", "b"),
            ["a 27 08:00-27 16:00", "b 28 08:00-28 16:00", "a 29 07:00-29 15:00", "b 30 07:00-30 15:00"],
        ),
        (event("FREQ=DAILY;INTERVAL=5", "a", None, "c"), ["a 27 08:00-27 16:00", "c 06 07:00-06 15:00"]),
        (
            event("FREQ=WEEKLY;BYDAY=FR,MO", "a", "b", each=2),
            ["a 27 08:00-27 16:00", "a 30 07:00-30 15:00", "b 03 07:00-03 15:00", "b 06 07:00-06 15:00"],
        ),
        (event("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,MO", "a"), ["a 27 08:00-27 16:00", "a 06 07:00-06 15:00"]),
        (event("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "a"), []),  # its first shift is on a Friday
        (event("FREQ=HOURLY;INTERVAL=168;BYDAY=MO", "a"), []),
        (event("FREQ=DAILY"), []),  # nobody at all
        (event("FREQ=DAILY;UNTIL=20260328T080000Z", "a"), ["a 27 08:00-27 16:00", "a 28 08:00-28 16:00"]),
        (event("FREQ=DAILY", "a", effective_until="2026-03-27T10:00:00Z"), ["a 27 08:00-27 10:00"]),
        (
            event(
                "FREQ=DAILY;COUNT=1", assignment_strategy={"type": EVERYONE, "members": [{"user_id": "a"}]}
            ),
            ["a 27 08:00-27 16:00"],
        ),
    ],
)
def test_the_shifts_of_an_event(given, shifts):
    assert said(given) == shifts


@pytest.mark.parametrize(
    "lines",
    [
        ["RRULE:FREQ=MONTHLY"],
        ["RRULE:FREQ=DAILY", "EXDATE:20260112T080000Z"],
        ["RRULE:FREQ=WEEKLY;BYDAY=1MO"],
        ["RRULE:FREQ=DAILY;BYHOUR=9"],
        ["RRULE:FREQ=DAILY;INTERVAL=0"],
        ["RRULE:FREQ=DAILY;UNTIL=2026"],
        ["RRULE:FREQ=DAILY;UNTIL=20261399T000000Z"],
        ["RRULE:FREQ=DAILY;INTERVAL=99999999999"],
        ["RRULE:FREQ=DAILY;COUNT=x"],
    ],
)
def test_what_is_not_calculated_is_nothing(lines):
    assert read_recurrence(lines) is None
