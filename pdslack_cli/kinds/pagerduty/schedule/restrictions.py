"""When a schedule layer applies: hours on certain days, or spans of the week (pagerduty.md 4.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, NamedTuple, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, model_validator

from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.scalars import not_a, problem
from pdslack_cli.kinds.fields.times import (
    WEEKDAY_PATTERN,
    WEEKDAYS,
    Days,
    day_name,
    likely_clock,
    parse_clock,
    parse_weekday,
    print_days,
)
from pdslack_cli.model import Json

DAY = 24 * 60 * 60
WEEK = 7 * DAY
EVERY_DAY = tuple(range(1, 8))

_MOMENT = re.compile(r"(?:([A-Za-z]+) +)?(\S+)")


class WeekMoment(NamedTuple):
    """A time of day, optionally with a weekday (Monday is 1); `second` counts from midnight."""

    day: int | None
    second: int

    def __str__(self) -> str:
        minutes, seconds = divmod(self.second, 60)
        text = f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
        return f"{day_name(self.day)} {text}" if self.day else text


def _moment(value: object) -> WeekMoment:
    if isinstance(value, WeekMoment):
        return value
    found = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    second = parse_clock(found[2]) if found else None
    day = parse_weekday(found[1]) if found and found[1] else None
    if not found or second is None or bool(found[1]) != bool(day):
        raise not_a("time of day or of the week", value, _likely_moment(value))
    days, second = divmod(second, DAY)  # 24:00 is the beginning of the next day
    return WeekMoment((day - 1 + days) % 7 + 1 if day else None, second)


def _likely_moment(value: object) -> str:
    """Return how to write `fri 1700`, `17:00 fri`, `fri` or `5pm` as a moment of the week."""
    words = str(value).split()
    days = [day for word in words if not word.isdigit() and (day := parse_weekday(word))]
    times = [word for word in words if word.isdigit() or not parse_weekday(word)]
    if len(days) != 1:
        return f"write {likely_clock(value if len(words) == 1 else '')}, or fri 17:00"
    name = WEEKDAYS[days[0] - 1]
    clock = likely_clock(" ".join(times)).strip('"')
    return f"write {name} {clock}" if times else f"write {name} 00:00, or another time of that day"


MomentText = Annotated[
    WeekMoment,
    BeforeValidator(_moment),
    PlainSerializer(str),
    written.time(
        "time of day or week",
        rf"(({WEEKDAY_PATTERN}) +)?(([01][0-9]|2[0-3]):([0-5][0-9])(:[0-5][0-9])?|24:00)",
        *("09:00", "fri 17:00"),
    ),
]


_ENDS = ("from", "to")


class Window(Spec):
    """Hours on each of some days, past midnight if they end before they begin; or a span of the week."""

    days: Annotated[Days | None, Field(description="the days on which it begins; every day, if left out")] = (
        None
    )
    from_: Annotated[MomentText, Field(alias="from", description='when it begins: "09:00", or fri 17:00')]
    to: Annotated[MomentText, Field(description="when it ends, in the same form")]

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        span = bool(self.from_.day)
        if span != bool(self.to.day):
            raise problem(
                f"from {self.from_} to {self.to}: only one of them names a day of the week",
                "write {from: fri 17:00, to: mon 09:00}, or {days: mon-fri, from: '09:00', to: '17:00'}",
                needs=_ENDS,
            )
        if span and self.days is not None:
            raise problem(
                f"`days` cannot be combined with a span of the week (from {self.from_} to {self.to})",
                "take `days` out, or the weekdays out of `from` and `to`",
                needs=_ENDS,
            )
        if span and self.from_ == self.to:
            raise problem(
                f"from {self.from_} to {self.to} is the whole week",
                "leave the restriction out instead",
                needs=_ENDS,
            )
        return self

    def __str__(self) -> str:
        if self.from_.day:
            return f"{self.from_} to {self.to}"
        return f"{print_days(self.days or EVERY_DAY)} {self.from_} to {self.to}"


class LayerRestriction(NamedTuple):
    """PagerDuty's form: a start, weekly or daily (None), and a duration in seconds."""

    start: WeekMoment
    length: int

    def encode(self) -> Json:
        day, second = self.start
        restriction: Json = {
            "type": "weekly_restriction" if day else "daily_restriction",
            "start_time_of_day": f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}",
            "duration_seconds": self.length,
        }
        return restriction | ({"start_day_of_week": day} if day else {})


def decode_restriction(raw: Json) -> LayerRestriction:
    """Convert from the vendor's object."""
    day = raw["start_day_of_week"] if text_at(raw, "type") == "weekly_restriction" else None
    second = _moment(raw["start_time_of_day"]).second
    # Every day for a day or longer is always.
    length = raw["duration_seconds"] if day else min(raw["duration_seconds"], DAY)
    return LayerRestriction(WeekMoment(day, second), length)


def restrictions(windows: Iterable[Window]) -> Iterator[LayerRestriction]:
    """Convert windows to PagerDuty's restrictions, which cover one day of the week or every day."""
    for window in windows:
        start, end = window.from_, window.to
        if start.day and end.day:
            yield LayerRestriction(start, ((end.day - start.day) * DAY + end.second - start.second) % WEEK)
            continue
        length = (end.second - start.second) % DAY or DAY
        days = EVERY_DAY if window.days is None else window.days
        for day in (None,) if days == EVERY_DAY else days:
            yield LayerRestriction(WeekMoment(day, start.second), length)


def windows(found: Iterable[LayerRestriction]) -> tuple[Window, ...]:
    """Normalize a set of restrictions: days with the same hours are joined."""
    hours: dict[tuple[int, int], set[int]] = {}
    spans = set()
    for restriction in found:
        (day, second), length = restriction
        if length > DAY:
            spans.add(restriction)
        else:
            hours.setdefault((second, length), set()).update((day,) if day else EVERY_DAY)
    joined = [
        Window.model_construct(
            days=tuple(sorted(days)),
            from_=WeekMoment(None, second),
            to=WeekMoment(None, (second + length) % DAY),
        )
        for (second, length), days in sorted(hours.items())
    ]
    return (*joined, *(_span(restriction) for restriction in sorted(spans)))


def _span(restriction: LayerRestriction) -> Window:
    (day, second), length = restriction
    assert day
    days, end = divmod((day - 1) * DAY + second + length, DAY)
    return Window.model_construct(from_=restriction.start, to=WeekMoment(days % 7 + 1, end))


Windows = Annotated[tuple[Window, ...], AfterValidator(lambda found: windows(restrictions(found)))]
"""Windows in their one spelling, so that two ways to write the same hours compare equal."""
