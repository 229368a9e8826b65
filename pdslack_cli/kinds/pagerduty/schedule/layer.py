"""Layers of schedules: who takes turns, from when, during which hours (pagerduty.md 4.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.durations import Duration, Usually, within
from pdslack_cli.kinds.fields.limits import USUAL_NAME
from pdslack_cli.kinds.fields.moments import in_calendar
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import not_a, problem
from pdslack_cli.kinds.lenses.pairing import continued
from pdslack_cli.kinds.pagerduty.schedule.restrictions import Windows
from pdslack_cli.kinds.pagerduty.schedule.rotation import Rotation, continued_rotation, rounds_before
from pdslack_cli.model import DURATION_PATTERN, TEXT_OR_DATE, Ref

# Our clock may be behind the vendor's: what begins this soon is taken to have begun.
SKEW = timedelta(minutes=5)


_CLOCK = "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:00)?"


_DATE = re.compile(r"(?:(\d{4})-(\d\d)-(\d\d)|(\d\d?)\.(\d\d?)\.(\d{4}))(?:[T ](\d\d):(\d\d)(.*))?")


def _likely_wall_clock(text: str) -> str:
    """Return how to write a date without a time, with seconds or with an offset; "" if unclear."""
    found = _DATE.fullmatch(text.strip())
    if not found:
        return ""
    year, month, day = (int(part) for part in (found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)))
    try:
        clock = datetime(year, month, day, int(found[7] or 0), int(found[8] or 0))
    except ValueError:
        return ""
    if not found[7]:
        return f"add the time of day: {clock.isoformat()}"
    offset = re.search("[Z+-]", found[9])
    why = ", without an offset: it is a wall clock in `time_zone`" if offset else ""
    return f"write {clock.isoformat()}{why}"


def _wall_clock(value: object) -> datetime:
    hint = "write it as 2026-01-05T09:00:00, without an offset: it is a wall clock in `time_zone`"
    if not re.fullmatch(_CLOCK, str(value)):
        raise not_a("date and a time in whole minutes", value, _likely_wall_clock(str(value)) or hint)
    return in_calendar(value, hint)


WallClock = Annotated[
    datetime,
    BeforeValidator(_wall_clock),
    PlainSerializer(lambda clock: f"{clock:%Y-%m-%dT%H:%M:%S}"),
    WithJsonSchema(
        {
            written.X_TYPE: "date and time",
            **TEXT_OR_DATE,
            "pattern": f"^{_CLOCK}$",
            "examples": ["2026-01-05T09:00:00"],
        }
    ),
]
"""A date and a time of day. The schedule puts its zone in, so that two compare as instants."""


_TURNS = {"daily": "1d", "weekly": "1w"}

_TURN_BOUNDS = within("1m", "520w", "1m")

Turn = Annotated[
    Duration,
    _TURN_BOUNDS,
    Usually("8h", "8w"),
    BeforeValidator(lambda value: _TURNS.get(value, value) if isinstance(value, str) else value),
    written.text(
        "duration",
        f"{'|'.join(_TURNS)}|{DURATION_PATTERN}",
        *("1 week", "12h", *_TURNS),
        limit=str(_TURN_BOUNDS),
    ),
]
"""The length of a turn; `daily` and `weekly` are words for it."""


class Layer(Spec):
    """One rotation of a schedule. Where layers overlap, the last one wins."""

    name: Annotated[
        str, USUAL_NAME, Field(description="identifies the layer when it is changed or moved")
    ] = ""
    start: Annotated[WallClock, Field(description="when the first person's turn begins, in `time_zone`")]
    rotate: Annotated[Turn, Field(description="the length of a turn")]
    people: Annotated[
        tuple[Annotated[Ref, RefTo("person")], ...],
        Field(min_length=1, description="who takes turns, in this order"),
    ]
    only: Annotated[Windows, Field(description="the hours in which it applies; always, if left out")] = ()
    end: Annotated[WallClock | None, Field(description="when it ends; never, if left out")] = None
    handoff: Annotated[
        WallClock | None,
        Field(
            description="a moment when the first person's turn begins; if left out, `start`, and the one "
            "on call stays when people join or leave"
        ),
    ] = None

    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> Self:
        if self.end and self.end <= self.start:
            raise problem(
                f"the layer ends at {self.end}, before it starts at {self.start}",
                "correct one of them",
                ("end",),
                needs=("start",),
            )
        return self

    @property
    def turns_from(self) -> datetime:
        """The time from which turns are counted, which decides who is on call: the virtual start."""
        return self.handoff or self.start

    @property
    def rotation(self) -> Rotation:
        return Rotation(self.people, self.turns_from, timedelta(seconds=self.rotate))

    def has_begun(self, now: datetime) -> bool:
        return self.start <= now + SKEW

    def has_ended(self, now: datetime) -> bool:
        # One that is removed before it begins ends where it begins.
        return self.end is not None and self.end <= max(self.start, now)

    def ending(self, now: datetime) -> Layer:
        """Return the layer with its end set to now: layers cannot be deleted."""
        return self.model_copy(update={"end": max(self.start, now.replace(second=0, microsecond=0))})

    def in_zone(self, zone: ZoneInfo) -> Layer:
        """Return the layer with its times in that zone; raises a validation error for a skipped time."""
        clocks = {"start": self.start, "end": self.end, "handoff": self.handoff}
        return self.model_copy(
            update={name: clock_in_zone(clock, zone) for name, clock in clocks.items() if clock}
        )

    def as_written(self, now: datetime) -> Layer:
        """Return the layer as a file writes it: `start` is when turns are counted from.

        PagerDuty moves a start in the past to the time of the write; this does not change who is on call.
        """
        if not self.handoff or self.handoff > self.start or not self.has_begun(now):
            return self
        kept = {name: getattr(self, name) for name in self.model_fields_set - {"handoff"}}
        return Layer.model_construct(**{**kept, "start": self.handoff})

    def after(self, live: Layer, now: datetime) -> Layer:
        """Return the layer as it reads back after replacing `live`: a past start becomes the present."""
        both_begun = self.has_begun(now) and live.has_begun(now)
        start = live.start.astimezone(self.start.tzinfo) if both_begun else self.start
        named = self if self.name else self.model_copy(update={"name": live.name})
        return named.starting(start, live, now)

    def starting(self, start: datetime, live: Layer | None, at: datetime) -> Layer:
        """Return the layer as it reads back with that start, where it follows `live` at an instant.

        Its rotation keeps its position where people join or leave, unless the file sets `handoff`.
        """
        rotation = self.rotation
        if live and self.has_begun(at) and live.has_begun(at) and self.handoff is None:
            rounds = rounds_before(rotation, live.rotation)
            rotation = rotation.moved(rounds) if rounds else continued_rotation(rotation, live.rotation, at)
        return Layer.from_wire(
            name=self.name,
            start=start,
            rotate=self.rotate,
            people=rotation.people,
            only=self.only,
            end=self.end,
            handoff=None if rotation.start == start else rotation.start,
        )


def clock_in_zone(clock: datetime, zone: tzinfo) -> datetime:
    """Return a wall clock in that zone; raises a validation error for a time that is skipped."""
    if clock.tzinfo:
        return clock
    instant = clock.replace(tzinfo=zone)
    if instant.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != clock:
        raise problem(f"{clock} does not exist in {zone}", "clocks go forward over it; choose another time")
    return instant


def layers_after(wanted: Iterable[Layer], live: Sequence[Layer], now: datetime) -> tuple[Layer, ...]:
    """Return the layers as they read back after the wanted ones are written; ended layers are omitted."""
    current = [layer for layer in wanted if not layer.has_ended(now)]
    both = zip(current, continued_layers(current, live), paired(current, live), strict=True)
    return tuple(
        layer.starting(layer.start, None if old is None else live[old], now)
        if place is None
        else layer.after(live[place], now)
        for layer, old, place in both
    )


def paired(wanted: Sequence[Layer], live: Sequence[Layer]) -> list[int | None]:
    """Return the live layer that each wanted layer overwrites.

    Live layers keep their order and new ones override them, so every layer after a new one, or out of order,
    must be recreated.
    """
    places: list[int | None] = []
    last = -1
    for place in continued_layers(wanted, live):
        last = place if place is not None and place > last else len(live)
        places.append(place if place == last else None)
    return places


def continued_layers(wanted: Sequence[Layer], live: Sequence[Layer]) -> list[int | None]:
    """Return the live layer that each wanted layer continues: that of its name, or else in its position."""
    return continued(_keys(wanted), _keys(live))


def _keys(layers: Sequence[Layer]) -> list[tuple[str | None, int]]:
    return [(layer.name or None, place) for place, layer in enumerate(layers)]
