"""Moments: a date and a time with an offset, or as a wall clock in the time zone of the entry."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.scalars import not_a, problem
from pdslack_cli.model import TEXT_OR_DATE, check_year
from pdslack_cli.routing.zones import schedule_zone

_MOMENT = "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:00)?(Z|[+-][0-9]{2}:[0-9]{2})?"
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_HINT = "write it as 2026-01-05T09:00:00 with `time_zone`, or with an offset: 2026-01-05T09:00:00+01:00"


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        value = value.isoformat()
    if re.fullmatch(_DATE, str(value)):
        raise not_a("date and a time in whole minutes", value, f"add the time of day: {value}T00:00:00")
    if not re.fullmatch(_MOMENT, str(value)):
        raise not_a("date and a time in whole minutes", value, _HINT)
    return in_calendar(value, _HINT)


def in_calendar(value: object, hint: str) -> datetime:
    """Return the date and time that a text of the right form means; raises a problem with `hint` if none."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise problem(f"{value!r} is not in the calendar", hint) from None
    try:
        check_year(moment)
    except ValueError as error:
        raise problem(str(error), hint) from None
    return moment


def utc_text(moment: datetime) -> str:
    """Return the moment as both vendors and files write it: `2026-01-05T08:00:00Z`."""
    if moment.tzinfo is None:
        return f"{moment:%Y-%m-%dT%H:%M:%S}"
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    PlainSerializer(utc_text),
    WithJsonSchema(
        {
            written.X_TYPE: "date and time",
            **TEXT_OR_DATE,
            "pattern": f"^{_MOMENT}$",
            "examples": ["2026-01-05T09:00:00", "2026-01-05T09:00:00+01:00"],
        }
    ),
]
"""A moment. `in_zone` makes it one of UTC, in which two compare as instants."""


def in_zone(moment: datetime, time_zone: str | None) -> datetime:
    """Return the moment in UTC; raises a validation error for a wall clock that no zone places."""
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    zone = schedule_zone(time_zone or "")
    if zone is None:
        hint = "add `time_zone`, or an offset such as +01:00"
        raise problem(f"{utc_text(moment)} has no time zone", hint, needs=("time_zone",), beside=True)
    instant = moment.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != moment:
        raise problem(f"{moment} does not exist in {zone}", "clocks go forward over it; choose another time")
    return instant
