"""Shifts that recur: when they begin and end, and whose they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdslack_cli.routing.recurrence import EVERYONE, event_shifts, shift_starts

BERLIN = ZoneInfo("Europe/Berlin")


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


def dated(*lines):
    """An event of each day, with single dates."""
    return {**event("", "a", "b"), "recurrence": ["RRULE:FREQ=DAILY;COUNT=3", *lines]}


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
        # Its first shift is on a Friday.
        pytest.param(event("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "a"), [], marks=pytest.mark.slow),
        (event("FREQ=DAILY"), []),  # nobody at all
        (event("FREQ=DAILY;UNTIL=20260328T080000Z", "a"), ["a 27 08:00-27 16:00", "a 28 08:00-28 16:00"]),
        (event("FREQ=DAILY", "a", effective_until="2026-03-27T10:00:00Z"), ["a 27 08:00-27 10:00"]),
        (
            event(
                "FREQ=DAILY;COUNT=1", assignment_strategy={"type": EVERYONE, "members": [{"user_id": "a"}]}
            ),
            ["a 27 08:00-27 16:00"],
        ),
        (event("FREQ=MONTHLY;BYDAY=1MO", "a"), ["a 06 07:00-06 15:00"]),
        (event("FREQ=MONTHLY;BYMONTHDAY=1,-1", "a"), ["a 31 07:00-31 15:00", "a 01 07:00-01 15:00"]),
        (event("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "a"), ["a 31 07:00-31 15:00"]),
        (event("FREQ=YEARLY;BYMONTH=4;BYDAY=1SU", "a"), ["a 05 07:00-05 15:00"]),
        (event("FREQ=DAILY;BYHOUR=6,18;COUNT=2", "a", "b"), ["a 27 17:00-28 01:00", "b 28 05:00-28 13:00"]),
        # What is left out takes nobody's turn, and what is added takes the next one.
        (dated("EXDATE:20260328T080000Z"), ["a 27 08:00-27 16:00", "b 29 07:00-29 15:00"]),
        (dated("EXDATE;TZID=Europe/Berlin:20260328T090000,20260329T090000"), ["a 27 08:00-27 16:00"]),
        (dated("EXDATE:20260328T090000", "EXDATE;VALUE=DATE-TIME:20260327T080000Z"), ["a 29 07:00-29 15:00"]),
        (
            dated("RDATE;TZID=America/New_York;VALUE=DATE-TIME:20260401T090000", "EXDATE:20260328T080000Z"),
            ["a 27 08:00-27 16:00", "b 29 07:00-29 15:00", "a 01 13:00-01 21:00"],
        ),
        (
            dated("RDATE:20260329T070000Z", "RDATE:20260326T200000Z", "EXDATE:20260327T080000Z"),
            ["b 28 08:00-28 16:00", "a 29 07:00-29 15:00"],  # the 26th is before the event
        ),
    ],
)
def test_the_shifts_of_an_event(given, shifts):
    assert said(given) == shifts


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        pytest.param("FREQ=HOURLY;BYMONTHDAY=31;BYMONTH=4,6", marks=pytest.mark.slow),
        # Its first shift is on a Friday.
        pytest.param("FREQ=HOURLY;INTERVAL=168;BYDAY=MO", marks=pytest.mark.slow),
    ],
)
def test_days_that_never_come_have_no_shifts(rule):
    assert said(event(rule, "a")) == []


@pytest.mark.parametrize(
    "lines",
    [
        ["RRULE:FREQ=MINUTELY"],
        ["RRULE:FREQ=DAILY", "EXDATE;VALUE=DATE:20260112"],
        ["RRULE:FREQ=DAILY", "RDATE;VALUE=PERIOD:20260112T080000Z/PT8H"],
        ["RRULE:FREQ=DAILY", "RDATE;TZID=Nowhere/Else:20260112T080000"],
        ["RRULE:FREQ=DAILY", "RDATE:20261399T000000Z"],
        ["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"],
        ["EXDATE:20260112T080000Z"],
        ["RRULE:FREQ=WEEKLY;BYDAY=1MO"],
        ["RRULE:FREQ=DAILY;BYEASTER=1"],
        ["RRULE:FREQ=DAILY;COUNT=2;UNTIL=20260329T000000Z"],
        ["RRULE:FREQ=DAILY;INTERVAL=0"],
        ["RRULE:FREQ=DAILY;UNTIL=2026"],
        ["RRULE:FREQ=DAILY;UNTIL=20261399T000000Z"],
        ["RRULE:FREQ=DAILY;INTERVAL=99999999999"],
        ["RRULE:FREQ=DAILY;COUNT=x"],
        ["RRULE:FREQ=HOURLY;INTERVAL=24;BYHOUR=3"],
        ["RRULE:INTERVAL=2"],
    ],
)
def test_what_is_not_calculated_is_nothing(lines):
    first = datetime(2026, 3, 27, 9, tzinfo=BERLIN)
    assert shift_starts(lines, first, BERLIN) is None


DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
some_days = st.sets(st.sampled_from(range(7)))


def day_by_day(first, last, due):
    """The walls from the first to the last whose day is due, looked at one by one."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day.replace(tzinfo=BERLIN).astimezone(UTC) for day in days if due(day)]


@settings(deadline=None)
@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31)).map(
        lambda at: at.replace(second=0, microsecond=0)
    ),
    st.integers(1, 5),
    some_days,
    st.sampled_from([None, *range(7)]),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
)
def test_shifts_begin_on_the_same_wall_clock_on_the_days_that_are_due(first, interval, days, week, freq):
    wkst = week or 0
    monday = first.date() - timedelta(days=(first.weekday() - wkst) % 7)

    def due(day):
        on = day.weekday() in days if days else freq != "WEEKLY" or day.weekday() == first.weekday()
        if freq == "DAILY":
            return on and (day - first).days % interval == 0
        if freq == "WEEKLY":
            return on and (day.date() - monday).days // 7 % interval == 0
        months = (day.year - first.year) * 12 + day.month - first.month
        return months % interval == 0 and (on if days else day.day == first.day)

    parts = [f"FREQ={freq}", f"INTERVAL={interval}"]
    parts += [f"BYDAY={','.join(DAYS[day] for day in sorted(days))}"] if days else []
    parts += [] if week is None else [f"WKST={DAYS[week]}"]
    last = first + timedelta(days=200)
    end = last.replace(tzinfo=BERLIN).astimezone(UTC)

    found = shift_starts([f"RRULE:{';'.join(parts)}"], first.replace(tzinfo=BERLIN), BERLIN)

    assert list(takewhile(lambda start: start <= end, found)) == day_by_day(first, last, due)
