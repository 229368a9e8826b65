"""Shifts that recur: who is on call by an event of a schedule with shifts (pagerduty.md 4.2).

Those recurrences of RFC 5545 that PagerDuty's own editor writes; monthly ones and single dates are not
calculated. That turns are counted from the first shift, and follow the wall clock of the event's zone, is
(unverified).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from pdslack_cli.model import Json
from pdslack_cli.routing.simulate.shifts import Shift
from pdslack_cli.routing.zones import schedule_zone

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
STEPS = {"HOURLY": timedelta(hours=1), "DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}
EVERYONE = "every_member_assignment_strategy"
_PARTS = {"FREQ", "INTERVAL", "BYDAY", "COUNT", "UNTIL", "WKST"}


@dataclass(frozen=True)
class Recurrence:
    """When shifts begin, in wall-clock time: every `step`, on these days, so often, until then."""

    step: timedelta
    weekly: bool
    days: frozenset[int]
    week_start: int = 0
    count: int | None = None
    until: datetime | None = None

    def starts(self, first: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
        """Yield the beginnings from the first shift up to an instant, in order."""
        last = end if self.until is None else min(end, self.until + timedelta(seconds=1))
        walls = self._walls(_wall(first, zone), _wall(last, zone) + timedelta(days=1))
        for number, wall in enumerate(walls):
            start = wall.replace(tzinfo=zone).astimezone(UTC)
            if start >= last or number == self.count:
                return
            yield start

    def _walls(self, first: datetime, last: datetime) -> Iterator[datetime]:
        if self.weekly and self.days:
            monday = first - timedelta(days=(first.weekday() - self.week_start) % 7)
            while monday <= last:
                week = (monday + timedelta(days=day) for day in range(7))
                yield from (day for day in week if day >= first and day.weekday() in self.days)
                monday += self.step
            return
        wall = first
        while wall <= last:  # its days may never come
            if not self.days or wall.weekday() in self.days:
                yield wall
            wall += self.step


def read_recurrence(lines: Sequence[str]) -> Recurrence | None:
    """Read a recurrence; None for one that is not calculated."""
    if len(lines) != 1 or not lines[0].startswith("RRULE:"):
        return None
    pairs = [part.partition("=") for part in lines[0].removeprefix("RRULE:").split(";") if part]
    parts = {name: value for name, _, value in pairs}
    days = [day for day in parts.get("BYDAY", "").split(",") if day]
    numbers = [parts.get("INTERVAL", "1"), parts.get("COUNT", "1")]
    if (
        not parts.keys() <= _PARTS
        or parts.get("FREQ") not in STEPS
        or not set(days) <= set(DAYS)
        or parts.get("WKST", "MO") not in DAYS
        or not all(re.fullmatch("[1-9][0-9]{0,3}", number) for number in numbers)
    ):
        return None
    until = _moment(parts["UNTIL"]) if "UNTIL" in parts else None
    if "UNTIL" in parts and until is None:
        return None
    return Recurrence(
        STEPS[parts["FREQ"]] * int(numbers[0]),
        parts["FREQ"] == "WEEKLY",
        frozenset(DAYS.index(day) for day in days),
        DAYS.index(parts.get("WKST", "MO")),
        int(parts["COUNT"]) if "COUNT" in parts else None,
        until,
    )


def _moment(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return None


def event_shifts(event: Json, since: datetime, until: datetime) -> list[Shift] | None:
    """Return the shifts of an event, in PagerDuty's form, in a period; None where they are not calculated."""
    recurrence = read_recurrence(event["recurrence"])
    zone = schedule_zone(event["start_time"]["time_zone"])
    if recurrence is None or zone is None:
        return None
    first, first_end = (_instant(event[name]["date_time"]) for name in ("start_time", "end_time"))
    lasts = _wall(first_end, zone) - _wall(first, zone)
    begins = max(since, _instant(event["effective_since"]))
    ends = min(until, _instant(event["effective_until"])) if event.get("effective_until") else until
    found = []
    for number, start in enumerate(recurrence.starts(first, ends, zone)):
        end = (_wall(start, zone) + lasts).replace(tzinfo=zone).astimezone(UTC)
        if start < ends and end > begins:
            found += [Shift(person, max(start, begins), min(end, ends)) for person in _members(event, number)]
    return found


def _members(event: Json, number: int) -> list[str]:
    """The people of a shift, by its number; a slot without a person has nobody."""
    strategy = event["assignment_strategy"]
    members = strategy["members"]
    if strategy["type"] != EVERYONE and members:
        turn = number // (strategy.get("shifts_per_member") or 1)
        members = [members[turn % len(members)]]
    return [member["user_id"] for member in members if member.get("user_id")]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _wall(instant: datetime, zone: tzinfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)
