"""When nobody is on call in an escalation policy, as far as the files show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from pdslack_cli.analysis.oncall.shifts import on_call_spans, override_spans
from pdslack_cli.analysis.oncall.timeline import Stretch, gaps, timeline
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.pagerduty.escalation_policy import EscalationPolicy
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedule
from pdslack_cli.model import Ref
from pdslack_cli.routing.zones import schedule_zone

AHEAD = timedelta(days=14)  # a week more than a week shows a hole whole that the first one cuts
_WEEK = timedelta(days=7)


class CoverageGap(NamedTuple):
    """Gaps that come back each week, or those of the coming 14 days, in the zone of a schedule."""

    weekly: bool
    hours: float  # a week, or in all
    first: Stretch
    longest: Stretch
    time_zone: str

    def __str__(self) -> str:
        shown = _weekly if self.weekly else _dated
        longest = f", the longest {shown(self.longest)}" if self.longest != self.first else ""
        period = "a week" if self.weekly else "in the coming 14 days"
        return f"{self.hours:g} hours {period}, first {shown(self.first)}{longest}, {self.time_zone}"


def _weekly(span: Stretch) -> str:
    return f"from {span.start:%a %H:%M} to {span.end:%a %H:%M}"


def _dated(span: Stretch) -> str:
    return f"from {span.start:%a %Y-%m-%d %H:%M} to {span.end:%a %Y-%m-%d %H:%M}"


def coverage_gap(
    policy: EscalationPolicy, specs: Mapping[Ref, Resource], now: datetime
) -> CoverageGap | None:
    """The gaps of a policy that come back each week, or else those of the coming 14 days; None without any.

    It takes levels that notify schedules alone, all of them with layers that the file says.
    """
    used = [specs.get(ref) for level in policy.levels for ref in level.notify]
    known = [schedule for schedule in used if isinstance(schedule, Schedule) and schedule.has_known_layers]
    if not known or len(known) < len(used):
        return None
    layers = [layer for schedule in known for layer in schedule.layers]
    lasting = [layer.start.astimezone(UTC) for layer in layers if layer.end is None]
    if lasting and (found := _gaps(known, max(lasting), weekly=True)):
        return found
    return _gaps(known, now, weekly=False)


def _gaps(known: Sequence[Schedule], since: datetime, *, weekly: bool) -> CoverageGap | None:
    """The gaps from an instant on."""
    until = since + AHEAD
    spans = [on_call_spans(one, since, until, () if weekly else override_spans(one)) for one in known]
    found = gaps(timeline(spans, since, until))
    if not found:
        return None
    whole = [gap for gap in found if since < gap.start and gap.end < until] or found
    counted_to = since + _WEEK if weekly else until
    hours = sum((max(min(gap.end, counted_to) - gap.start, timedelta()) for gap in found), timedelta())
    zone = schedule_zone(known[0].time_zone) or UTC
    return CoverageGap(
        weekly,
        round(hours / timedelta(hours=1), 1),
        _in_zone((whole if weekly else found)[0], zone),
        _in_zone(max(whole if weekly else found, key=lambda gap: gap.end - gap.start), zone),
        known[0].time_zone,
    )


def _in_zone(span: Stretch, zone: tzinfo) -> Stretch:
    return span._replace(start=span.start.astimezone(zone), end=span.end.astimezone(zone))
