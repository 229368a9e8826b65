"""Shifts that recur: who is on call by an event of a schedule with shifts (pagerduty.md 4.2).

dateutil expands the recurrence (RFC 5545) on the wall clock of the event's zone. That PagerDuty does so too,
that turns are counted from the first shift, and that a single date takes or gives up a turn, is (unverified).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from heapq import merge
from itertools import groupby, takewhile
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.routing.simulate.shifts import Shift
from pdslack_cli.routing.zones import schedule_zone

EVERYONE = "every_member_assignment_strategy"
SHORT, LONG = {"HOURLY", "DAILY", "WEEKLY"}, {"MONTHLY", "YEARLY"}
_NUMBERS = r"[+-]?\d{1,3}(,[+-]?\d{1,3})*"
_DAY = r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)"
_BY_NUMBERS = ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "BYHOUR", "BYMINUTE")
_PARTS = {
    "FREQ": "[A-Z]+",
    "INTERVAL": r"[1-9]\d{0,3}",
    "COUNT": r"[1-9]\d{0,3}",
    "UNTIL": r"\d{8}T\d{6}Z",
    "WKST": "MO|TU|WE|TH|FR|SA|SU",
    "BYDAY": f"{_DAY}(,{_DAY})*",
    **dict.fromkeys(_BY_NUMBERS, _NUMBERS),
}
"""What a rule may say. dateutil takes more: an interval of 0, which never ends, a weekly `1MO` as `MO`."""
_DATES = re.compile(r"(?P<name>RDATE|EXDATE)(;VALUE=DATE-TIME|;TZID=(?P<zone>[^;:]+))*:(?P<moments>.+)")


def shift_starts(lines: Sequence[str], first: datetime, zone: tzinfo) -> Iterator[datetime] | None:
    """Return when the shifts of a recurrence begin, in order; None for one that is not calculated."""
    from dateutil.rrule import YEARLY, rrulestr  # late: few stacks have shifts

    rules = [line for line in lines if _is_rule(line)]
    dates = [found for line in lines if (found := _DATES.fullmatch(line))]
    if len(rules) != 1 or len(rules) + len(dates) != len(lines):
        return None
    try:
        added, left_out = (set(_moments(dates, name, zone)) for name in ("RDATE", "EXDATE"))
        begin = first.astimezone(zone)
        rule: Any = rrulestr(rules[0], dtstart=begin)
        # A rule whose days never come ends in the year 9999, which takes long where it goes by days or hours.
        yearly = rule.replace(freq=YEARLY, interval=1, count=None, until=None, dtstart=begin.replace(day=1))
        by_rule = (start.astimezone(UTC) for start in rule) if any(yearly) else ()
    except ValueError:
        return None
    return (start for start, _ in groupby(merge(by_rule, sorted(added))) if start not in left_out)


def _is_rule(line: str) -> bool:
    """Whether it is a rule that is calculated."""
    name, _, rule = line.partition(":")
    parts = dict(part.partition("=")[::2] for part in rule.split(";") if part)
    numbered = re.search(r"\d", parts.get("BYDAY", ""))  # the first Monday: of a month or a year
    return (
        name == "RRULE"
        and all(re.fullmatch(_PARTS.get(part, "(?!)"), value) for part, value in parts.items())
        and parts.get("FREQ") in (LONG if numbered else {*LONG, *SHORT})
        and not {"COUNT", "UNTIL"} <= parts.keys()
    )


def _moments(dates: Iterable[re.Match[str]], name: str, zone: tzinfo) -> Iterator[datetime]:
    """Yield the single dates of that name, on the clock that they name; raises ValueError."""
    for found in (found for found in dates if found["name"] == name):
        named = schedule_zone(found["zone"]) if found["zone"] else zone
        if named is None:
            raise ValueError(found["zone"])
        for text in found["moments"].split(","):
            moment = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")
            yield moment.replace(tzinfo=UTC if text.endswith("Z") else named).astimezone(UTC)


def event_shifts(event: Json, since: datetime, until: datetime) -> list[Shift] | None:
    """Return the shifts of an event, in PagerDuty's form, in a period; None where they are not calculated."""
    zone = schedule_zone(event["start_time"]["time_zone"])
    if zone is None:
        return None
    first, first_end = (_instant(event[name]["date_time"]) for name in ("start_time", "end_time"))
    starts = shift_starts(event["recurrence"], first, zone)
    if starts is None:
        return None
    lasts = _wall(first_end, zone) - _wall(first, zone)
    begins = max(since, _instant(event["effective_since"]))
    ends = min(until, _instant(event["effective_until"])) if event.get("effective_until") else until
    found = []
    for number, start in enumerate(takewhile(lambda start: start < ends, starts)):
        end = (_wall(start, zone) + lasts).replace(tzinfo=zone).astimezone(UTC)
        if end > begins:
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
