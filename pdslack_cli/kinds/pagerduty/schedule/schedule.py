"""Schedules: who is on call when (pagerduty.md 4.1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator

from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.kind import Need
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.durations import Duration
from pdslack_cli.kinds.fields.scalars import Description
from pdslack_cli.kinds.fields.zones import TimeZone, zone_doubts
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.kinds.pagerduty.schedule.layer import (
    Layer,
    WallClock,
    clock_in_zone,
    paired,
)
from pdslack_cli.kinds.pagerduty.schedule.layer_warnings import rotation_warnings
from pdslack_cli.kinds.pagerduty.schedule.overrides import V3, ScheduleOverride, ScheduleOverrides
from pdslack_cli.kinds.pagerduty.schedule.periods import periods_after, periods_in_zone
from pdslack_cli.kinds.pagerduty.schedule.restrictions import decode_restriction, restrictions, windows
from pdslack_cli.kinds.pagerduty.schedule.waiting import layers_with_waiting
from pdslack_cli.kinds.pagerduty.team import OwnerTeams
from pdslack_cli.model import Json, Live, Ref
from pdslack_cli.routing.zones import schedule_zone

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


_TIMES = ("start", "end", "rotation_virtual_start")


class Schedule(Resource):
    """Who is on call when."""

    ABOUT: ClassVar[frozenset[str]] = Resource.ABOUT | {"effective_from"}

    time_zone: Annotated[TimeZone, Field(description="of every time in the layers")]
    description: Description = ""
    teams: OwnerTeams = ()
    effective_from: Annotated[
        WallClock | None,
        Field(
            description="when `layers` take effect, in `time_zone`: until then those in PagerDuty go on; at "
            "once, if it is over or the schedule is new"
        ),
    ] = None
    layers: Annotated[
        tuple[Layer, ...], Field(description="the rotations; where several overlap, the last one wins")
    ]
    overrides: Annotated[
        tuple[ScheduleOverride, ...],
        Field(description="who is on call instead, for a while; added only, and past ones are left alone"),
    ] = ()

    @field_validator("effective_from")
    @classmethod
    def _moment_in_time_zone(cls, moment: datetime | None, info: ValidationInfo) -> datetime | None:
        zone = schedule_zone(info.data.get("time_zone", ""))
        return clock_in_zone(moment, zone) if moment and zone else moment

    @field_validator("layers")
    @classmethod
    def _in_time_zone(cls, layers: tuple[Layer, ...], info: ValidationInfo) -> tuple[Layer, ...]:
        zone = schedule_zone(info.data.get("time_zone", ""))
        return tuple(layer.in_zone(zone) for layer in layers) if zone else layers

    @field_validator("overrides")
    @classmethod
    def _overrides_in_time_zone(
        cls, overrides: tuple[ScheduleOverride, ...], info: ValidationInfo
    ) -> tuple[ScheduleOverride, ...]:
        return periods_in_zone(overrides, info.data.get("time_zone", ""))

    @property
    def is_known(self) -> bool:
        """Whether its layers were read: a schedule with shifts has a name alone."""
        return bool(self.time_zone)

    @property
    def has_known_layers(self) -> bool:
        """Whether the file says who is on call, now and later."""
        return "layers" in self.without_create_only.model_fields_set and not self.lookup

    def waits_until(self, now: datetime) -> datetime | None:
        """When its layers take effect, if that is later."""
        return self.effective_from if self.effective_from and self.effective_from > now else None

    def as_written(self, now: datetime) -> Self:
        if "layers" not in self.model_fields_set:
            return self
        return self.model_copy(update={"layers": tuple(layer.as_written(now) for layer in self.layers)})

    def merged_onto(self, live: Self, now: datetime) -> Self:
        merged: dict[str, Any] = {}
        if "layers" in self.model_fields_set:
            moment = self.waits_until(now)
            merged["layers"] = layers_with_waiting(self.layers, live.layers, moment, now)
        if "overrides" in self.model_fields_set:
            merged["overrides"] = periods_after(self.overrides, live.overrides, now)
        after = super().merged_onto(live, now)
        return after.model_copy(update=merged) if merged else after


class Schedules(PagerDutyKind[Schedule]):
    """Schedules with layers. Those with shifts (pagerduty.md 4.2) can be looked up here too."""

    name, section, spec = "schedule", "schedules", Schedule
    path, wrapper, plural, type_name = "/schedules", "schedule", "schedules", "schedule"
    params: ClassVar[Mapping[str, Any]] = {"include[]": ["schedule_layers"]}
    required = frozenset({"name", "time_zone"})
    perhaps_unique_names = True
    borrows_from = "shift_schedule"
    own_children = frozenset({"layers"})
    parts = (ScheduleOverrides(),)
    server_made = frozenset({"restrictions"})  # there are many spellings of the same hours

    def read(self, clients: Clients, wanted: Collection[Schedule]) -> Iterable[Live]:
        """Read the schedules with layers, and those with shifts if an entry is not among them."""
        found = list(super().read(clients, wanted))
        known = {text for live in found for text in (live.id, live.name)}
        if all((spec.id or spec.name) in known for spec in wanted):
            return found
        return [*found, *self._with_shifts(clients)]

    def _with_shifts(self, clients: Clients) -> Iterable[Live]:
        """Read the schedules with shifts: their list has references, and not every account has it."""
        try:
            listed = clients.pagerduty.list("/v3/schedules", self.plural)
        except ApiError as error:
            if not error.unavailable:
                raise
            return []
        return [self.live({**raw, "name": raw["summary"], "description": "", "type": V3}) for raw in listed]

    def obstacles(
        self, spec: Schedule, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        if live.raw.get("type") == V3:
            yield (
                "it is a schedule with shifts (v3): move the entry to `shift_schedules`, write "
                "`lookup: true` to refer to it, or give the entry another name"
            )
        if "time_zone" in fields and (moment := spec.waits_until(live.read_at)):
            yield (
                f"its time zone would change at once, not at {moment:%Y-%m-%d %H:%M}, for PagerDuty has one "
                "for all layers: change it in an apply without `effective_from`"
            )
        yield from super().obstacles(spec, live, fields, id_index, adopt=adopt)

    def decode(self, live: Live, id_index: IdIndex) -> Schedule:
        if live.raw.get("type") == V3:  # a list of these has names alone
            return Schedule.from_wire(name=live.name, time_zone="", layers=())
        now = live.read_at
        layers = [layer for _, layer in _live_layers(live, id_index)]
        teams = [id_index.ref_of("team", team) for team in live.raw.get("teams") or []]
        return Schedule.from_wire(
            name=live.name,
            time_zone=live.raw["time_zone"],
            description=live.raw["description"].strip(),
            teams=tuple(sorted(teams)),
            layers=tuple(layer for layer in layers if not layer.has_ended(now)),
            **self.decoded_parts(live, id_index),
        )

    def encode(self, spec: Schedule, id_index: IdIndex, live: Live | None) -> Json:
        body = spec.model_dump(include={"name", "description", "time_zone"}, exclude_unset=True)
        if "teams" in spec.model_fields_set:
            body["teams"] = [reference(id_, "team") for id_ in id_index.ids(spec.teams)]
        if "layers" in spec.model_fields_set:
            body["schedule_layers"] = _encoded_layers(spec.layers, live, id_index)
        return body

    def sendable(self, live: Live) -> Json:
        """Return the layers in overriding order, with times in UTC: an offset would shift them."""
        layers = [
            {**raw, **{name: _utc(_clock(raw[name], UTC)) for name in _TIMES if raw.get(name)}}
            for raw in reversed(live.raw["schedule_layers"])
        ]
        return {**live.raw, "schedule_layers": layers}

    def needs(self, live: Live) -> Iterable[Need]:
        if live.raw.get("type") == V3:
            return
        now = live.read_at
        layers = [raw for raw in live.raw["schedule_layers"] if not _has_ended(raw, now)]
        people = {entry["user"]["id"] for raw in layers for entry in raw["users"]}
        for team in live.raw.get("teams") or ():
            yield Need("team", team["id"])
            yield from (Need("team", team["id"], person) for person in sorted(people))

    def doubts(
        self, spec: Schedule, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterable[Doubt]:
        return zone_doubts(spec.time_zone, ("time_zone",))

    def warnings(
        self, before: Schedule | None, after: Schedule, fields: Collection[str], now: datetime
    ) -> Iterable[str]:
        if before is None:
            return
        if "time_zone" in fields:
            zones = f"{before.time_zone} → {after.time_zone}"
            yield f"the time zone changes, and with it when turns and hours begin: {zones}"
        if "layers" in fields:
            yield from rotation_warnings(before.layers, after.layers, now)


def _has_ended(raw: Json, now: datetime) -> bool:
    return bool(raw.get("end")) and datetime.fromisoformat(raw["end"]) <= now


def _live_layers(live: Live, id_index: IdIndex) -> list[tuple[str, Layer]]:
    """Return all layers with their ids, the overriding one last; PagerDuty lists the newest first."""
    # PagerDuty tells times with the offset of the schedule's zone: that serves where nobody knows its name.
    zone = schedule_zone(live.raw["time_zone"])
    return [(raw["id"], _decoded(raw, zone, id_index)) for raw in reversed(live.raw["schedule_layers"])]


def _clock(text: str, zone: tzinfo | None) -> datetime:
    instant = datetime.fromisoformat(text)
    return (instant.astimezone(zone) if zone else instant).replace(second=0, microsecond=0)


def _decoded(raw: Json, zone: ZoneInfo | None, id_index: IdIndex) -> Layer:
    users = [entry["user"] for entry in raw["users"]]
    start, turns_from = _clock(raw["start"], zone), _clock(raw["rotation_virtual_start"], zone)
    return Layer.from_wire(
        name=raw.get("name") or "",
        start=start,
        rotate=Duration(raw["rotation_turn_length_seconds"]),
        people=tuple(id_index.ref_of("person", user) for user in users),
        only=windows(decode_restriction(restriction) for restriction in raw.get("restrictions") or []),
        end=_clock(raw["end"], zone) if raw.get("end") else None,
        handoff=None if turns_from == start else turns_from,
    )


def _encoded_layers(wanted: Iterable[Layer], live: Live | None, id_index: IdIndex) -> list[Json]:
    """Return all layers of a request: live layers keep their ids, and none may be omitted."""
    now = datetime.now(UTC)
    if live:  # by the vendor's clock, if that is ahead
        now = max(now, live.read_at)
    there = _live_layers(live, id_index) if live else []
    current = [(id_, layer) for id_, layer in there if not layer.has_ended(now)]
    layers = [layer for layer in wanted if not layer.has_ended(now)]
    places = paired(layers, [layer for _, layer in current])
    after = {id_: layer.ending(now) for id_, layer in current}
    after |= {
        current[place][0]: layer for layer, place in zip(layers, places, strict=True) if place is not None
    }
    new = [layer for layer, place in zip(layers, places, strict=True) if place is None]
    return [
        *(encode_layer(after.get(id_, ended), id_, id_index) for id_, ended in there),
        *(encode_layer(layer, None, id_index) for layer in new),
    ]


def encode_layer(layer: Layer, id_: str | None, id_index: IdIndex) -> Json:
    """Convert a layer to the vendor's form; a layer without an id is new."""
    body: dict[str, Any] = {
        "start": _utc(layer.start),
        "rotation_virtual_start": _utc(layer.turns_from),  # which an offset would shift
        "rotation_turn_length_seconds": int(layer.rotate),
        "users": [{"user": reference(user_id, "user")} for user_id in id_index.ids(layer.people)],
        "restrictions": [restriction.encode() for restriction in restrictions(layer.only)],
    }
    if layer.name:
        body["name"] = layer.name
    if layer.end or id_:  # without the explicit null a live end stays
        body["end"] = _utc(layer.end) if layer.end else None
    return body | ({"id": id_} if id_ else {})


def _utc(clock: datetime) -> str:
    return f"{clock.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
