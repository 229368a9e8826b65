"""The shifts of a schedule in a period: who is on call when, and when nobody is.

Calculated from `on_call` at every instant at which its result can change, so that both always agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from pdslack_cli.routing.simulate.oncall import (
    DAY,
    SimulatedLayer,
    SimulatedRestriction,
    SimulatedSchedule,
    on_call,
)
from pdslack_cli.routing.zones import schedule_zone


class Shift(NamedTuple):
    """A person, or None for nobody, from an instant up to another."""

    person: str | None
    start: datetime
    end: datetime


def shifts(schedule: SimulatedSchedule, since: datetime, until: datetime) -> Iterator[Shift]:
    """Return the shifts between two instants, without gaps: a time without anybody is a shift of None."""
    start, person = since, on_call(schedule, since)
    for instant in sorted(set(_changes(schedule, since, until))):
        following = on_call(schedule, instant)
        if following != person:
            yield Shift(person, start, instant)
            start, person = instant, following
    yield Shift(person, start, until)


def _changes(schedule: SimulatedSchedule, since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield every instant in the period at which the person on call may change."""
    zone = schedule_zone(schedule.time_zone) or UTC
    for layer in schedule.layers or ():
        yield from (at for at in (layer.start, layer.end) if at and since < at < until)
        first, last = _wall(since, zone) - timedelta(days=1), _wall(until, zone) + timedelta(days=1)
        for wall in (*_handoffs(layer, zone, first, last), *_edges(layer, first, last)):
            for at in _instants(wall, zone):
                if since < at < until:
                    yield at
    yield from _clock_changes(zone, since, until)


def _handoffs(layer: SimulatedLayer, zone: tzinfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """Yield the wall-clock times of handoffs in a rotation."""
    if len(layer.people) < 2:
        return
    turn, anchor = timedelta(seconds=layer.turn), _wall(layer.anchor, zone)
    wall = anchor + (first - anchor) // turn * turn
    while wall <= last:
        yield wall
        wall += turn


def _edges(layer: SimulatedLayer, first: datetime, last: datetime) -> Iterator[datetime]:
    """Yield the wall-clock times at which a layer's restrictions start or end."""
    for part in layer.restrictions:
        wall = _first_start(part, first)
        while wall <= last:
            yield wall
            yield wall + timedelta(seconds=part.seconds)
            wall += timedelta(seconds=part.period)


def _first_start(part: SimulatedRestriction, first: datetime) -> datetime:
    """Return the last start of a restriction before `first`."""
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=midnight.weekday())
    begin = (midnight if part.period == DAY else monday) + timedelta(seconds=part.start)
    return begin - timedelta(seconds=part.period)


def _clock_changes(zone: tzinfo, since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the instants at which the zone's offset changes, to the minute."""
    at = since.astimezone(UTC)
    while at < until:
        after = min(at + timedelta(days=1), until.astimezone(UTC))
        if at.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            low, high = at, after
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                same = middle.astimezone(zone).utcoffset() == at.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            yield high.replace(second=0, microsecond=0)
        at = after


def _wall(instant: datetime, zone: tzinfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def _instants(wall: datetime, zone: tzinfo) -> set[datetime]:
    """Return the instants of a wall-clock time: two if clocks go back."""
    return {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
