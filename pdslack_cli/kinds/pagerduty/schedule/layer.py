"""Layers of schedules: who takes turns, from when, in which hours (pagerduty.md 4.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields.scalars import Duration, RefTo, problem, within
from pdslack_cli.kinds.lenses.pairing import continued
from pdslack_cli.kinds.pagerduty.schedule.restrictions import Windows
from pdslack_cli.model import Ref, check_year

# Our clock may be behind the vendor's: what begins this soon is taken to have begun.
SKEW = timedelta(minutes=5)


def _wall_clock(value: object) -> datetime:
    hint = "write it as 2026-01-05T09:00:00, without an offset: it is a wall clock in `time_zone`"
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:00)?", str(value)):
        raise problem(f"{value!r} is not a date and a time in whole minutes", hint)
    try:
        clock = datetime.fromisoformat(str(value))
    except ValueError:
        raise problem(f"{value!r} is not in the calendar", hint) from None
    try:
        check_year(clock)
    except ValueError as error:
        raise problem(str(error), hint) from None
    return clock


WallClock = Annotated[
    datetime,
    BeforeValidator(_wall_clock),
    PlainSerializer(lambda clock: f"{clock:%Y-%m-%dT%H:%M:%S}"),
    WithJsonSchema({"type": "string", "examples": ["2026-01-05T09:00:00"]}),
]
"""A date and a time of day. The schedule puts its zone in, so that two compare as instants."""


class Layer(Spec):
    """One rotation of a schedule. Where layers overlap, the last one wins."""

    name: Annotated[str, Field(description="tells layers apart when they are changed or moved")] = ""
    start: WallClock
    rotate: Annotated[Duration, within("1m", "520w", "1m"), Field(description="the length of a turn")]
    people: Annotated[
        tuple[Annotated[Ref, RefTo("person")], ...], Field(min_length=1, description="in order of turns")
    ]
    only: Annotated[Windows, Field(description="when it applies; always, if left out")] = ()
    end: Annotated[WallClock | None, Field(description="never, if left out")] = None
    handoff: Annotated[
        WallClock | None,
        Field(description="a moment when the first person's turn begins; `start`, if left out"),
    ] = None

    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> Self:
        if self.end and self.end <= self.start:
            raise problem(
                f"the layer ends at {self.end}, before it starts at {self.start}", "correct one of them"
            )
        return self

    @property
    def turns_from(self) -> datetime:
        """From when turns are counted, which decides who is on call: the rotation's virtual start."""
        return self.handoff or self.start

    def has_begun(self, now: datetime) -> bool:
        return self.start <= now + SKEW

    def has_ended(self, now: datetime) -> bool:
        # One that is removed before it begins ends where it begins.
        return self.end is not None and self.end <= max(self.start, now)

    def ending(self, now: datetime) -> Layer:
        """The same, ended now: layers cannot be deleted."""
        return self.model_copy(update={"end": max(self.start, now.replace(second=0, microsecond=0))})

    def in_zone(self, zone: ZoneInfo) -> Layer:
        """The same, its wall clocks being of that zone; raises a validation error for one that is skipped."""
        clocks = {"start": self.start, "end": self.end, "handoff": self.handoff}
        return self.model_copy(
            update={name: _in_zone(clock, zone) for name, clock in clocks.items() if clock}
        )

    def as_written(self, now: datetime) -> Layer:
        """The same as a file would say it: since when turns are counted, not since when the vendor keeps it.

        PagerDuty moves a start in the past to the moment of the write; who is on call does not depend on it.
        """
        if not self.handoff or self.handoff > self.start or not self.has_begun(now):
            return self
        kept = {name: getattr(self, name) for name in self.model_fields_set - {"handoff"}}
        return Layer.model_construct(**{**kept, "start": self.handoff})

    def after(self, live: Layer, now: datetime) -> Layer:
        """What reads back once this is written over `live`: a start in the past becomes the present."""
        both_begun = self.has_begun(now) and live.has_begun(now)
        start = live.start.astimezone(self.start.tzinfo) if both_begun else self.start
        return Layer.from_wire(
            name=self.name or live.name,
            start=start,
            rotate=self.rotate,
            people=self.people,
            only=self.only,
            end=self.end,
            handoff=None if self.turns_from == start else self.turns_from,
        )


def _in_zone(clock: datetime, zone: ZoneInfo) -> datetime:
    if clock.tzinfo:
        return clock
    instant = clock.replace(tzinfo=zone)
    if instant.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != clock:
        raise problem(f"{clock} does not exist in {zone}", "clocks go forward over it; choose another time")
    return instant


def layers_after(wanted: Iterable[Layer], live: Sequence[Layer], now: datetime) -> tuple[Layer, ...]:
    """What reads back once the wanted layers are written over the live ones; what has ended is gone."""
    current = [layer for layer in wanted if not layer.has_ended(now)]
    return tuple(
        layer if place is None else layer.after(live[place], now)
        for layer, place in zip(current, paired(current, live), strict=True)
    )


def paired(wanted: Sequence[Layer], live: Sequence[Layer]) -> list[int | None]:
    """Which live layer each of the wanted ones is written over.

    The one of its name, else the one in its place. But live layers keep their order, and new ones win over
    them, so whatever comes after a new layer or out of order has to be made anew.
    """
    places: list[int | None] = []
    last = -1
    for place in continued(_keys(wanted), _keys(live)):
        last = place if place is not None and place > last else len(live)
        places.append(place if place == last else None)
    return places


def _keys(layers: Sequence[Layer]) -> list[tuple[str | None, int]]:
    return [(layer.name or None, place) for place, layer in enumerate(layers)]


def rotation_warnings(before: Sequence[Layer], after: Sequence[Layer], now: datetime) -> Iterator[str]:
    """Whatever may change who is on call now: the vendor counts turns anew (pagerduty.md 4.1)."""
    places = continued(_keys(after), _keys(before))
    for number, (layer, place) in enumerate(zip(after, places, strict=True), start=1):
        title = f"layer {layer.name or number!r}"
        if place is None:
            yield f"{title} is new: {_rotation(layer)}" + (f" in {_hours(layer)}" if layer.only else "")
            continue
        old = before[place]
        if _turns(old, now) != _turns(layer, now):
            yield (
                f"{title} rotates otherwise, which may change who is on call now: "
                f"{_rotation(old)} → {_rotation(layer)}"
            )
        if old.only != layer.only:
            yield (
                f"{title} applies in other hours, which may change who is on call now: "
                f"{_hours(old)} → {_hours(layer)}"
            )
        if old.end != layer.end:
            yield f"{title} ends at another time: {_end(old)} → {_end(layer)}"
    for place, layer in enumerate(before):
        if place not in places:
            yield f"layer {layer.name or place + 1!r} ends now: {_rotation(layer)}"
    kept = [place for place in places if place is not None]
    if kept != sorted(kept):
        yield "layers change places, which may change who is on call now: the last one wins"


def _turns(layer: Layer, now: datetime) -> tuple[object, ...]:
    return max(layer.start, now), layer.turns_from, layer.rotate, layer.people


def _rotation(layer: Layer) -> str:
    people = ", ".join(person.key for person in layer.people)
    return f"{people} (turns of {layer.rotate} from {layer.turns_from:%Y-%m-%d %H:%M %Z})"


def _hours(layer: Layer) -> str:
    return ", ".join(map(str, layer.only)) or "always"


def _end(layer: Layer) -> str:
    return f"{layer.end:%Y-%m-%d %H:%M %Z}" if layer.end else "never"
