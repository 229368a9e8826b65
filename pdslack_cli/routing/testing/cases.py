"""Models of test cases: the entries of `tests:`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from pdslack_cli.model import DURATION_PATTERN, TEXT_OR_DATE, Json, check_year, instant_of, seconds_in
from pdslack_cli.routing.pcl.schedule import zone_named
from pdslack_cli.routing.simulate.trace import EventOutcome
from pdslack_cli.routing.zones import zone_cure

DEFAULT_NOW = datetime(2026, 1, 5, 12)  # a Monday; tests without a clock must not depend on the day they run
LONGEST = timedelta(days=3650)


def _problem(message: str, hint: str) -> PydanticCustomError:
    """Build a validation error in the form that the loader of files expects."""
    return PydanticCustomError("pdslack", "{message}", {"message": message, "hint": hint})


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    seconds = seconds_in(value) if isinstance(value, str) else None
    if seconds is None:
        number = isinstance(value, int) and not isinstance(value, bool)
        example = f"add its unit, such as {value}m" if number else "write it as 30s, 15m, 4h, 2d or 1 week"
        raise _problem(f"{value!r} is not a duration", example)
    if seconds > LONGEST.total_seconds():
        raise _problem(f"{value!r} is too long", f"a test looks at {LONGEST.days} days at most")
    return timedelta(seconds=seconds)


_DAY, _CLOCK = "[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?"
_TIME = f"{_DAY}([Tt ]{_CLOCK}([Zz]|[+-][0-9]{{2}}:?[0-9]{{2}})?)?"


def _written_time(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and re.fullmatch(_TIME, value)):
        return value
    raise _problem(f"{value!r} is not a date and a time", "write it like 2026-01-05T09:00:00")


def _in_calendar(time: datetime) -> datetime:
    try:
        check_year(time)
    except ValueError as error:
        raise _problem(str(error), "write it like 2026-01-05T09:00:00") from None
    return time


def _known_zone(name: str) -> str:
    if zone_named(name) is None:
        raise _problem(f"{name!r} is not a time zone", zone_cure(name))
    return name


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _or_one(schema: Json) -> None:
    """Return the JSON Schema of a list that may also be written as its single item."""
    several = dict(schema)
    schema.clear()
    schema["anyOf"] = [several["items"], several]
    schema["description"] = several.pop("description")


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema(
        {"x-type": "duration", "type": "string", "pattern": f"^({DURATION_PATTERN})$", "examples": ["15m"]}
    ),
]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(json_schema_extra=_or_one)]
Time = Annotated[
    datetime,
    BeforeValidator(_written_time),
    AfterValidator(_in_calendar),
    WithJsonSchema(
        {
            "x-type": "date and time",
            **TEXT_OR_DATE,
            "pattern": f"^{_TIME}$",
            "examples": ["2026-01-05T09:00:00", "2026-01-05T09:00:00+01:00"],
        }
    ),
]


def _without(sigil: str) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Remove the sigil that Slack shows before a name: `#ops` is `ops`, and `@maya` is `maya`."""
    return lambda names: tuple(name.removeprefix(sigil) for name in names)


TARGET_KINDS = ("routing", "service")


def _target(value: str, info: ValidationInfo) -> str:
    """Validate the destination of an event; the validation context has the known ones, for messages."""
    kind, _, key = value.partition("/")
    if kind in TARGET_KINDS and key:
        return value
    message, hint = (
        f"{value!r} is not a reference to an event orchestration or service",
        "write routing/KEY or service/KEY",
    )
    about = {"written": value, "kinds": TARGET_KINDS, "write": str, "known": info.context}
    raise PydanticCustomError("pdslack", "{message}", {"message": message, "hint": hint, **about})


Target = Annotated[
    str,
    AfterValidator(_target),
    WithJsonSchema({"type": "string", "pattern": "^(routing|service)/.+$"}),
]


AlertSeverity = Literal["info", "warning", "error", "critical"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Expect(_Part):
    """The expected outcome of an event. Only fields that are set are compared; null means none."""

    outcome: Annotated[EventOutcome | None, Field(description="the expected outcome of the event")] = None
    service: Annotated[str | None, Field(description="key of the service that gets it")] = None
    priority: Annotated[str | None, Field(description="name of the incident's priority")] = None
    severity: Annotated[AlertSeverity | None, Field(description="severity of the alert")] = None
    urgency: Annotated[Literal["high", "low"] | None, Field(description="urgency of the incident")] = None
    suppressed: Annotated[bool | None, Field(description="whether the alert is suppressed")] = None
    dropped: Annotated[bool | None, Field(description="whether a rule drops the event")] = None
    title: Annotated[str | None, Field(description="title of the alert")] = None
    custom_details: Annotated[dict[str, Any], Field(description="these keys at least, at every depth")] = (
        Field(default_factory=dict)
    )
    event: Annotated[dict[str, Any], Field(description="these fields of the final event at least")] = Field(
        default_factory=dict
    )
    escalation_policy: Annotated[str | None, Field(description="key of the policy that is used")] = None
    on_call: Annotated[
        Names, AfterValidator(_without("@")), Field(description="exactly these people, in any order")
    ] = ()
    channels: Annotated[
        Names, AfterValidator(_without("#")), Field(description="exactly these channels, in any order")
    ] = ()
    path: Annotated[Names, Field(description="rules that matched, in order; others may lie between")] = ()
    note: Annotated[str | None, Field(description="the note that rules add to the incident")] = None
    pause: Annotated[Duration | None, Field(description="how long the alert is held back")] = None
    fields: Annotated[dict[str, str], Field(description="these custom fields at least")] = Field(
        default_factory=dict
    )
    webhooks: Annotated[Names, Field(description="exactly these requests, in order")] = ()


class Send(_Part):
    """An event and its time: absolute, or relative to the previous event (for the first: to `now`)."""

    to: Annotated[Target, Field(description="who gets it: routing/KEY or service/KEY")]
    event: Annotated[dict[str, Any], Field(description="its fields, as rules see them under `event`")]
    raw: Annotated[dict[str, Any] | None, Field(description="the JSON as sent, if rules read it")] = None
    at: Annotated[Time | None, Field(description="when it is received")] = None
    after: Annotated[
        Duration, Field(description="how long after the event before it", json_schema_extra={"default": "0s"})
    ] = timedelta()
    repeat: Annotated[
        int, Field(ge=1, le=10_000, strict=True, description="so many times, each `after` the one before")
    ] = 1
    expect: Annotated[Expect | None, Field(description="the outcome of this event")] = None


class Case(_Part):
    """A test case: one or more events, and the expected outcome of the last one."""

    name: Annotated[str, Field(description="the name of the test")]
    now: Annotated[
        Time | None, Field(description="the time of the test; Monday, 2026-01-05 12:00, if left out")
    ] = None
    time_zone: Annotated[
        str, AfterValidator(_known_zone), Field(description="the zone of its times that have no offset")
    ] = "Etc/UTC"
    cache: Annotated[
        dict[Target, dict[str, Any]], Field(description="cache variables that are set from outside")
    ] = Field(default_factory=dict)
    send: Annotated[
        tuple[Send, ...],
        Field(min_length=1, description="an event, or several in order"),
        BeforeValidator(_listed),
        Field(json_schema_extra=_or_one),
    ]
    expect: Annotated[Expect, Field(description="the outcome of the last event")] = Expect()

    def instant(self, time: datetime | None) -> datetime:
        """Return a time of the case in UTC; one without offset is wall clock in its time zone."""
        return instant_of(time or DEFAULT_NOW, zone_named(self.time_zone) or UTC)
