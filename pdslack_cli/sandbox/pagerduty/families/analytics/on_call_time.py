"""How long people were on call in a span, as if today's policies and schedules had always been."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.families.people.oncalls import on_call_entries

Span = tuple[datetime, datetime]

TOTAL = "total_seconds_on_call"
FIRST, HIGHER = f"{TOTAL}_level_1", f"{TOTAL}_level_2_plus"


def seconds_on_call(api: Api, since: datetime, until: datetime) -> Mapping[str, Mapping[str, int]]:
    """The seconds of each person, in all and by level; who is on call twice at once counts once."""
    spans: dict[str, dict[str, list[Span]]] = defaultdict(lambda: {TOTAL: [], FIRST: [], HIGHER: []})
    for entry in on_call_entries(api, since, until):
        span = max(since, _moment(entry["start"], since)), min(until, _moment(entry["end"], until))
        by_name = spans[entry["user"]["id"]]
        by_name[TOTAL].append(span)
        by_name[FIRST if entry["escalation_level"] == 1 else HIGHER].append(span)
    return {
        person: {name: _covered(found) for name, found in by_name.items()}
        for person, by_name in spans.items()
    }


def of_people(seconds: Mapping[str, Mapping[str, int]], people: Iterable[str]) -> Json:
    """The seconds of some people together."""
    known = [seconds[person] for person in people if person in seconds]
    return {name: sum(one[name] for one in known) for name in (TOTAL, FIRST, HIGHER)}


def _moment(stamp: str | None, otherwise: datetime) -> datetime:
    return datetime.fromisoformat(stamp) if stamp else otherwise


def _covered(spans: Iterable[Span]) -> int:
    covered, reached = 0.0, None
    for start, end in sorted(spans):
        begun = start if reached is None else max(start, reached)
        if end > begun:
            covered += (end - begun).total_seconds()
            reached = end
    return round(covered)
