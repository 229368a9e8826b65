"""Who is on call in a schedule with shifts: as PagerDuty says, and calculated from its rotations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from pdslack_cli.analysis.oncall.shifts import OnCallSpan, without
from pdslack_cli.analysis.routing_model import KEYS
from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.vendor_json import moment_at, reads_answers
from pdslack_cli.kinds.fields.moments import utc_text
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.schedule.periods import OnCallPeriod
from pdslack_cli.kinds.pagerduty.shifts.event import encode_event
from pdslack_cli.kinds.pagerduty.shifts.exceptions import CustomShifts, ShiftOverrides
from pdslack_cli.kinds.pagerduty.shifts.shift_schedule import ShiftSchedule, ShiftSchedules
from pdslack_cli.model import Json, Live, Ref
from pdslack_cli.routing.recurrence import event_shifts


class ShiftReplacement(NamedTuple):
    """One person on call in the shifts of another one, for a while; without a person, nobody is."""

    start: datetime
    end: datetime
    instead_of: Ref
    person: Ref | None


@dataclass(frozen=True)
class RenderedShifts:
    """Who is on call in a period: all of them, those who are by no rotation, and who is in whose place."""

    final: Sequence[OnCallSpan]
    single: Sequence[OnCallSpan] = ()  # of custom shifts, as if none were overridden
    overrides: Sequence[ShiftReplacement] = ()


@reads_answers
def read_shifts(
    clients: Clients, live: Live, id_index: IdIndex, since: datetime, until: datetime
) -> RenderedShifts:
    """Read who is on call in an existing schedule; raises ApiError."""
    period = {"since": utc_text(since), "until": utc_text(until)}
    asked: Json = {**period, "include[]": ["final_schedule"]}
    kind = ShiftSchedules()
    answer = clients.pagerduty.get(f"{kind.path}/{live.id}", **asked)[kind.wrapper]
    assigned = answer["final_schedule"]["computed_shift_assignments"]
    found = [
        (_span(one, id_index), one["source"]["type"]) for one in assigned if one["member"].get("user_id")
    ]
    final = sorted(span for span, _ in found)
    if not any(source.endswith("_override") for _, source in found):
        return RenderedShifts(final, sorted(span for span, source in found if source == "custom_shift"))
    # The final schedule says who is on call by an override, and not whose shifts those are.
    overrides, single = (
        part.read_between(clients, live, since, until) for part in (ShiftOverrides(), CustomShifts())
    )
    return RenderedShifts(
        final,
        sorted(_span({**one, **one["assignments"][0]}, id_index) for one in single if _person(one)),
        [_replacement(one, id_index) for one in overrides if one["overridden_member"].get("user_id")],
    )


def _person(custom_shift: Json) -> str:
    return str(custom_shift["assignments"][0]["member"].get("user_id") or "")


def _replacement(override: Json, id_index: IdIndex) -> ShiftReplacement:
    start, end, instead_of = _span({**override, "member": override["overridden_member"]}, id_index)
    person = override["overriding_member"].get("user_id")
    return ShiftReplacement(start, end, instead_of, id_index.ref("person", person) if person else None)


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


def custom_spans(schedule: ShiftSchedule) -> list[OnCallSpan]:
    """Return the custom shifts of a file."""
    return [OnCallSpan(*_ends(one), one.who) for one in schedule.custom_shifts]


def replacements(schedule: ShiftSchedule) -> list[ShiftReplacement]:
    """Return the overrides of a file."""
    return [ShiftReplacement(*_ends(one), one.instead_of, one.who) for one in schedule.overrides]


def _ends(period: OnCallPeriod) -> tuple[datetime, datetime]:
    return period.from_.astimezone(UTC), period.to.astimezone(UTC)


def replaced(spans: Sequence[OnCallSpan], overrides: Iterable[ShiftReplacement]) -> list[OnCallSpan]:
    """Return the spans with overrides put over the shifts of those whom they name, in all rotations."""
    left = list(spans)
    for start, end, instead_of, person in overrides:
        replaced_shifts = [
            span for span in left if span.person == instead_of and span.start < end and span.end > start
        ]
        left = [span for span in left if span not in replaced_shifts]
        for span in replaced_shifts:
            left += without(span, start, end)
            if person:
                left.append(OnCallSpan(max(start, span.start), min(end, span.end), person))
    return sorted(left)
