"""The urgency of incidents (orchestration.md 4.6, pagerduty.md 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from pdslack_cli.model import Json
from pdslack_cli.routing.pcl.schedule import WEEKDAYS, Weekly
from pdslack_cli.routing.zones import RAILS

_LOW_SEVERITIES = frozenset({"warning", "info"})


@dataclass(frozen=True)
class SimulatedHours:
    """A rule for the support hours and one for the rest of the week: high, low or severity_based."""

    window: Weekly
    during: str
    outside: str


@dataclass(frozen=True)
class UrgencyRule:
    """`constant` is high, low or severity_based; support hours, if any, take precedence."""

    constant: str = "high"
    support_hours: SimulatedHours | None = None

    def urgency(self, severity: object, at: datetime) -> str:
        """Return high or low for an event of that severity. An unknown severity is high."""
        rule = self.constant
        if self.support_hours:
            inside = self.support_hours.window.contains(at)
            rule = self.support_hours.during if inside else self.support_hours.outside
        if rule == "severity_based":
            return "low" if isinstance(severity, str) and severity in _LOW_SEVERITIES else "high"
        return rule


def read_urgency(service: Json) -> UrgencyRule:
    """Read the urgency rule of a service from PagerDuty's JSON."""
    rule = service.get("incident_urgency_rule") or {}
    hours = service.get("support_hours")
    if rule.get("type") != "use_support_hours" or not hours:
        return UrgencyRule(rule.get("urgency") or "high")
    window = Weekly(
        days=tuple(WEEKDAYS[day - 1] for day in hours["days_of_week"]),
        since=time.fromisoformat(hours["start_time"]),
        to=time.fromisoformat(hours["end_time"]),
        zone=RAILS.get(hours["time_zone"], hours["time_zone"]),
    )
    during, outside = (rule.get(f"{part}_support_hours") or {} for part in ("during", "outside"))
    return UrgencyRule(
        support_hours=SimulatedHours(
            window, during.get("urgency") or "high", outside.get("urgency") or "high"
        )
    )
