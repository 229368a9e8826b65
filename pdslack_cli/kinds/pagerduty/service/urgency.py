"""How urgent a service's incidents are, and its support hours: one value to PagerDuty (pagerduty.md 5.1)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, cast

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)

from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields.scalars import Days, TimeOfDay, problem
from pdslack_cli.kinds.fields.zones import TimeZone
from pdslack_cli.model import Json

Level = Literal["high", "low", "severity"]
_WORDS: dict[str, Level] = {"high": "high", "low": "low", "severity_based": "severity"}
_WIRE = {word: wire for wire, word in _WORDS.items()}

MIDNIGHT = "24:00"
LAST_SECOND = "23:59:59"  # PagerDuty's times of day end here

_END_SCHEMA = WithJsonSchema({"type": "string", "examples": ["17:00", MIDNIGHT]})


def _end_of_day(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    return value if value == MIDNIGHT else read(value)


class SupportHours(Spec):
    """When people are there. Round the clock is from "00:00" to "24:00"."""

    time_zone: TimeZone
    days: Days = (1, 2, 3, 4, 5, 6, 7)
    from_: Annotated[TimeOfDay, Field(alias="from")]
    to: Annotated[TimeOfDay, WrapValidator(_end_of_day), _END_SCHEMA]

    @model_validator(mode="after")
    def _last(self) -> Self:
        if self.from_ == self.to:
            raise problem(
                f"the hours begin and end at {self.to}", 'round the clock is from "00:00" to "24:00"'
            )
        return self


class ByHours(Spec):
    """One urgency within the support hours, another outside of them."""

    support_hours: Level
    outside: Level
    raise_at: Annotated[
        Literal["start", "end"] | None,
        Field(description="when open incidents of low urgency become high: as the hours start, or end"),
    ] = None

    @model_validator(mode="after")
    def _raises_from_low_to_high(self) -> Self:
        if self.raise_at and (self.support_hours, self.outside) != ("high", "low"):
            hint = "PagerDuty raises from low to high only: write `support_hours: high, outside: low`"
            raise problem("`raise_at` does not fit these urgencies", hint)
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
    """The three fields that have to change together; `hours` are PagerDuty's.

    PagerDuty refuses support hours beside a constant urgency, so a service that has both is told to use the
    hours with the same urgency on both sides of them.
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
    """The urgency of a live service."""
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
    """Support hours as PagerDuty takes them."""
    return {
        "type": "fixed_time_per_day",
        "time_zone": hours.time_zone,
        "days_of_week": list(hours.days),
        "start_time": f"{hours.from_}:00",
        "end_time": LAST_SECOND if hours.to == MIDNIGHT else f"{hours.to}:00",
    }


def decode_hours(raw: Json | None) -> SupportHours | None:
    """The support hours of a live service, if it has any."""
    if not raw:
        return None
    end = str(raw["end_time"])
    return SupportHours.from_wire(
        time_zone=raw["time_zone"],
        days=tuple(sorted(raw["days_of_week"])),
        from_=str(raw["start_time"]).removesuffix(":00"),
        to=MIDNIGHT if end == LAST_SECOND else end.removesuffix(":00"),
    )


def _constant(level: Level) -> Json:
    return {"type": "constant", "urgency": _WIRE.get(level, level)}


def _level(rule: Json) -> Level:
    """The word for an urgency; one that we do not know stays as it is, and no file can say it."""
    urgency = rule.get("urgency") or "high"
    return cast("Level", _WORDS.get(urgency, urgency))


def _raise(at: str) -> Json:
    return {
        "type": "urgency_change",
        "at": {"type": "named_time", "name": f"support_hours_{at}"},
        "to_urgency": "high",
    }
