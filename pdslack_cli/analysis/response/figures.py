"""What many incidents come to: MTTA, MTTR, interruptions, escalations, downtime, cost. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import quantiles

from pdslack_cli.analysis.response.history import AnsweredIncident, History

NO_TEAM = "(no team)"


@dataclass(frozen=True)
class Spread:
    """The mean, the median and the 90th percentile of some times, in seconds; None without any."""

    mean: float | None
    p50: float | None
    p90: float | None


@dataclass(frozen=True)
class Figures:
    """The figures of some incidents.

    Downtime is the time in which a service had an open incident of high urgency, so that incidents at the
    same time count once; of several services it is the sum.
    """

    incidents: int
    acknowledge: Spread
    resolve: Spread
    interruptions: int
    escalations: int
    downtime: timedelta
    cost: float | None


@dataclass(frozen=True)
class ResponseReport:
    """The figures of a time: of all incidents, by service, team and week, and on both sides of a date."""

    since: datetime
    until: datetime
    source: str
    reason: str
    total: Figures
    services: dict[str, Figures]
    teams: dict[str, Figures]
    weeks: dict[str, Figures]
    split: datetime | None = None
    before: Figures | None = None
    after: Figures | None = None


def make_report(
    history: History,
    since: datetime,
    until: datetime,
    *,
    split: datetime | None = None,
    cost_per_minute: float | None = None,
) -> ResponseReport:
    """Return the report of a history."""
    incidents = history.incidents

    def figures(some: Iterable[AnsweredIncident], begin: datetime = since, end: datetime = until) -> Figures:
        return figures_of([*some], begin, end, cost_per_minute)

    def span(begin: datetime, end: datetime) -> Figures:
        """Figures of the incidents that began in a time; downtime is what fell into it."""
        counted = figures(one for one in incidents if begin <= one.created_at < end)
        down = downtime(incidents, begin, end)
        return Figures(**{**vars(counted), "downtime": down, "cost": _cost(down, cost_per_minute)})

    weeks = {
        _week_name(begin): span(max(begin, since), min(end, until)) for begin, end in _weeks(since, until)
    }
    return ResponseReport(
        since=since,
        until=until,
        source=history.source,
        reason=history.reason,
        total=figures(incidents),
        services=_grouped(incidents, lambda one: (one.service,), figures),
        teams=_grouped(incidents, lambda one: one.teams or (NO_TEAM,), figures),
        weeks=weeks,
        split=split,
        before=span(since, split) if split else None,
        after=span(split, until) if split else None,
    )


def figures_of(
    incidents: Sequence[AnsweredIncident], since: datetime, until: datetime, cost_per_minute: float | None
) -> Figures:
    """Return the figures of a group of incidents."""
    down = downtime(incidents, since, until)
    return Figures(
        incidents=len(incidents),
        acknowledge=spread(
            one.seconds_to_acknowledge for one in incidents if one.seconds_to_acknowledge is not None
        ),
        resolve=spread(one.seconds_to_resolve for one in incidents if one.seconds_to_resolve is not None),
        interruptions=sum(one.interruptions for one in incidents),
        escalations=sum(one.escalations for one in incidents),
        downtime=down,
        cost=_cost(down, cost_per_minute),
    )


def spread(times: Iterable[int]) -> Spread:
    """Return mean, median and 90th percentile, interpolated between the nearest values."""
    known = sorted(times)
    if not known:
        return Spread(None, None, None)
    if len(known) == 1:
        return Spread(known[0], known[0], known[0])
    percentiles = quantiles(known, n=10, method="inclusive")
    return Spread(sum(known) / len(known), percentiles[4], percentiles[8])


def downtime(incidents: Iterable[AnsweredIncident], since: datetime, until: datetime) -> timedelta:
    """Return how long services had open incidents of high urgency between two times."""
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for one in incidents:
        if one.urgency == "high":
            took = one.seconds_to_resolve
            end = until if took is None else min(one.created_at + timedelta(seconds=took), until)
            begin = max(one.created_at, since)
            if begin < end:
                spans.setdefault(one.service_id, []).append((begin, end))
    return sum((_union(some) for some in spans.values()), timedelta(0))


def _union(spans: list[tuple[datetime, datetime]]) -> timedelta:
    total, reached = timedelta(0), None
    for begin, end in sorted(spans):
        begin = begin if reached is None else max(begin, reached)
        if begin < end:
            total += end - begin
            reached = end
    return total


def change(before: float | None, after: float | None) -> float | None:
    """Return by which part a figure changed: -0.5 is half as much; None where that means nothing."""
    return None if before is None or after is None or not before else after / before - 1


def _grouped(
    incidents: Iterable[AnsweredIncident],
    keys: Callable[[AnsweredIncident], Iterable[str]],
    figures: Callable[[Iterable[AnsweredIncident]], Figures],
) -> dict[str, Figures]:
    """Return the figures of each group, the one with most incidents first."""
    groups: dict[str, list[AnsweredIncident]] = {}
    for one in incidents:
        for key in keys(one):
            groups.setdefault(key, []).append(one)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return {name: figures(members) for name, members in ordered}


def _weeks(since: datetime, until: datetime) -> Iterable[tuple[datetime, datetime]]:
    begin = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    begin -= timedelta(days=begin.weekday())
    while begin < until:
        yield begin, begin + timedelta(days=7)
        begin += timedelta(days=7)


def _week_name(monday: datetime) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"


def _cost(down: timedelta, cost_per_minute: float | None) -> float | None:
    return None if cost_per_minute is None else round(down.total_seconds() / 60 * cost_per_minute, 2)
