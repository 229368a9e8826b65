"""Schedules: who is on call when (pagerduty.md 4.1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from pdslack_cli.kinds.base.planning import Need
from pdslack_cli.kinds.base.section import Doubt
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import Duration, RefTo, Text
from pdslack_cli.kinds.fields.zones import TimeZone, zone_doubts
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.kinds.pagerduty.schedule.layer import Layer, layers_after, paired, rotation_warnings
from pdslack_cli.kinds.pagerduty.schedule.restrictions import decode_restriction, restrictions, windows
from pdslack_cli.model import Json, Live, Ref
from pdslack_cli.routing.zones import schedule_zone

_TIMES = ("start", "end", "rotation_virtual_start")


class Schedule(Resource):
    """Who is on call when."""

    time_zone: Annotated[TimeZone, Field(description="of every time in the layers")]
    description: Text = ""
    teams: Annotated[
        tuple[Annotated[Ref, RefTo("team")], ...], AfterValidator(lambda refs: tuple(sorted(set(refs))))
    ] = ()
    layers: Annotated[tuple[Layer, ...], Field(description="the last one wins, as in PagerDuty")]

    @field_validator("layers")
    @classmethod
    def _in_time_zone(cls, layers: tuple[Layer, ...], info: ValidationInfo) -> tuple[Layer, ...]:
        zone = schedule_zone(info.data.get("time_zone", ""))
        return tuple(layer.in_zone(zone) for layer in layers) if zone else layers

    def as_written(self) -> Self:
        if "layers" not in self.model_fields_set:
            return self
        now = datetime.now(UTC)
        return self.model_copy(update={"layers": tuple(layer.as_written(now) for layer in self.layers)})

    def merged_onto(self, live: Self, now: datetime) -> Self:
        if "layers" not in self.model_fields_set:
            return super().merged_onto(live, now)
        layers = layers_after(self.layers, live.layers, now)
        return super().merged_onto(live, now).model_copy(update={"layers": layers})


class Schedules(PagerDutyKind[Schedule]):
    """PagerDuty's v2 schedules; those that it upgraded to shifts are in none of its v2 lists."""

    name, section, spec = "schedule", "schedules", Schedule
    path, wrapper, plural, type_name = "/schedules", "schedule", "schedules", "schedule"
    params: ClassVar[Mapping[str, Any]] = {"include[]": ["schedule_layers"]}
    required = frozenset({"name", "time_zone"})
    perhaps_unique_names = True
    own_children = frozenset({"layers"})
    server_made = frozenset({"restrictions"})  # there are many spellings of the same hours

    def decode(self, live: Live, id_index: IdIndex) -> Schedule:
        now = live.read_at
        layers = [layer for _, layer in _live_layers(live, id_index)]
        teams = [
            id_index.ref("team", team["id"], team.get("summary")) for team in live.raw.get("teams") or []
        ]
        return Schedule.from_wire(
            name=live.name,
            time_zone=live.raw["time_zone"],
            description=live.raw["description"].strip(),
            teams=tuple(sorted(teams)),
            layers=tuple(layer for layer in layers if not layer.has_ended(now)),
        )

    def encode(self, spec: Schedule, id_index: IdIndex, live: Live | None) -> Json:
        body = spec.model_dump(include={"name", "description", "time_zone"}, exclude_unset=True)
        if "teams" in spec.model_fields_set:
            body["teams"] = [reference(id_, "team") for id_ in id_index.ids(spec.teams)]
        if "layers" in spec.model_fields_set:
            body["schedule_layers"] = _encoded_layers(spec.layers, live, id_index)
        return body

    def sendable(self, live: Live) -> Json:
        """With the last layer at the end, as it wins, and times in UTC: an offset would shift them."""
        layers = [
            {**raw, **{name: _utc(_clock(raw[name], UTC)) for name in _TIMES if raw.get(name)}}
            for raw in reversed(live.raw["schedule_layers"])
        ]
        return {**live.raw, "schedule_layers": layers}

    def needs(self, live: Live) -> Iterable[Need]:
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
    """The layers that are or were, with their ids, the last one winning: PagerDuty lists the newest first."""
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
        people=tuple(id_index.ref("person", user["id"], user.get("summary")) for user in users),
        only=windows(decode_restriction(restriction) for restriction in raw.get("restrictions") or []),
        end=_clock(raw["end"], zone) if raw.get("end") else None,
        handoff=None if turns_from == start else turns_from,
    )


def _encoded_layers(wanted: Iterable[Layer], live: Live | None, id_index: IdIndex) -> list[Json]:
    """All that the vendor must be told: live layers keep their ids, and none of them may be left out."""
    now = datetime.now(UTC)
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
    """A layer as the vendor takes it; without an id it is a new one."""
    # Without the explicit null an end stays, and an offset in the virtual start would shift it.
    body: dict[str, Any] = {
        "start": _utc(layer.start),
        "end": _utc(layer.end) if layer.end else None,
        "rotation_virtual_start": _utc(layer.turns_from),
        "rotation_turn_length_seconds": int(layer.rotate),
        "users": [{"user": reference(user_id, "user")} for user_id in id_index.ids(layer.people)],
        "restrictions": [restriction.encode() for restriction in restrictions(layer.only)],
    }
    if layer.name:
        body["name"] = layer.name
    return body | ({"id": id_} if id_ else {})


def _utc(clock: datetime) -> str:
    return f"{clock.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
