"""Lengths of time, in the usual spellings."""

from __future__ import annotations

import re
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.scalars import not_a, problem
from pdslack_cli.model import DURATION_PATTERN, UNITS, Json, seconds_in

DURATION_SCHEMA = written.text_schema("duration", DURATION_PATTERN, "30s", "15m", "4h", "2d", "1 week")


class Duration(int):
    """A length of time in whole seconds that prints as people write it (`15m`, `1h30m`)."""

    __slots__ = ()

    def __str__(self) -> str:
        if self == 0:
            return "0s"
        rest, words = int(self), []
        for unit, seconds in sorted(UNITS.items(), key=lambda item: -item[1]):
            count, rest = divmod(rest, seconds)
            if count:
                words.append(f"{count}{unit}")
        return "".join(words)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            parse_duration, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> Json:
        return DURATION_SCHEMA


def parse_duration(value: object) -> Duration:
    """Seconds of `30s`, `15m`, `4h`, `2d`, `1 week` or a sequence of them; raises a validation error else."""
    if isinstance(value, Duration):
        return value
    seconds = seconds_in(value) if isinstance(value, str) else None
    if seconds is None:
        raise not_a("duration", value, _duration_hint(value))
    return Duration(seconds)


_ISO = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_SHORT = re.compile(r"(\d+(?:[.,]\d+)?)\s*(s|m|h|d|w)[a-z]*\.?", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_WORDS = {
    "minute": "1m", "hour": "1h", "hourly": "1h", "day": "1d", "daily": "1d", "week": "1w", "weekly": "1w",
    "biweekly": "2w", "bi-weekly": "2w", "fortnight": "2w", "fortnightly": "2w", "every 2 weeks": "2w",
}  # fmt: skip
_LONGEST_HINT = 100 * UNITS["w"]


def _duration_hint(value: object) -> str:
    """Return how to write `30`, `4 hrs`, `PT4H`, `1.5h`, `0:10` or `1 month` as a duration."""
    example = "write it as 30s, 15m, 4h, 2d or 1 week"
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return f"add its unit, such as {value}s, {value}m or {value}h"
    text = str(value).strip().lower()
    if re.match(r"\d*\s*(?:mo|y)", text):
        return f"months and years differ in length: {example}"
    seconds = seconds_in(_WORDS.get(text, "")) or _likely_seconds(text.upper())
    return f"write {Duration(seconds)}" if 0 < seconds <= _LONGEST_HINT else example


def _likely_seconds(text: str) -> int:
    """Return the seconds that a foreign spelling of a duration probably means; 0 if unclear."""
    iso, short, clock = _ISO.fullmatch(text), _SHORT.fullmatch(text), _CLOCK.fullmatch(text)
    if iso:
        return sum(int(count or 0) * UNITS[unit] for count, unit in zip(iso.groups(), "wdhms", strict=True))
    if short:
        return round(float(short[1].replace(",", ".")[:20]) * UNITS[short[2].lower()])
    if clock:
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)
    return 0


class Within:
    """Annotation of a duration with bounds, both inclusive, and a step."""

    def __init__(self, low: int, high: int, step: int) -> None:
        self.low, self.high, self.step = Duration(low), Duration(high), Duration(step)

    def __str__(self) -> str:
        whole = f" in whole {self.step} steps" if self.step > 1 else ""
        return f"from {self.low} to {self.high}{whole}"

    def check(self, value: Duration) -> Duration:
        if not self.low <= value <= self.high:
            raise problem(f"{value} is out of range", str(self))
        if value % self.step:
            below = Duration(value - value % self.step)
            raise problem(
                f"{value} is not a multiple of {self.step}", f"write {below} or {Duration(below + self.step)}"
            )
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        return {**handler(schema), written.X_LIMIT: str(self)}


def within(low: str, high: str, step: str = "1s") -> Within:
    """Return the bounds of a duration: `Annotated[Duration, within("1m", "9h")]`."""
    return Within(*(int(parse_duration(text)) for text in (low, high, step)))


_NO_TIME = frozenset({"0", "disable", "disabled", "false", "no", "none", "off", "null"})


def _never(value: Any) -> Any:
    if str(value).strip().lower() in _NO_TIME and value is not None:
        raise not_a("duration", value, "write never")
    return None if value == "never" else value


class OrNever:
    """Annotation of an optional time-out: `never` or null disables it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            _never,
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda timeout: "never" if timeout is None else str(timeout)
            ),
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> Json:
        schema = written.text_schema("duration | never", f"never|{DURATION_PATTERN}", "30m", "never")
        return {**schema, "type": ["string", "null"]}
