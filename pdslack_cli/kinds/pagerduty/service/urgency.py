"""Incident urgency of a service and its support hours, which PagerDuty stores together (pagerduty.md 5.1)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, cast

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.fields.times import TIME_PATTERN, Days, TimeOfDay
from pdslack_cli.kinds.fields.zones import TimeZone
from pdslack_cli.model import Json

Level = Literal["high", "low", "severity"]
_WORDS: dict[str, Level] = {"high": "high", "low": "low", "severity_based": "severity"}
_WIRE = {word: wire for wire, word in _WORDS.items()}

MIDNIGHT = "24:00"
LAST_SECOND = "23:59:59"  # PagerDuty's times of day end here

_END_SCHEMA = written.time("time of day", f"{TIME_PATTERN}|{MIDNIGHT}", "17:00", MIDNIGHT)


def _end_of_day(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    time = value if value == MIDNIGHT else read(value)
    return MIDNIGHT if time == LAST_SECOND else time


class SupportHours(Spec):
    """The hours during which a service is supported. Round the clock is from "00:00" to "24:00"."""

    time_zone: Annotated[TimeZone, Field(description="the zone of `from` and `to`")]
    days: Annotated[Days, Field(description="the days of the week")] = (1, 2, 3, 4, 5, 6, 7)
    from_: Annotated[TimeOfDay, Field(alias="from", description="when the hours begin")]
    to: Annotated[TimeOfDay, WrapValidator(_end_of_day), _END_SCHEMA, Field(description="when they end")]

    @model_validator(mode="after")
    def _last(self) -> Self:
        if self.from_ == self.to:
            raise problem(
                f"the hours begin and end at {self.to}",
                'round the clock is from "00:00" to "24:00"',
                ("to",),
                needs=("from", "to"),
            )
        return self


class ByHours(Spec):
    """One urgency during support hours, another outside of them."""

    support_hours: Annotated[Level, Field(description="the urgency within the support hours")]
    outside: Annotated[Level, Field(description="the urgency outside of the support hours")]
    raise_at: Annotated[
        Literal["start", "end"] | None,
        Field(description="when open incidents of low urgency become high: as the hours start, or end"),
    ] = None

    @model_validator(mode="after")
    def _raises_from_low_to_high(self) -> Self:
        if self.raise_at and (self.support_hours, self.outside) != ("high", "low"):
            hint = "PagerDuty raises from low to high only: write `support_hours: high, outside: low`"
            raise problem(
                "does not fit these urgencies", hint, ("raise_at",), needs=("support_hours", "outside")
            )
        return self


def _simplest(urgency: Level | ByHours) -> Level | ByHours:
    if isinstance(urgency, ByHours) and urgency.support_hours == urgency.outside:
        return urgency.outside
    return urgency


Urgency = Annotated[
    Annotated[Level, Tag("always")] | Annotated[ByHours, Tag("by hours")],
    Discriminator(lambda value: "by hours" if isinstance(value, dict | ByHours) else "always"),
    AfterValidator(_simplest),
]

# --- lenses ----------------------------------------------------------------------------------------


def encode_urgency(urgency: Level | ByHours, hours: Json | None) -> Json:
    """Encode the three fields that must change together; `hours` are in PagerDuty's form.

    PagerDuty refuses support hours with a constant urgency, so a service with both is encoded with the same
    urgency during and outside of them.
    """
    if hours is None:
        level = urgency.support_hours if isinstance(urgency, ByHours) else urgency
        rule: Json = _constant(level)
        return {"incident_urgency_rule": rule, "support_hours": None, "scheduled_actions": []}
    if not isinstance(urgency, ByHours):
        urgency = ByHours.from_wire(support_hours=urgency, outside=urgency)  # a level may be new to us
    rule = {
        "type": "use_support_hours",
        "during_support_hours": _constant(urgency.support_hours),
        "outside_support_hours": _constant(urgency.outside),
    }
    actions = [_raise(urgency.raise_at)] if urgency.raise_at else []
    return {"incident_urgency_rule": rule, "support_hours": hours, "scheduled_actions": actions}


def decode_urgency(raw: Json) -> Level | ByHours:
    """Decode the urgency of a live service."""
    rule = raw.get("incident_urgency_rule") or {}
    if rule.get("type") != "use_support_hours":
        return _level(rule)
    actions = [action for action in raw.get("scheduled_actions") or () if action]
    names = [action["at"]["name"].removeprefix("support_hours_") for action in actions]
    urgency = ByHours.from_wire(
        support_hours=_level(rule.get("during_support_hours") or {}),
        outside=_level(rule.get("outside_support_hours") or {}),
        raise_at=names[0] if names else None,
    )
    return _simplest(urgency)


def encode_hours(hours: SupportHours) -> Json:
    """Convert support hours to PagerDuty's form."""
    return {
        "type": "fixed_time_per_day",
        "time_zone": hours.time_zone,
        "days_of_week": list(hours.days),
        "start_time": _to_the_second(hours.from_),
        "end_time": LAST_SECOND if hours.to == MIDNIGHT else _to_the_second(hours.to),
    }


def decode_hours(raw: Json | None) -> SupportHours | None:
    """Decode the support hours of a live service, if any."""
    if not raw:
        return None
    end = text_at(raw, "end_time")
    return SupportHours.from_wire(
        time_zone=raw["time_zone"],
        days=tuple(sorted(raw["days_of_week"])),
        from_=text_at(raw, "start_time").removesuffix(":00"),
        to=MIDNIGHT if end == LAST_SECOND else end.removesuffix(":00"),
    )


def _to_the_second(time: str) -> str:
    return time if time.count(":") == 2 else f"{time}:00"


def _constant(level: Level) -> Json:
    return {"type": "constant", "urgency": _WIRE.get(level, level)}


def _level(rule: Json) -> Level:
    """Return our name of an urgency; an unknown one is kept, and is invalid in a file."""
    urgency = rule.get("urgency") or "high"
    return cast("Level", _WORDS.get(urgency, urgency))


def _raise(at: str) -> Json:
    return {
        "type": "urgency_change",
        "at": {"type": "named_time", "name": f"support_hours_{at}"},
        "to_urgency": "high",
    }
