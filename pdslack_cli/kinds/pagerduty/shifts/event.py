"""Rotations of a schedule with shifts, and their events: when shifts recur, and whose turn they are.

An event that has begun cannot change, only end (pagerduty.md 4.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields.moments import utc_text
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import FILLED, problem
from pdslack_cli.kinds.fields.shorthand import OneOrSeveral
from pdslack_cli.kinds.fields.times import parse_weekday
from pdslack_cli.kinds.fields.zones import TimeZone
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.pairing import continued
from pdslack_cli.kinds.pagerduty.schedule.layer import SKEW, WallClock, clock_in_zone
from pdslack_cli.model import Json, Ref
from pdslack_cli.routing.recurrence import event_shifts, shift_starts
from pdslack_cli.routing.zones import schedule_zone
from pdslack_cli.suggest import suggest

ROTATING, EVERYONE = "rotating_member_assignment_strategy", "every_member_assignment_strategy"
MOST_ROTATIONS, MOST_EVENTS, MOST_PEOPLE = 10, 5, 20

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "MINUTELY", "SECONDLY")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = (
    *("FREQ", "UNTIL", "COUNT", "INTERVAL", "WKST", "RSCALE", "SKIP", "BYSECOND", "BYMINUTE", "BYHOUR"),
    *("BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS"),
)

# --- fields ------------------------------------------------------------------------------------------


def _recurrence(lines: Sequence[str]) -> tuple[str, ...]:
    """Complete a bare rule, and refuse what PagerDuty does: exactly one RRULE, and single dates."""
    whole = tuple(f"RRULE:{line}" if line.startswith("FREQ=") else line for line in map(str.strip, lines))
    names = [re.split("[:;]", line)[0] for line in whole]
    rules = {line for line in whole if line.startswith("RRULE")}
    if len(rules) != 1 or not set(names) <= {"RRULE", "EXDATE", "RDATE"}:
        word = lines[0].strip().upper() if len(lines) == 1 else ""
        simple = f"write FREQ={word}, or with days" if word in _FREQUENCIES else "write it as RFC 5545 does,"
        raise problem(
            "expected exactly one RRULE, and besides it only EXDATE and RDATE",
            f"{simple} such as FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        )
    _check_parts(*(part.partition("=") for part in rules.pop()[6:].split(";") if part))
    return _canonical(whole)


def _check_parts(*parts: tuple[str, str, str]) -> None:
    """Refuse what no rule of RFC 5545 has: another part, frequency or day."""
    for name, _, value in parts:
        if name.upper() not in _PARTS and not name.upper().startswith("X-"):
            hint = suggest(name, _PARTS) or f"it has {', '.join(_PARTS)}"
            raise problem(f"a rule has no part {name!r}", hint)
        if name.upper() == "FREQ" and value.upper() not in _FREQUENCIES:
            hint = suggest(value, _FREQUENCIES) or f"write one of {', '.join(_FREQUENCIES)}"
            raise problem(f"{value!r} is not a frequency", hint)
        for day in value.split(",") if name.upper() == "BYDAY" else ():
            if not re.fullmatch(rf"[+-]?\d{{0,2}}({'|'.join(_DAYS)})", day.upper()):
                number = parse_weekday(day)
                raise problem(f"{day!r} is not a day of a rule", f"write {_DAYS[(number or 1) - 1]}")


def _canonical(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the lines, and the parts of the rule, in one order, which means nothing."""
    ordered = {f"RRULE:{';'.join(_parts(line[6:]))}" if line.startswith("RRULE:") else line for line in lines}
    return tuple(sorted(ordered, key=lambda line: (not line.startswith("RRULE:"), line)))


def _parts(rule: str) -> list[str]:
    parts = {part for part in rule.upper().split(";") if part} - {"INTERVAL=1"}
    return sorted(parts, key=lambda part: (not part.startswith("FREQ="), part))


Recurrence = Annotated[
    tuple[str, ...],
    OneOrSeveral(),
    AfterValidator(_recurrence),
    Field(
        description="when shifts begin, as RFC 5545 writes it: FREQ=DAILY; a list adds EXDATE and RDATE",
        examples=["FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"],
    ),
]


class ShiftEvent(Spec):
    """Shifts that recur, and who takes them."""

    name: Annotated[str, FILLED, Field(max_length=255, description="its name, as people see it")]
    from_: Annotated[WallClock, Field(alias="from", description="when the first shift begins")]
    to: Annotated[WallClock, Field(description="when the first shift ends")]
    recurrence: Recurrence
    people: Annotated[
        tuple[Annotated[Ref, RefTo("person")] | None, ...],
        Field(
            min_length=1,
            max_length=MOST_PEOPLE,
            description="who takes shifts, in this order; null: nobody has this turn",
        ),
    ]
    assign: Annotated[
        Literal["rotating", "everyone"],
        Field(description="whether they take turns, or are all on call in each shift"),
    ] = "rotating"
    shifts_per_person: Annotated[
        int, Field(ge=1, strict=True, description="how many shifts one after the other each of them takes")
    ] = 1
    effective_from: Annotated[
        WallClock | None, Field(description="no shift is before this; default: the first one begins them")
    ] = None
    effective_until: Annotated[
        WallClock | None, Field(description="no shift is after this; never, if left out")
    ] = None
    time_zone: Annotated[
        TimeZone | None, Field(description="of all its times; that of the schedule, if left out")
    ] = None

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.to <= self.from_:
            raise problem(
                f"the first shift ends at {self.to}, before it begins at {self.from_}",
                "correct one of them",
                ("to",),
                needs=("from_",),
            )
        if self.effective_until and self.effective_until <= self.begins:
            raise problem(
                f"it is effective until {self.effective_until}, before it begins at {self.begins}",
                "correct one of them",
                ("effective_until",),
                needs=("from_", "effective_from"),
            )
        return self

    @model_validator(mode="after")
    def _turns_only_where_people_rotate(self) -> Self:
        if self.assign == "everyone" and "shifts_per_person" in self.model_fields_set:
            hint = "remove it, or remove `assign: everyone`"
            raise problem("all are on call in each shift: nobody takes turns", hint, ("shifts_per_person",))
        return self

    @property
    def is_calculated(self) -> bool:
        """Whether its recurrence tells when shifts begin."""
        return shift_starts(self.recurrence, self.from_, self.from_.tzinfo or UTC) is not None

    @property
    def begins(self) -> datetime:
        """From when on it makes shifts."""
        return self.effective_from or self.from_

    @property
    def without_end(self) -> ShiftEvent:
        return self.model_copy(update={"effective_until": None})

    @property
    def order(self) -> tuple[Any, ...]:
        return self.begins.astimezone(UTC), self.name

    def in_zone(self, time_zone: str) -> ShiftEvent:
        """Return the event with its times in its zone: its own, or that of the schedule."""
        named = self.time_zone or time_zone
        zone: tzinfo = schedule_zone(named) or UTC
        clocks = {name: getattr(self, name) for name in ("from_", "to", "effective_from", "effective_until")}
        placed = {name: clock_in_zone(clock, zone) for name, clock in clocks.items() if clock}
        return self.model_copy(update={**placed, "time_zone": named})

    def as_written(self, time_zone: str, now: datetime) -> ShiftEvent:
        """Return the event as a file writes it: without what the schedule says, and what PagerDuty moves."""
        left_out = {"time_zone"} if self.time_zone == time_zone else set()
        kept = self.model_fields_set - left_out - ({"effective_from"} if self.has_begun(now) else set())
        return self.built({name: getattr(self, name) for name in kept})

    def has_begun(self, now: datetime) -> bool:
        return self.begins <= now + SKEW

    def is_over(self, now: datetime) -> bool:
        return self.effective_until is not None and self.effective_until <= now

    def may_have(self, person: Ref, since: datetime, until: datetime) -> bool:
        """Whether a person has a shift in a period, or may have one that is not calculated."""
        keys = IdIndex()
        for one in filter(None, self.people):
            keys.add(one, str(one.key))
        shifts = event_shifts(encode_event(self, keys), since, until)
        return shifts is None or any(shift.person == str(person.key) for shift in shifts)

    def after(self, live: ShiftEvent, now: datetime) -> ShiftEvent:
        """Return the event as it reads back where it continues `live`, which keeps when it began to count."""
        if not live.has_begun(now) or (self.effective_from and not self.has_begun(now)):
            return self
        fields = {name: getattr(self, name) for name in self.model_fields_set}
        began = live.begins.astimezone(self.from_.tzinfo)
        return self.from_wire(**{**fields, "effective_from": _other(began, self.from_)})


def _other(moment: datetime, usual: datetime) -> datetime | None:
    return None if moment == usual else moment


def _apart(events: tuple[ShiftEvent, ...]) -> tuple[ShiftEvent, ...]:
    for one, following in pairwise(events):
        if one.effective_until is None or one.effective_until > following.begins:
            raise problem(
                f"events {one.name!r} and {following.name!r} of one rotation are effective at the same time",
                f"give {one.name!r} an `effective_until`, or {following.name!r} a rotation of its own",
            )
    return events


class ShiftRotation(Spec):
    """Events one after the other: at any time, one of them makes the shifts."""

    events: Annotated[
        tuple[ShiftEvent, ...],
        Field(min_length=1, max_length=MOST_EVENTS, description="what makes its shifts, and until when"),
    ]

    @property
    def order(self) -> tuple[Any, ...]:
        return tuple((event.name, event.from_.astimezone(UTC), str(event.people)) for event in self.events)

    def in_zone(self, time_zone: str) -> ShiftRotation:
        placed = [event.in_zone(time_zone) for event in self.events]
        events = [event for number, event in enumerate(placed) if event not in placed[:number]]
        events.sort(key=lambda event: event.order)
        return self.model_copy(update={"events": _apart(tuple(events))})

    def as_written(self, time_zone: str, now: datetime) -> ShiftRotation:
        return self.model_copy(
            update={"events": tuple(one.as_written(time_zone, now) for one in self.events)}
        )

    def current(self, now: datetime) -> ShiftRotation:
        """Return it without the events that are over."""
        return self.model_copy(update={"events": tuple(one for one in self.events if not one.is_over(now))})


def in_order(rotations: Iterable[ShiftRotation]) -> tuple[ShiftRotation, ...]:
    # Their order means nothing, so one order is kept: two spellings of a schedule compare equal.
    found: list[ShiftRotation] = []
    for rotation in sorted(rotations, key=lambda rotation: rotation.order):
        if rotation not in found:
            found.append(rotation)
    return tuple(found)


# --- what becomes of live ones -----------------------------------------------------------------------


def rotations_after(
    wanted: Iterable[ShiftRotation], live: Sequence[ShiftRotation], now: datetime
) -> tuple[ShiftRotation, ...]:
    """Return the rotations as they read back after the wanted ones are written; what is over is omitted."""
    current = current_rotations(wanted, now)
    after = []
    for rotation, place in zip(current, paired_rotations(current, live), strict=True):
        there = () if place is None else live[place].events
        places = paired_events(rotation.events, there)
        events = [
            event if at is None else event.after(there[at], now)
            for event, at in zip(rotation.events, places, strict=True)
        ]
        after.append(rotation.model_copy(update={"events": tuple(events)}))
    return in_order(after)


def current_rotations(rotations: Iterable[ShiftRotation], now: datetime) -> list[ShiftRotation]:
    """Return those that make shifts now or later."""
    return [one for one in (rotation.current(now) for rotation in rotations) if one.events]


def restarted(before: Iterable[ShiftRotation], after: Iterable[ShiftRotation], now: datetime) -> list[str]:
    """Return the names of the events that have begun and change in more than their end."""
    kept = [one.without_end for rotation in after for one in rotation.events]
    events = (event for rotation in before for event in rotation.events)
    return [event.name for event in events if event.begins <= now and event.without_end not in kept]


def paired_rotations(wanted: Sequence[ShiftRotation], live: Sequence[ShiftRotation]) -> list[int | None]:
    """Return the live rotation that each wanted one continues: of the same events, or of the same names."""
    return continued(
        *([(one.order, _names(one), one.events[0].name) for one in side] for side in (wanted, live))
    )


def _names(rotation: ShiftRotation) -> tuple[str, ...]:
    return tuple(event.name for event in rotation.events)


def paired_events(wanted: Sequence[ShiftEvent], live: Sequence[ShiftEvent]) -> list[int | None]:
    """Return the live event that each wanted one continues, by its name."""
    return continued(*([(event.name,) for event in side] for side in (wanted, live)))


# --- lenses ------------------------------------------------------------------------------------------


def decode_rotation(raw: Json, id_index: IdIndex) -> ShiftRotation:
    """Return a live rotation; one without events is empty."""
    events = sorted(
        (decode_event(one, id_index) for one in raw.get("events") or ()), key=lambda one: one.order
    )
    return ShiftRotation.from_wire(events=tuple(events))


def decode_event(raw: Json, id_index: IdIndex) -> ShiftEvent:
    time_zone = raw["start_time"]["time_zone"]
    zone: tzinfo = schedule_zone(time_zone) or UTC
    strategy = raw["assignment_strategy"]
    start, end = (_clock(raw[name]["date_time"], zone) for name in ("start_time", "end_time"))
    until = raw.get("effective_until")
    return ShiftEvent.from_wire(
        name=raw["name"],
        from_=start,
        to=end,
        recurrence=_canonical(raw["recurrence"]),
        people=tuple(
            id_index.ref("person", one["user_id"]) if one.get("user_id") else None
            for one in strategy["members"]
        ),
        assign="everyone" if strategy["type"] == EVERYONE else "rotating",
        shifts_per_person=strategy.get("shifts_per_member") or 1,
        effective_from=_other(_clock(raw["effective_since"], zone), start),
        effective_until=_clock(until, zone) if until else None,
        time_zone=time_zone,
    )


def _clock(text: str, zone: tzinfo) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone).replace(second=0, microsecond=0)


def encode_event(event: ShiftEvent, id_index: IdIndex) -> Json:
    """Convert an event to the vendor's form."""
    strategy: Json = {
        "type": EVERYONE if event.assign == "everyone" else ROTATING,
        "members": [
            {"type": "user_member", "user_id": id_index.id(one)} if one else {"type": "empty_member"}
            for one in event.people
        ],
    }
    if event.assign == "rotating":
        strategy["shifts_per_member"] = event.shifts_per_person
    return {
        "name": event.name,
        "start_time": {"date_time": utc_text(event.from_), "time_zone": event.time_zone},
        "end_time": {"date_time": utc_text(event.to), "time_zone": event.time_zone},
        "effective_since": utc_text(event.begins),
        "effective_until": utc_text(event.effective_until) if event.effective_until else None,
        "recurrence": list(event.recurrence),
        "assignment_strategy": strategy,
    }
