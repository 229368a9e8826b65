"""Who is on call in a schedule with shifts: as PagerDuty says, and calculated from its rotations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pdslack_cli.analysis.oncall.shifts import OnCallSpan
from pdslack_cli.analysis.routing_model import KEYS
from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.vendor_json import moment_at, reads_answers
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.shifts.event import encode_event
from pdslack_cli.kinds.pagerduty.shifts.shift_schedule import ShiftSchedule, ShiftSchedules
from pdslack_cli.model import Json
from pdslack_cli.routing.recurrence import event_shifts


@dataclass(frozen=True)
class RenderedShifts:
    """Who is on call in a period: all of them, and those who are by no rotation."""

    final: Sequence[OnCallSpan]
    single: Sequence[OnCallSpan] = ()  # of custom shifts
    has_overrides: bool = False


@reads_answers
def read_shifts(
    clients: Clients, id_: str, id_index: IdIndex, since: datetime, until: datetime
) -> RenderedShifts:
    """Read who is on call in an existing schedule; raises ApiError."""
    period = {"since": f"{since:%Y-%m-%dT%H:%M:%SZ}", "until": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
    asked: Json = {**period, "include[]": ["final_schedule"]}
    kind = ShiftSchedules()
    answer = clients.pagerduty.get(f"{kind.path}/{id_}", **asked)[kind.wrapper]
    assigned = answer["final_schedule"]["computed_shift_assignments"]
    found = [
        (_span(one, id_index), one["source"]["type"]) for one in assigned if one["member"].get("user_id")
    ]
    return RenderedShifts(
        sorted(span for span, _ in found),
        sorted(span for span, source in found if source == "custom_shift"),
        any(source.endswith("_override") for _, source in found),
    )


def _span(assigned: Json, id_index: IdIndex) -> OnCallSpan:
    # In whole minutes, as the beginning of a period: what an apply made this minute counts as there.
    start, end = (
        moment_at(assigned, name).replace(second=0, microsecond=0) for name in ("start_time", "end_time")
    )
    return OnCallSpan(start, end, id_index.ref("person", assigned["member"]["user_id"]))


def shift_spans(schedule: ShiftSchedule, since: datetime, until: datetime) -> list[OnCallSpan] | None:
    """Return who is on call in a period by the rotations; None where a recurrence is not calculated."""
    found: list[OnCallSpan] = []
    for event in (event for rotation in schedule.rotations for event in rotation.events):
        people = {str(ref.key): ref for ref in event.people if ref}
        shifts = event_shifts(encode_event(event, KEYS), since, until)
        if shifts is None:
            return None
        found += [OnCallSpan(one.start, one.end, people[one.person]) for one in shifts if one.person]
    return sorted(found)
