"""What there is beside rotations in a schedule with shifts: custom shifts and overrides (pagerduty.md 4.2).

An override replaces one person in the shifts of one rotation, or in one custom shift. A file names the person
alone: which shifts those are, the apply finds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Annotated, TypeVar

from pydantic import Field

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.clients.http.vendor_json import moment_at
from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.fields.moments import utc_text
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.schedule.periods import AHEAD, AddedPeriods, OnCallPeriod, moment_of
from pdslack_cli.kinds.pagerduty.shifts.reading import SCHEDULES_PATH, read_whole
from pdslack_cli.model import Json, Live, Ref
from pdslack_cli.routing.recurrence import event_shifts

T = TypeVar("T")
HINT_OF_OVERRIDES = "correct `from`, `to` or `instead_of` of the override"


class CustomShift(OnCallPeriod):
    """One person on call beside those of the rotations, for a while."""

    called = "the custom shift"


class ShiftOverride(OnCallPeriod):
    """One person on call in the shifts of another one, for a while."""

    instead_of: Annotated[
        Ref, RefTo("person"), Field(description="whose shifts these are, by a rotation or a custom shift")
    ]

    called = "the override"

    @property
    def people(self) -> tuple[Ref, ...]:
        return self.who, self.instead_of


class CustomShifts(AddedPeriods):
    """The custom shifts of a schedule."""

    field, schedules = "custom_shifts", SCHEDULES_PATH

    def decode_one(self, raw: Json, zone: tzinfo, id_index: IdIndex) -> CustomShift | None:
        who = raw["assignments"][0]["member"].get("user_id")
        return who and CustomShift.from_wire(**_times(raw, zone), who=id_index.ref("person", who))

    def add(self, session: Session, live: Live, periods: Sequence[CustomShift]) -> None:
        bodies = [
            {
                "type": "custom_shift",
                **_encoded_times(one),
                "assignments": [{"type": "shift_assignment", "member": _member(one.who, session.id_index)}],
            }
            for one in periods
        ]
        session.clients.pagerduty.create(self.path(live), {self.field: bodies})


class ShiftOverrides(AddedPeriods):
    """The overrides of a schedule with shifts."""

    field, schedules = "overrides", SCHEDULES_PATH

    def decode_one(self, raw: Json, zone: tzinfo, id_index: IdIndex) -> ShiftOverride | None:
        who, instead = (raw[name].get("user_id") for name in ("overriding_member", "overridden_member"))
        if not (who and instead):  # a turn that has nobody, which no file says
            return None
        refs = {"who": id_index.ref("person", who), "instead_of": id_index.ref("person", instead)}
        return ShiftOverride.from_wire(**_times(raw, zone), **refs)

    def add(self, session: Session, live: Live, periods: Sequence[ShiftOverride]) -> None:
        now = session.clients.pagerduty.now

        def read() -> tuple[Json, Sequence[Json]]:
            shifts = CustomShifts().read_between(session.clients, live, now, now + AHEAD)
            return read_whole(session.clients, live.id), shifts

        def sources_in(found: tuple[Json, Sequence[Json]]) -> list[list[Json]]:
            return [list(_sources(session, *found, one)) for one in periods]

        found = _shown(session, live, read, lambda found: all(sources_in(found)))
        bodies = []
        for one, sources in zip(periods, sources_in(found), strict=True):
            who, instead = (_member(ref, session.id_index) for ref in one.people)
            if not sources:
                raise ApiError(
                    f"{one.instead_of} has no shift from {utc_text(one.from_)} to {utc_text(one.to)}",
                    provider="pagerduty",
                    hint=HINT_OF_OVERRIDES,
                )
            for source in sources:
                members = {"overridden_member": instead, "overriding_member": who}
                bodies.append({"type": "override_shift", **source, **_encoded_times(one), **members})
        session.clients.pagerduty.create(self.path(live), {self.field: bodies})


def _shown(session: Session, live: Live, read: Callable[[], T], is_enough: Callable[[T], bool]) -> T:
    """Return what `read` finds in a schedule once it shows what this run has made there."""
    return session.clients.just_made.shown(f"{SCHEDULES_PATH}/{live.id}/", read, is_enough)


def overrides_of(session: Session, live: Live, rotations: Collection[str]) -> list[Json]:
    """Read the overrides of these rotations that are not over, whoever made them."""
    now = session.clients.pagerduty.now
    found = ShiftOverrides().read_between(session.clients, live, now, now + AHEAD)
    return [one for one in found if one.get("rotation_id") in rotations]


def move_overrides(session: Session, live: Live, overrides: Collection[Json], gone: Sequence[Json]) -> None:
    """Make overrides of rotations that go once more, each for the rotation that takes the place of its own.

    PagerDuty ties an override to a rotation, and people made it for a person: where that person has no shift
    any more in that time, it ends.
    """
    names = {raw["id"]: _event_names(raw) for raw in gone}
    whole = _shown(session, live, lambda: read_whole(session.clients, live.id), lambda _: True)
    left = [one for one in whole["rotations"] if one["id"] not in names]
    wanted = []
    for override in overrides:
        person = override["overridden_member"].get("user_id")
        span = (datetime.fromisoformat(override[name]) for name in ("start_time", "end_time"))
        heirs = _with_shifts(left, person, *span)
        if heirs:
            of = names[override["rotation_id"]]
            heir = max(heirs, key=lambda one: len(of & _event_names(one)))
            wanted.append({**{name: override[name] for name in _WRITTEN}, "rotation_id": heir["id"]})

    def missing() -> list[Json]:
        there = overrides_of(session, live, {one["rotation_id"] for one in wanted})
        known = [{name: one[name] for name in (*_WRITTEN, "rotation_id")} for one in there]
        return [one for one in wanted if one not in known]

    new = missing() if wanted else []
    if new:
        path = ShiftOverrides().path(live)
        create_once(
            lambda: session.clients.pagerduty.create(path, {"overrides": new}),
            lambda: None if missing() else {},
            unique=False,
            clock=session.clients.clock,
        )


_WRITTEN = ("type", "start_time", "end_time", "overridden_member", "overriding_member")


def _event_names(rotation: Json) -> set[str]:
    return {event["name"] for event in rotation.get("events") or ()}


def _sources(
    session: Session, schedule: Json, shifts: Iterable[Json], override: ShiftOverride
) -> Iterator[Json]:
    """Yield where the person has shifts in that time."""
    person = session.id_index.id(override.instead_of)
    since, until = (moment.astimezone(UTC) for moment in (override.from_, override.to))
    for rotation in _with_shifts(schedule["rotations"], person, since, until):
        yield {"rotation_id": rotation["id"]}
    for shift in shifts:
        begins, ends = (moment_at(shift, name) for name in ("start_time", "end_time"))
        is_theirs = shift["assignments"][0]["member"].get("user_id") == person
        if is_theirs and begins < until and ends > since:
            yield {"custom_shift_id": shift["id"]}


def _with_shifts(rotations: Iterable[Json], person: str, since: datetime, until: datetime) -> list[Json]:
    """Return the rotations in which a person has shifts; by their people, where they are not calculated."""
    found = []
    for rotation in rotations:
        events = [event for event in rotation["events"] if _names(event, person)]
        shifts = [event_shifts(event, since, until) for event in events]
        if any(some is None or any(one.person == person for one in some) for some in shifts):
            found.append(rotation)
    return found


def _names(event: Json, person: str) -> bool:
    return any(one.get("user_id") == person for one in event["assignment_strategy"]["members"])


def _member(person: Ref, id_index: IdIndex) -> Json:
    return {"type": "user_member", "user_id": id_index.id(person)}


def _times(raw: Json, zone: tzinfo) -> Json:
    return {"from_": moment_of(raw, "start_time", zone), "to": moment_of(raw, "end_time", zone)}


def _encoded_times(period: OnCallPeriod) -> Json:
    return {"start_time": utc_text(period.from_), "end_time": utc_text(period.to)}
