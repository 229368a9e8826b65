"""Who is on call: schedules of layers, and escalation policies (pagerduty.md 4.1, 4.3).

Rotations and restrictions follow the wall clock of the schedule's zone, so that a handoff at nine stays at
nine through a clock change: (unverified).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain

from pdslack_cli.model import Json
from pdslack_cli.routing.zones import schedule_zone

DAY = 86_400
WEEK = 7 * DAY
EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class SimulatedRestriction:
    """Hours in which a layer applies: `seconds` from a time of day, or of the week.

    `start` counts seconds from midnight, or from Monday's midnight if `period` is a week.
    """

    start: int
    seconds: int
    period: int = DAY

    def contains(self, wall: datetime) -> bool:
        since_monday = wall.weekday() * DAY + wall.hour * 3600 + wall.minute * 60 + wall.second
        return (since_monday - self.start) % self.period < self.seconds


@dataclass(frozen=True)
class SimulatedLayer:
    """A rotation of people in turns of `turn` seconds from `anchor`, in force from `start` to `end`."""

    people: tuple[str, ...]
    start: datetime
    anchor: datetime
    turn: int
    end: datetime | None = None
    restrictions: tuple[SimulatedRestriction, ...] = ()


@dataclass(frozen=True)
class SimulatedSchedule:
    """Layers; later ones override earlier ones. `layers` of None: known by name only."""

    id: str
    name: str
    time_zone: str = "Etc/UTC"
    layers: tuple[SimulatedLayer, ...] | None = ()


@dataclass(frozen=True)
class SimulatedLevel:
    """The recipients of a level of an escalation policy: people, and whoever is on call in schedules."""

    people: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()


@dataclass(frozen=True)
class SimulatedPolicy:
    """Levels in order of escalation. `levels` of None: known by name only."""

    id: str
    name: str
    levels: tuple[SimulatedLevel, ...] | None = ()


def on_call(schedule: SimulatedSchedule, at: datetime) -> str | None:
    """Return the person on call in a schedule, None if nobody is (or its layers are unknown)."""
    zone = schedule_zone(schedule.time_zone) or UTC

    def wall(instant: datetime) -> datetime:
        return instant.astimezone(zone).replace(tzinfo=None)

    for layer in reversed(schedule.layers or ()):
        in_force = layer.start <= at and (layer.end is None or at < layer.end)
        open_now = not layer.restrictions or any(part.contains(wall(at)) for part in layer.restrictions)
        if layer.people and in_force and open_now:
            turns = (wall(at) - wall(layer.anchor)).total_seconds() // layer.turn
            return layer.people[int(turns) % len(layer.people)]
    return None


def with_past_rotations(schedule: SimulatedSchedule, now: datetime) -> SimulatedSchedule:
    """Return the schedule with its current layers extended into the past.

    In PagerDuty no layer can start in the past, so a modified layer starts at its change (pagerduty.md 4.1):
    its rotation is the best guess for the time before.
    """
    layers = schedule.layers and tuple(
        replace(layer, start=EVER) if layer.start <= now else layer for layer in schedule.layers
    )
    return replace(schedule, layers=layers)


def first_responders(
    policy: SimulatedPolicy, schedules: Mapping[str, SimulatedSchedule], at: datetime
) -> tuple[str, ...]:
    """Return the people of the first level with anybody on call, without duplicates.

    A schedule whose layers are unknown is returned as `schedule/ID`, or as its id where that says so.
    """
    for level in policy.levels or ():
        found = (_found(id_, schedules.get(id_), at) for id_ in level.schedules)
        people = tuple(dict.fromkeys(chain(level.people, filter(None, found))))
        if people:
            return people
    return ()


def _found(id_: str, schedule: SimulatedSchedule | None, at: datetime) -> str | None:
    if schedule is None or schedule.layers is None:
        return id_ if "/" in id_ else f"schedule/{id_}"
    return on_call(schedule, at)


def read_schedule(raw: Json) -> SimulatedSchedule:
    """Read a schedule from PagerDuty's JSON, whose layers are ordered newest first."""
    return SimulatedSchedule(
        id=raw["id"],
        name=raw.get("name") or raw.get("summary") or raw["id"],
        time_zone=raw.get("time_zone") or "Etc/UTC",
        layers=tuple(_read_layer(layer) for layer in reversed(raw.get("schedule_layers") or ())),
    )


def _read_layer(raw: Json) -> SimulatedLayer:
    return SimulatedLayer(
        people=tuple(entry["user"]["id"] for entry in raw["users"]),
        start=_instant(raw["start"]),
        anchor=_instant(raw["rotation_virtual_start"]),
        turn=raw["rotation_turn_length_seconds"],
        end=_instant(raw["end"]) if raw.get("end") else None,
        restrictions=tuple(_read_restriction(restriction) for restriction in raw.get("restrictions") or ()),
    )


def _read_restriction(raw: Json) -> SimulatedRestriction:
    hours, minutes, seconds = (int(part) for part in raw["start_time_of_day"].split(":"))
    start = hours * 3600 + minutes * 60 + seconds
    if raw["type"] == "daily_restriction":
        return SimulatedRestriction(start, raw["duration_seconds"])
    return SimulatedRestriction(start + (raw["start_day_of_week"] - 1) * DAY, raw["duration_seconds"], WEEK)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def read_policy(raw: Json) -> SimulatedPolicy:
    """Read an escalation policy from PagerDuty's JSON."""
    return SimulatedPolicy(
        id=raw["id"],
        name=raw.get("name") or raw.get("summary") or raw["id"],
        levels=tuple(_read_level(rule["targets"]) for rule in raw.get("escalation_rules") or ()),
    )


def _read_level(targets: Sequence[Json]) -> SimulatedLevel:
    def ids(kind: str) -> tuple[str, ...]:
        return tuple(target["id"] for target in targets if str(target["type"]).startswith(kind))

    return SimulatedLevel(people=ids("user"), schedules=ids("schedule"))
