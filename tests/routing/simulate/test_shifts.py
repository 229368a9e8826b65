"""Shifts agree with who is on call at every moment, through clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.routing.simulate.oncall import (
    DAY,
    WEEK,
    SimulatedLayer,
    SimulatedRestriction,
    SimulatedSchedule,
    on_call,
)
from pdslack_cli.routing.simulate.shifts import Shift, shifts
from tests.conftest import examples

MONDAY = datetime(2026, 10, 19, tzinfo=UTC)
HOURS = tuple(SimulatedRestriction(day * DAY + 9 * 3600, 8 * 3600, WEEK) for day in range(5))


def schedule(*layers: SimulatedLayer, zone: str = "Europe/Berlin") -> SimulatedSchedule:
    return SimulatedSchedule("S", "Primary", zone, layers)


def layer(*people: str, turn: int = WEEK, **fields: object) -> SimulatedLayer:
    return SimulatedLayer(people, MONDAY, MONDAY, turn, **fields)


def test_office_hours_leave_nights_and_weekends_without_anybody():
    found = list(
        shifts(
            schedule(layer("maya", restrictions=HOURS), zone="Etc/UTC"), MONDAY, MONDAY + timedelta(days=7)
        )
    )
    assert found[0] == Shift(None, MONDAY, MONDAY + timedelta(hours=9))
    assert found[1] == Shift("maya", MONDAY + timedelta(hours=9), MONDAY + timedelta(hours=17))
    weekend = MONDAY + timedelta(days=4, hours=17)
    assert found[-1] == Shift(None, weekend, MONDAY + timedelta(days=7))


def test_a_daily_handoff_stays_at_its_wall_clock_time_when_clocks_go_back():
    since = datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight in Berlin; the clock goes back that night
    anchor = datetime(2026, 10, 19, 22, tzinfo=UTC)
    daily = SimulatedLayer(("maya", "tom"), MONDAY, anchor, DAY)
    lengths = [shift.end - shift.start for shift in shifts(schedule(daily), since, since + timedelta(days=3))]
    assert lengths[0] == timedelta(hours=25)


layers = st.builds(
    SimulatedLayer,
    people=st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple),
    start=st.integers(-72, 72).map(lambda hours: MONDAY + timedelta(hours=hours)),
    anchor=st.integers(-72, 72).map(lambda hours: MONDAY + timedelta(hours=hours)),
    turn=st.sampled_from([6 * 3600, DAY, WEEK, 5 * 3600]),
    end=st.none() | st.integers(73, 300).map(lambda hours: MONDAY + timedelta(hours=hours)),
    restrictions=st.lists(
        st.builds(
            SimulatedRestriction,
            start=st.integers(0, 23).map(lambda hour: hour * 3600),
            seconds=st.integers(1, 23).map(lambda hours: hours * 3600),
            period=st.sampled_from([DAY, WEEK]),
        ),
        max_size=2,
    ).map(tuple),
)


@examples(30)
@given(
    layers=st.lists(layers, min_size=1, max_size=3),
    zone=st.sampled_from(["Etc/UTC", "Europe/Berlin", "America/St_Johns"]),
)
def test_shifts_agree_with_who_is_on_call_at_every_moment(layers, zone):
    rotation = schedule(*layers, zone=zone)
    until = MONDAY + timedelta(days=9)
    found = list(shifts(rotation, MONDAY, until))
    assert (found[0].start, found[-1].end) == (MONDAY, until)
    assert all(
        before.end == after.start and before.person != after.person for before, after in pairwise(found)
    )
    for shift in found:
        at = shift.start
        while at < shift.end:
            assert on_call(rotation, at) == shift.person, at
            at += timedelta(minutes=30)


@pytest.mark.parametrize("layers", [None, ()])
def test_a_schedule_without_layers_has_nobody(layers):
    empty = SimulatedSchedule("S", "Empty", layers=layers)
    assert list(shifts(empty, MONDAY, MONDAY + timedelta(days=1))) == [
        Shift(None, MONDAY, MONDAY + timedelta(days=1))
    ]
