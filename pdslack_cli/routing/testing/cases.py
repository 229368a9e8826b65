"""Test cases for routing: the shape of a `tests:` entry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from pdslack_cli.model import Json, check_year, instant_of, seconds_in
from pdslack_cli.routing.pcl.schedule import zone_named
from pdslack_cli.routing.simulate.trace import EventOutcome

DEFAULT_NOW = datetime(2026, 1, 5, 12)  # a Monday; tests without a clock must not depend on the day they run
LONGEST = timedelta(days=3650)


def _problem(message: str, hint: str) -> PydanticCustomError:
    """In the shape that whoever reads files knows from other mistakes."""
    return PydanticCustomError("pdslack", "{message}", {"message": message, "hint": hint})


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    seconds = seconds_in(value)
    if seconds is None:
        raise _problem(f"{value!r} is not a duration", "write it as 30s, 15m, 4h, 2d or 1 week")
    if seconds > LONGEST.total_seconds():
        raise _problem(f"{value!r} is too long", f"a test looks at {LONGEST.days} days at most")
    return timedelta(seconds=seconds)


def _in_calendar(time: datetime) -> datetime:
    try:
        check_year(time)
    except ValueError as error:
        raise _problem(str(error), "write it like 2026-01-05T09:00:00") from None
    return time


def _known_zone(name: str) -> str:
    if zone_named(name) is None:
        raise _problem(f"{name!r} is not a time zone", "write a name like Europe/Berlin")
    return name


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _or_one(schema: Json) -> None:
    """The JSON Schema of a list for which its only item may stand."""
    several = dict(schema)
    schema.clear()
    schema["anyOf"] = [several["items"], several]


Duration = Annotated[timedelta, BeforeValidator(_duration), WithJsonSchema({"type": "string"})]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(json_schema_extra=_or_one)]
Time = Annotated[
    datetime,
    AfterValidator(_in_calendar),
    WithJsonSchema({"type": "string", "examples": ["2026-01-05T09:00:00"]}),
]
Target = Annotated[str, StringConstraints(pattern=r"^(routing|service)/.+$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expect(_Part):
    """The expected outcome of an event. Only fields that are set are compared; null means none."""

    outcome: EventOutcome | None = None
    service: str | None = None
    priority: str | None = None
    severity: str | None = None
    urgency: Literal["high", "low"] | None = None
    suppressed: bool | None = None
    dropped: bool | None = None
    title: str | None = None
    custom_details: Annotated[dict[str, Any], Field(description="these keys at least, at every depth")] = (
        Field(default_factory=dict)
    )
    event: Annotated[dict[str, Any], Field(description="these fields of the final event at least")] = Field(
        default_factory=dict
    )
    escalation_policy: str | None = None
    on_call: Annotated[Names, Field(description="exactly these people, in any order")] = ()
    channels: Annotated[Names, Field(description="exactly these channels, in any order")] = ()
    path: Annotated[Names, Field(description="rules that matched, in order; others may lie between")] = ()
    note: str | None = None
    pause: Duration | None = None
    fields: Annotated[dict[str, str], Field(description="these custom fields at least")] = Field(
        default_factory=dict
    )
    webhooks: Annotated[Names, Field(description="exactly these requests, in order")] = ()


class Send(_Part):
    """An event, and when it comes: at a time, or after the event before it (the first: after `now`)."""

    to: Annotated[Target, Field(description="routing/KEY or service/KEY")]
    event: Annotated[dict[str, Any], Field(description="its fields, as rules see them under `event`")]
    raw: Annotated[dict[str, Any] | None, Field(description="the JSON as sent, if rules read it")] = None
    at: Time | None = None
    after: Duration = timedelta()
    repeat: Annotated[
        int, Field(ge=1, le=10_000, description="so many times, each `after` the one before")
    ] = 1
    expect: Expect | None = None


class Case(_Part):
    """A test case: one or more events, and the expected outcome of the last one."""

    name: str
    now: Time | None = None
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "Etc/UTC"
    cache: Annotated[
        dict[Target, dict[str, Any]], Field(description="cache variables that are set from outside")
    ] = Field(default_factory=dict)
    send: Annotated[
        tuple[Send, ...], Field(min_length=1), BeforeValidator(_listed), Field(json_schema_extra=_or_one)
    ]
    expect: Expect = Expect()

    def instant(self, time: datetime | None) -> datetime:
        """A time of the case in UTC; one without offset is wall clock in its time zone."""
        return instant_of(time or DEFAULT_NOW, zone_named(self.time_zone) or UTC)
