"""Schedules as they come out in a span: each layer, overrides, and both together (pagerduty.md 4.1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.routing.simulate.oncall import SimulatedSchedule
from pdslack_cli.routing.simulate.shifts import shifts
from pdslack_cli.routing.zones import schedule_zone
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.families.people.on_call import as_simulated
from pdslack_cli.sandbox.pagerduty.refusals import bad_arguments

USUAL_SPAN = timedelta(weeks=2)
OVERFLOW = timedelta(days=35)
"""How far beyond the span `overflow` looks for the ends of a shift."""

Span = tuple[datetime, datetime]


def rendered(api: Api, schedule: Json) -> Json:
    """Layers newest first, in the schedule's zone; entries only for a span that the request names."""
    zone = api.zone() or schedule_zone(schedule["time_zone"]) or UTC
    span = asked_span(api)
    whole = as_simulated(api, schedule)
    own = len(schedule["schedule_layers"])
    layers, overrides = (whole.layers or ())[:own], (whole.layers or ())[own:]
    return {
        "schedule_layers": [
            {**shown_layer(layer, zone), **entries(api, replace(whole, layers=(simulated,)), span, zone)}
            for layer, simulated in reversed(list(zip(schedule["schedule_layers"], layers, strict=True)))
        ],
        "overrides_subschedule": {
            "name": "Overrides",
            **entries(api, replace(whole, layers=overrides), span, zone),
        },
        "final_schedule": {"name": "Final Schedule", **entries(api, whole, span, zone)},
    }


def asked_span(api: Api) -> Span | None:
    """The span of the request; one end alone makes two weeks. Raises Refused for one that ends too early."""
    since, until = api.instant("since"), api.instant("until")
    if since is None and until is None:
        return None
    since = since or (until or api.clock.now()) - USUAL_SPAN
    until = until or since + USUAL_SPAN
    if until <= since:
        raise bad_arguments("until must be after since")
    return since, until


def entries(api: Api, schedule: SimulatedSchedule, span: Span | None, zone: tzinfo) -> Json:
    """Who is on call in a span, and how much of it is covered."""
    if span is None:
        return {"rendered_schedule_entries": [], "rendered_coverage_percentage": 0.0}
    since, until = span
    beyond = OVERFLOW if api.arguments.get("overflow") == "true" else timedelta()
    found = [
        shift
        for shift in shifts(schedule, since - beyond, until + beyond)
        if shift.person and shift.start < until and shift.end > since
    ]
    inside = ((min(shift.end, until) - max(shift.start, since)).total_seconds() for shift in found)
    covered = sum(inside, 0.0)
    listed: list[Any] = [
        {
            "start": shift.start.astimezone(zone).isoformat(),
            "end": shift.end.astimezone(zone).isoformat(),
            "user": {"id": shift.person, "type": "user_reference"},
        }
        for shift in found
    ]
    percentage = round(100 * covered / (until - since).total_seconds(), 1)
    return {"rendered_schedule_entries": listed, "rendered_coverage_percentage": percentage}


def shown_layer(layer: Json, zone: tzinfo) -> Json:
    """One layer, its times with the zone's offset."""
    times = {name: layer[name] for name in ("start", "end", "rotation_virtual_start")}
    return {
        **layer,
        **{
            name: time and datetime.fromisoformat(time).astimezone(zone).isoformat()
            for name, time in times.items()
        },
    }
