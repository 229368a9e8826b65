"""The shifts of a schedule: who is on call from when to when, calculated from its layers and overrides.

Intervals are cut on the wall clock of the schedule's zone, so that a handoff at nine stays at nine through a
clock change: (unverified). The sandbox calculates the same in another way, instant by instant, and shares no
code with this module; a property test compares the two.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from pdslack_cli.kinds.pagerduty.schedule.layer import Layer
from pdslack_cli.kinds.pagerduty.schedule.restrictions import restrictions
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedule
from pdslack_cli.model import Ref
from pdslack_cli.routing.zones import schedule_zone

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


class OnCallSpan(NamedTuple):
    """One person on call from an instant up to another."""

    start: datetime
    end: datetime
    person: Ref


class _Segment(NamedTuple):
    """A period in which the offset of a zone stays the same."""

    start: datetime
    end: datetime
    offset: timedelta


def on_call_spans(
    schedule: Schedule, since: datetime, until: datetime, overrides: Iterable[OnCallSpan] = ()
) -> list[OnCallSpan]:
    """Return who is on call in a period, in order; nobody is between spans that do not meet.

    The last layer wins over the others, and an override over all layers.
    """
    zone = schedule_zone(schedule.time_zone) or UTC
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    spans: list[OnCallSpan] = []
    for layer in schedule.layers:
        spans = overlaid(spans, list(_layer_spans(layer, zone, since, until)))
    return joined(with_overrides(spans, overrides, since, until))


def override_spans(schedule: Schedule) -> list[OnCallSpan]:
    """Return the overrides of a schedule in the order in which the last one wins."""
    return [
        OnCallSpan(one.from_.astimezone(UTC), one.to.astimezone(UTC), one.who) for one in schedule.overrides
    ]


def with_overrides(
    spans: Sequence[OnCallSpan], overrides: Iterable[OnCallSpan], since: datetime, until: datetime
) -> Sequence[OnCallSpan]:
    """Return the spans with overrides over them, as far as they are in the period; the last one wins."""
    for override in overrides:
        spans = overlaid(spans, _clipped([override], since, until))
    return spans


def overlaid(lower: Sequence[OnCallSpan], upper: Sequence[OnCallSpan]) -> list[OnCallSpan]:
    """Return both sequences in one, in order; where they overlap, the upper one wins."""
    ends = [span.end for span in upper]
    kept = []
    for start, end, person in lower:
        for place in range(bisect_right(ends, start), len(upper)):
            above = upper[place]
            if above.start >= end:
                break
            if start < above.start:
                kept.append(OnCallSpan(start, above.start, person))
            start = above.end
        if start < end:
            kept.append(OnCallSpan(start, end, person))
    return sorted([*kept, *upper])


def without(span: OnCallSpan, start: datetime, end: datetime) -> Iterator[OnCallSpan]:
    """Yield what is left of a span outside of a period."""
    for part in (span._replace(end=min(span.end, start)), span._replace(start=max(span.start, end))):
        if part.start < part.end:
            yield part


def joined(spans: Iterable[OnCallSpan]) -> list[OnCallSpan]:
    """Return the spans with those of one person that meet made one."""
    result: list[OnCallSpan] = []
    for span in spans:
        if result and result[-1].person == span.person and result[-1].end == span.start:
            result[-1] = result[-1]._replace(end=span.end)
        else:
            result.append(span)
    return result


def _clipped(spans: Iterable[OnCallSpan], since: datetime, until: datetime) -> list[OnCallSpan]:
    cut = (OnCallSpan(max(since, start), min(until, end), person) for start, end, person in spans)
    return [span for span in cut if span.start < span.end]


def _layer_spans(layer: Layer, zone: tzinfo, since: datetime, until: datetime) -> Iterator[OnCallSpan]:
    """Yield the turns of one layer in a period, as far as its restrictions leave them."""
    since = max(since, layer.start.astimezone(UTC))
    until = min(until, layer.end.astimezone(UTC)) if layer.end else until
    anchor, turn = layer.turns_from.astimezone(zone).replace(tzinfo=None), timedelta(seconds=layer.rotate)
    for start, end, offset in _segments(zone, since, until):
        first, last = ((instant + offset).replace(tzinfo=None) for instant in (start, end))
        for opens, closes in _open_hours(layer, first, last):
            for begins, ends, person in _turns(layer.people, anchor, turn, opens, closes):
                starts, stops = ((wall - offset).replace(tzinfo=UTC) for wall in (begins, ends))
                yield OnCallSpan(starts, stops, person)


def _segments(zone: tzinfo, since: datetime, until: datetime) -> Iterator[_Segment]:
    """Yield the periods of constant offset, in order."""
    start = since
    while start < until:
        offset = start.astimezone(zone).utcoffset() or timedelta()
        end = start
        while end < until and (min(end + DAY, until)).astimezone(zone).utcoffset() == offset:
            end = min(end + DAY, until)
        if end < until:
            end = _first_change(zone, end, min(end + DAY, until), offset)
        yield _Segment(start, end, offset)
        start = end


def _first_change(zone: tzinfo, before: datetime, after: datetime, offset: timedelta) -> datetime:
    """Return the instant, to the second, at which a zone leaves an offset."""
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == offset else (before, middle)
    return after


def _open_hours(layer: Layer, first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    """Return the wall-clock hours of a layer in a period, in order; the whole period without restrictions."""
    if not layer.only:
        return [(first, last)]
    found = []
    for (day, second), length in restrictions(layer.only):
        period = WEEK if day else DAY
        midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
        back = timedelta(days=(midnight.weekday() - (day - 1)) % 7) if day else timedelta()
        opens = midnight - back + timedelta(seconds=second) - period
        while opens < last:
            found.append((max(opens, first), min(opens + timedelta(seconds=length), last)))
            opens += period
    return _united(sorted(hours for hours in found if hours[0] < hours[1]))


def _united(hours: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Return the hours with those that overlap or meet made one."""
    result: list[tuple[datetime, datetime]] = []
    for opens, closes in hours:
        if result and opens <= result[-1][1]:
            result[-1] = (result[-1][0], max(closes, result[-1][1]))
        else:
            result.append((opens, closes))
    return result


def _turns(
    people: Sequence[Ref], anchor: datetime, turn: timedelta, opens: datetime, closes: datetime
) -> Iterator[OnCallSpan]:
    """Yield the turns of a rotation between two wall-clock times."""
    if len(people) == 1:
        yield OnCallSpan(opens, closes, people[0])
        return
    number = (opens - anchor) // turn
    while opens < closes:
        ends = min(anchor + (number + 1) * turn, closes)
        yield OnCallSpan(opens, ends, people[number % len(people)])
        opens, number = ends, number + 1
