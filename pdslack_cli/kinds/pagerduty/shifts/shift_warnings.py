"""Warnings about changes of shifts: each may change who is on call (pagerduty.md 4.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pdslack_cli.kinds.pagerduty.shifts.event import (
    ShiftEvent,
    ShiftRotation,
    paired_events,
    paired_rotations,
    restarted,
)


def shift_warnings(
    before: Sequence[ShiftRotation], after: Sequence[ShiftRotation], now: datetime
) -> Iterator[str]:
    """Warn about shifts that are new, change, end or go."""
    again = restarted(before, after, now)
    places = paired_rotations(after, before)
    for rotation, place in zip(after, places, strict=True):
        there = () if place is None else before[place].events
        kept = paired_events(rotation.events, there)
        for event, at in zip(rotation.events, kept, strict=True):
            if at is None:
                yield f"shifts {event.name!r} are new: {_shifts(event)}"
            else:
                yield from _changes(there[at], event, restarts=event.name in again)
        yield from _gone([one for at, one in enumerate(there) if at not in kept], now)
    for place, rotation in enumerate(before):
        if place not in places:
            yield from _gone(rotation.events, now)


def _changes(old: ShiftEvent, event: ShiftEvent, *, restarts: bool) -> Iterator[str]:
    title, what = f"shifts {event.name!r}", f"{_shifts(old)} → {_shifts(event)}"
    if old.without_end == event.without_end:
        if old.effective_until != event.effective_until:
            yield f"{title} end at another time: {_end(old)} → {_end(event)}"
    elif restarts:
        yield (
            f"{title} restart, which may change who is on call now: PagerDuty cannot change shifts that have "
            "begun, so they end at the apply, and new ones take their place, with the overrides that people "
            f"made of them: {what}"
        )
    else:
        yield f"{title} change, which may change who is on call from {old.begins:%Y-%m-%d %H:%M %Z}: {what}"


def _gone(events: Sequence[ShiftEvent], now: datetime) -> Iterator[str]:
    for event in events:
        how = "end now" if event.has_begun(now) else "do not begin"
        yield f"shifts {event.name!r} {how}: {_shifts(event)}"


def _shifts(event: ShiftEvent) -> str:
    people = ", ".join(person.key if person else "nobody" for person in event.people)
    count = event.shifts_per_person
    turns = "all at once" if event.assign == "everyone" else f"{count} in a row" if count > 1 else "in turn"
    hours = f"{event.from_:%Y-%m-%d %H:%M} to {event.to:%Y-%m-%d %H:%M %Z}"
    return f"{people} ({turns}, {', '.join(event.recurrence)}, from {hours})"


def _end(event: ShiftEvent) -> str:
    until = event.effective_until
    return f"{until:%Y-%m-%d %H:%M %Z}" if until else "never"
