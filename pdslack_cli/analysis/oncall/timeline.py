"""Who is on call over a period, with nobody and several people at once; and where two periods differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from pdslack_cli.analysis.oncall.shifts import OnCallSpan
from pdslack_cli.engine.change import Handover
from pdslack_cli.model import Ref


class Stretch(NamedTuple):
    """The same people on call from an instant up to another; empty where nobody is."""

    start: datetime
    end: datetime
    people: tuple[Ref, ...]


Timeline = Sequence[Stretch]
"""Stretches that meet, from the beginning of a period to its end."""


def timeline(
    sources: Iterable[Sequence[OnCallSpan]],
    since: datetime,
    until: datetime,
    always: Iterable[Ref] = (),
) -> Timeline:
    """Return who is on call in any of the sources; those of `always` are in every stretch."""
    sources, fixed = list(sources), tuple(dict.fromkeys(always))
    edges = {since, until} | {at for spans in sources for span in spans for at in (span.start, span.end)}
    cuts = sorted(at for at in edges if since <= at <= until)
    places = [0] * len(sources)
    stretches: list[Stretch] = []
    for start, end in pairwise(cuts):
        people = list(fixed)
        for number, spans in enumerate(sources):
            while places[number] < len(spans) and spans[places[number]].end <= start:
                places[number] += 1
            if places[number] < len(spans) and spans[places[number]].start <= start:
                people.append(spans[places[number]].person)
        _append(stretches, Stretch(start, end, tuple(dict.fromkeys(people))))
    return stretches


def by_person(spans: Iterable[OnCallSpan]) -> list[list[OnCallSpan]]:
    """Return the spans of each person, without overlaps: several people may be on call at once."""
    found: dict[Ref, list[OnCallSpan]] = {}
    for span in sorted(spans):
        own = found.setdefault(span.person, [])
        if own and span.start <= own[-1].end:
            own[-1] = own[-1]._replace(end=max(own[-1].end, span.end))
        else:
            own.append(span)
    return list(found.values())


def union(timelines: Iterable[Timeline], since: datetime, until: datetime) -> Timeline:
    """Return who is on call in any of several timelines of one period."""
    sources = [
        [OnCallSpan(start, end, one) for start, end, people in line if one in people]
        for line in timelines
        for one in {person for stretch in line for person in stretch.people}
    ]
    return timeline(sources, since, until)


def handovers(before: Timeline, after: Timeline) -> list[Handover]:
    """Return the periods in which the people differ; both timelines are of one period."""
    return [Handover(*both) for both in _compared(before, after) if set(both[2]) != set(both[3])]


def gaps(line: Timeline) -> list[Stretch]:
    """Return the stretches in which nobody is on call."""
    return [stretch for stretch in line if not stretch.people]


def _compared(
    before: Timeline, after: Timeline
) -> list[tuple[datetime, datetime, tuple[Ref, ...], tuple[Ref, ...]]]:
    result: list[tuple[datetime, datetime, tuple[Ref, ...], tuple[Ref, ...]]] = []
    for start, end, was, will in _side_by_side(before, after):
        if result and (set(result[-1][2]), set(result[-1][3])) == (set(was), set(will)):
            result[-1] = (result[-1][0], end, *result[-1][2:])
        else:
            result.append((start, end, was, will))
    return result


def _side_by_side(
    before: Timeline, after: Timeline
) -> Iterator[tuple[datetime, datetime, tuple[Ref, ...], tuple[Ref, ...]]]:
    cuts = sorted({at for line in (before, after) for stretch in line for at in stretch[:2]})
    first, second = iter(before), iter(after)
    was, will = next(first, None), next(second, None)
    for start, end in pairwise(cuts):
        while was and was.end <= start:
            was = next(first, None)
        while will and will.end <= start:
            will = next(second, None)
        yield start, end, was.people if was else (), will.people if will else ()


def _append(stretches: list[Stretch], new: Stretch) -> None:
    if stretches and set(stretches[-1].people) == set(new.people):
        stretches[-1] = stretches[-1]._replace(end=new.end)
    else:
        stretches.append(new)
