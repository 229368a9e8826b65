"""When support hours begin, which raises the urgency of open incidents (pagerduty.md 5.1)."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from pdslack_cli.model import Json
from pdslack_cli.routing.zones import schedule_zone

WEEK_AND_DAY = 8


def seconds_to_support_hours(service: Json, now: datetime) -> float:
    """The seconds until the support hours of a service begin next."""
    hours = service["support_hours"]
    zone: ZoneInfo | timezone = schedule_zone(hours["time_zone"]) or timezone.utc  # noqa: UP017 - one name for both
    start = time.fromisoformat(hours["start_time"])
    today = now.astimezone(zone).date()
    for day in (today + timedelta(days=number) for number in range(WEEK_AND_DAY)):
        begin = datetime.combine(day, start, zone)
        if day.isoweekday() in hours["days_of_week"] and begin > now:
            return (begin - now).total_seconds()
    raise ValueError("support hours have no days")  # pragma: no cover - the API refuses an empty list
