"""Schedules with shifts (v3): rotations of recurring events (pagerduty.md 4.2).

Their list has names alone, so each costs a call of its own; a file without them pays nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from pdslack_cli.clients.http.readers import readers
from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.kind import Need
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.moments import utc_text
from pdslack_cli.kinds.fields.scalars import Description, problem
from pdslack_cli.kinds.fields.zones import TimeZone
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.kinds.pagerduty.schedule.periods import periods_after, periods_in_zone
from pdslack_cli.kinds.pagerduty.shifts.event import (
    MOST_ROTATIONS,
    ShiftRotation,
    in_order,
    rotations_after,
)
from pdslack_cli.kinds.pagerduty.shifts.exceptions import (
    HINT_OF_OVERRIDES,
    CustomShift,
    CustomShifts,
    ShiftOverride,
    ShiftOverrides,
)
from pdslack_cli.kinds.pagerduty.shifts.reading import SCHEDULES_PATH, read_listed
from pdslack_cli.kinds.pagerduty.shifts.rotations import ShiftRotations
from pdslack_cli.kinds.pagerduty.team import OwnerTeams
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

READERS = 10


class ShiftSchedule(Resource):
    """Who is on call when, by shifts that recur: PagerDuty's newer schedules."""

    time_zone: Annotated[TimeZone, Field(description="of every time in the rotations")]
    description: Description = ""
    teams: OwnerTeams = ()
    rotations: Annotated[
        tuple[ShiftRotation, ...],
        Field(
            max_length=MOST_ROTATIONS,
            description="who is on call: all those of all rotations at the same time",
        ),
    ]
    custom_shifts: Annotated[
        tuple[CustomShift, ...],
        Field(description="who is on call as well, for a while; added only, and past ones are left alone"),
    ] = ()
    overrides: Annotated[
        tuple[ShiftOverride, ...],
        Field(description="who is on call instead, for a while; added only, and past ones are left alone"),
    ] = ()

    @field_validator("rotations")
    @classmethod
    def _in_time_zone(
        cls, rotations: tuple[ShiftRotation, ...], info: ValidationInfo
    ) -> tuple[ShiftRotation, ...]:
        zone = info.data.get("time_zone")
        return in_order(one.in_zone(zone) for one in rotations) if zone else rotations

    @field_validator("custom_shifts")
    @classmethod
    def _custom_shifts_in_time_zone(
        cls, shifts: tuple[CustomShift, ...], info: ValidationInfo
    ) -> tuple[CustomShift, ...]:
        return periods_in_zone(shifts, info.data.get("time_zone", ""))

    @field_validator("overrides")
    @classmethod
    def _overrides_in_time_zone(
        cls, overrides: tuple[ShiftOverride, ...], info: ValidationInfo
    ) -> tuple[ShiftOverride, ...]:
        return periods_in_zone(overrides, info.data.get("time_zone", ""))

    @model_validator(mode="after")
    def _somebody_is_overridden(self) -> Self:
        events = (event for rotation in self.rotations for event in rotation.events)
        people = {
            *(ref for event in events for ref in event.people),
            *(one.who for one in self.custom_shifts),
        }
        for number, override in enumerate(self.overrides):
            if override.instead_of not in people:
                raise problem(
                    f"{override.instead_of.key!r} has no shift in this schedule",
                    "name somebody of `rotations` or `custom_shifts`",
                    ("overrides", number, "instead_of"),
                )
        return self

    def overriding_nothing(self, there: Collection[ShiftOverride]) -> Iterator[str]:
        """Yield what is wrong with new overrides at times without a shift of the person."""
        events = [event for rotation in self.rotations for event in rotation.events]
        for one in self.overrides:
            since, until, person = one.from_.astimezone(UTC), one.to.astimezone(UTC), one.instead_of
            single = (shift for shift in self.custom_shifts if shift.who == person)
            has_shift = any(shift.from_ < until and shift.to > since for shift in single)
            if (
                one not in there
                and not has_shift
                and not any(e.may_have(person, since, until) for e in events)
            ):
                yield f"{person} has no shift from {utc_text(since)} to {utc_text(until)}"

    def as_written(self, now: datetime) -> Self:
        if "rotations" not in self.model_fields_set:
            return self
        written = tuple(rotation.as_written(self.time_zone, now) for rotation in self.rotations)
        return self.model_copy(update={"rotations": written})

    def merged_onto(self, live: Self, now: datetime) -> Self:
        merged: dict[str, Any] = {}
        if "rotations" in self.model_fields_set:
            merged["rotations"] = rotations_after(self.rotations, live.rotations, now)
        if "custom_shifts" in self.model_fields_set:
            merged["custom_shifts"] = periods_after(self.custom_shifts, live.custom_shifts, now)
        if "overrides" in self.model_fields_set:
            merged["overrides"] = periods_after(self.overrides, live.overrides, now)
        after = super().merged_onto(live, now)
        return after.model_copy(update=merged) if merged else after


class ShiftSchedules(PagerDutyKind[ShiftSchedule]):
    name, section, spec = "shift_schedule", "shift_schedules", ShiftSchedule
    path, wrapper, plural = SCHEDULES_PATH, "schedule", "schedules"
    required = frozenset()
    perhaps_unique_names = True
    mark_limit = 1024
    parts = (ShiftRotations(), CustomShifts(), ShiftOverrides())  # overrides are of the shifts of the others
    sought_with = frozenset({"shift_schedule"})

    def read(self, clients: Clients, wanted: Collection[ShiftSchedule]) -> Iterable[Live]:
        named = {spec.id or spec.name for spec in wanted}
        for raw, found in self._pairs(clients):
            # One that the file means is asked for twice before it counts as gone: another one would be made.
            is_named = {raw.get("name"), raw.get("summary"), raw["id"]} & named
            if whole := found or (read_listed(clients, raw["id"]) if is_named else {}):
                yield self.live(whole)

    def listed(self, clients: Clients) -> Iterable[Json]:
        """Return each as a whole."""
        return [whole for _, whole in self._pairs(clients) if whole]

    def _pairs(self, clients: Clients, known: Collection[str] = ()) -> list[tuple[Json, Json]]:
        """Return each that is not known as it is listed, and as a whole."""
        listed = clients.pagerduty.list(self.path, self.plural)
        raws = [raw for raw in listed if raw["id"] not in known]
        with readers(READERS) as pool:
            wholes = pool.map(lambda raw: read_listed(clients, text_at(raw, "id")), raws)
            return list(zip(raws, wholes, strict=True))

    def read_others(self, clients: Clients, known: Collection[str]) -> Iterable[Live]:
        return [self.live(whole) for _, whole in self._pairs(clients, known) if whole]

    def read_all(self, clients: Clients) -> Iterable[Live]:
        return [self.live(raw) for raw in self.listed(clients)]

    def decode(self, live: Live, id_index: IdIndex) -> ShiftSchedule:
        teams = [id_index.ref_of("team", team) for team in live.raw.get("teams") or ()]
        return ShiftSchedule.from_wire(
            name=live.name,
            time_zone=live.raw["time_zone"],
            description=live.raw["description"].strip(),
            teams=tuple(sorted(teams)),
            **self.decoded_parts(live, id_index),
        )

    def encode(self, spec: ShiftSchedule, id_index: IdIndex, live: Live | None) -> Json:
        body = spec.model_dump(include={"name", "description", "time_zone"}, exclude_unset=True)
        if "teams" in spec.model_fields_set:
            body["teams"] = [reference(id_, "team") for id_ in id_index.ids(spec.teams)]
        return body

    def doubts(
        self, spec: ShiftSchedule, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterable[Doubt]:
        for number, rotation in enumerate(spec.rotations):
            for place, event in enumerate(rotation.events):
                if not event.is_calculated:
                    yield Doubt(
                        ("rotations", number, "events", place, "recurrence"),
                        f"{event.recurrence[0]!r} is not calculated, and PagerDuty may refuse it",
                        "write it as RFC 5545 does, such as FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
                    )

    def unfit(
        self, before: ShiftSchedule | None, after: ShiftSchedule, found: Mapping[Ref, Live]
    ) -> Iterator[Doubt]:
        if _knows_all_shifts(before, after):
            for message in after.overriding_nothing(before.overrides if before else ()):
                yield Doubt(("overrides",), message, HINT_OF_OVERRIDES, at_key=True)

    def warnings(
        self, before: ShiftSchedule | None, after: ShiftSchedule, fields: Collection[str], now: datetime
    ) -> Iterable[str]:
        if before and {"time_zone", "rotations"} <= set(fields):
            zones = f"{before.time_zone} → {after.time_zone}"
            yield f"the time zone changes, and with it when shifts begin: {zones}"
        if before and "overrides" in fields and not _knows_all_shifts(before, after):
            for message in after.overriding_nothing(before.overrides):
                yield f"{message}, unless by a custom shift that the file does not name: {HINT_OF_OVERRIDES}"
        yield from super().warnings(before, after, fields, now)

    def needs(self, live: Live) -> Iterable[Need]:
        yield from (Need("team", team["id"]) for team in live.raw.get("teams") or ())


def _knows_all_shifts(before: ShiftSchedule | None, after: ShiftSchedule) -> bool:
    """Whether there are no custom shifts but those that the plan has read."""
    return before is None or "custom_shifts" in after.model_fields_set
