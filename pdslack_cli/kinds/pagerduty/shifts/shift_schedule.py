"""Schedules with shifts (v3): rotations of recurring events (pagerduty.md 4.2).

Their list has names alone, so each costs a call of its own; a file without them pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, ValidationInfo, field_validator

from pdslack_cli.errors import NotFoundError
from pdslack_cli.kinds.base.kind import Need
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import Description
from pdslack_cli.kinds.fields.zones import TimeZone
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.kinds.pagerduty.shifts.event import (
    MOST_ROTATIONS,
    ShiftRotation,
    in_order,
    rotations_after,
)
from pdslack_cli.kinds.pagerduty.shifts.rotations import ShiftRotations
from pdslack_cli.kinds.pagerduty.team import OwnerTeams
from pdslack_cli.model import Json, Live

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

    @field_validator("rotations")
    @classmethod
    def _in_time_zone(
        cls, rotations: tuple[ShiftRotation, ...], info: ValidationInfo
    ) -> tuple[ShiftRotation, ...]:
        zone = info.data.get("time_zone")
        return in_order(one.in_zone(zone) for one in rotations) if zone else rotations

    def as_written(self, now: datetime) -> Self:
        if "rotations" not in self.model_fields_set:
            return self
        written = tuple(rotation.as_written(self.time_zone, now) for rotation in self.rotations)
        return self.model_copy(update={"rotations": written})

    def merged_onto(self, live: Self, now: datetime) -> Self:
        after = super().merged_onto(live, now)
        if "rotations" not in self.model_fields_set:
            return after
        return after.model_copy(update={"rotations": rotations_after(self.rotations, live.rotations, now)})


class ShiftSchedules(PagerDutyKind[ShiftSchedule]):
    name, section, spec = "shift_schedule", "shift_schedules", ShiftSchedule
    path, wrapper, plural = "/v3/schedules", "schedule", "schedules"
    required = frozenset()
    perhaps_unique_names = True
    mark_limit = 1024
    parts = (ShiftRotations(),)
    sought_with = frozenset({"shift_schedule"})

    def listed(self, clients: Clients) -> Iterable[Json]:
        """Return each as a whole."""
        ids = [raw["id"] for raw in clients.pagerduty.list(self.path, self.plural)]
        with ThreadPoolExecutor(READERS, thread_name_prefix="read") as pool:
            return [raw for raw in pool.map(lambda id_: self._whole(clients, id_), ids) if raw]

    def _whole(self, clients: Clients, id_: str) -> Json:
        """Return the schedule with the events of its rotations, which lists may omit; {} if it is gone."""
        path = f"{self.path}/{id_}"
        try:
            raw: Json = clients.pagerduty.get(path)[self.wrapper]
        except NotFoundError:
            return {}
        rotations = [
            one if "events" in one else clients.pagerduty.get(f"{path}/rotations/{one['id']}")["rotation"]
            for one in raw.get("rotations") or ()
        ]
        return {**raw, "rotations": rotations}

    def decode(self, live: Live, id_index: IdIndex) -> ShiftSchedule:
        teams = [
            id_index.ref("team", team["id"], team.get("summary")) for team in live.raw.get("teams") or ()
        ]
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

    def needs(self, live: Live) -> Iterable[Need]:
        yield from (Need("team", team["id"]) for team in live.raw.get("teams") or ())
