"""Lengths of time, in the usual spellings."""

from __future__ import annotations

import re
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.scalars import not_a, problem
from pdslack_cli.model import DURATION_PATTERN, UNITS, Json, seconds_in
from pdslack_cli.suggest import MISSPELT, Replacement, nearest

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


_ISO = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,3}):(\d\d)(?::(\d\d))?")
_CRON = re.compile(r"(?:[\d*/,-]+\s+){2}(\S+)\s+\*\s+(\S+)")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+|[*,~-](?=\s*\d)")
_COUNT = re.compile(r"\d{1,12}(?:[.,]\d{1,12})?")
_UNCLEAR_LENGTH = re.compile(r"\b\d*\s*(?:mo|months?|monate?|monthly|mois|y|yrs?|years?|yearly|annually)\b")
_WEEKDAY = re.compile(r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:days?)?\b(?: at .*)?")


def _words(**words: str) -> dict[str, str]:
    return {word: meaning for meaning, several in words.items() for word in several.split()}


_COUNTS = {
    **dict.fromkeys(("a", "an", "one"), 1.0),
    **dict.fromkeys(("two", "second", "other"), 2.0),
    **dict.fromkeys(("three", "third"), 3.0),
    "half": 0.5,
    "four": 4.0,
    "five": 5.0,
    "six": 6.0,
    "seven": 7.0,
    "eight": 8.0,
    "ten": 10.0,
    "twelve": 12.0,
    "fifteen": 15.0,
    "twenty": 20.0,
    "thirty": 30.0,
}
_UNIT_WORDS = _words(
    s="s sec secs second seconds sek sekunde sekunden segundo segundos seconde secondes",
    m="m min mins mn minute minutes minuten minuto minutos",
    h="h hr hrs hour hours hourly std stunde stunden hora horas heure heures",
    d="d day days daily nightly tag tage tagen dia dias día días jour jours",
    w="w wk wks week weeks weekly woche wochen semana semanas semaine semaines",
)
_FORTNIGHT = frozenset({"biweekly", "fortnight", "fortnightly", "fortnights"})
_FILLERS = frozenset(
    {"amount", "and", "at", "count", "each", "every", "for", "interval", "length", "long", "of", "on"}
    | {"once", "per", "period", "shift", "shifts", "turn", "type", "unit", "value"}
)
_LONGEST_HINT = 100 * UNITS["w"]


def _duration_hint(value: object) -> str:
    """Return how to write `30`, `{hours: 4}`, `PT4H`, `1.5h`, `0:10` or `1 month` as a duration."""
    example = "write it as 30s, 15m, 4h, 2d or 1 week"
    if count := _bare_count(value):
        return _with_unit(count, 1, 2 * UNITS["d"])
    text = _as_phrase(value)
    if _UNCLEAR_LENGTH.search(text):
        return f"months and years differ in length: {example}"
    length = _WEEKDAY.sub("", text)
    on_day = length != text
    seconds = _likely_seconds(length) or (UNITS["w"] if on_day and not {*length.split()} - _FILLERS else 0)
    if not 0 < seconds <= _LONGEST_HINT:
        return example
    likely = Replacement(str(Duration(seconds)))
    return f"{likely}; the day is that of its start" if on_day else likely


def _bare_count(value: object) -> int:
    """Return the number that stands where a duration should; 0 for anything else."""
    text = _as_phrase(value)
    return int(float(text)) if re.fullmatch(r"0*[1-9]\d{0,11}(?:\.0+)?", text) else 0


def _with_unit(count: int, shortest: int, longest: int) -> Replacement:
    """Return the hint to add a unit, one that makes the count a likely length of time if there is one."""
    likely = [unit for unit, seconds in UNITS.items() if shortest <= count * seconds <= longest]
    return Replacement(*(f"{count}{unit}" for unit in likely or UNITS), lead="add its unit, such as")


def _as_phrase(value: object) -> str:
    """Return `{weeks: 2}`, `{unit: weeks, value: 2}` or `[2w]` as a phrase: counts before units."""
    if isinstance(value, list) and len(value) == 1:
        return _as_phrase(value[0])
    if isinstance(value, dict):
        words = [str(word) for pair in value.items() for word in reversed(pair)]
        return " ".join(sorted(words, key=str.isalpha) if "unit" in value else words).lower()
    return str(value).strip().lower()


def _likely_seconds(text: str) -> int:
    """Return the seconds that a foreign spelling of a duration probably means; 0 if unclear."""
    if iso := _ISO.fullmatch(text):
        return sum(int(count or 0) * UNITS[unit] for count, unit in zip(iso.groups(), "wdhms", strict=True))
    if clock := _CLOCK.fullmatch(text):
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)
    if cron := _CRON.fullmatch(text):
        return UNITS["w"] if cron[2] != "*" else UNITS["d"] if cron[1] == "*" else 0
    return round(
        _counted(re.findall(r"\d+(?:[.,]\d+)?|[^\W\d_]+|[*,–~-](?=\s*\d)", text.replace("bi-", "bi")))
    )


def _counted(words: list[str]) -> float:
    """Return the sum of counts and their units, `1 week 2 days`; 0 where a word is neither."""
    total, count = 0.0, 0.0
    for word in words:
        number = float(word.replace(",", ".")) if _COUNT.fullmatch(word) else _COUNTS.get(word)
        if number is not None:
            count = number * (count or 1) if word in _COUNTS else number
        elif word in _FORTNIGHT:
            total, count = total + 2 * UNITS["w"], 0.0
        elif word in _UNIT_WORDS:
            total, count = total + (count or 1) * UNITS[_UNIT_WORDS[word]], 0.0
        elif word not in _FILLERS and (unit := len(word) > 2 and nearest(word, _UNIT_WORDS, MISSPELT)):
            total, count = total + (count or 1) * UNITS[_UNIT_WORDS[unit]], 0.0
        elif word not in _FILLERS:
            return 0
    return 0 if count else total


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


class Usually:
    """Annotation of a duration: how long it usually is, which tells what a number without a unit means."""

    def __init__(self, shortest: str, longest: str) -> None:
        self._shortest, self._longest = parse_duration(shortest), parse_duration(longest)

    def check(self, value: object) -> object:
        if count := _bare_count(value):
            raise not_a("duration", value, _with_unit(count, self._shortest, self._longest))
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.check, handler(source))


_NO_TIME = frozenset({"0", "disable", "disabled", "false", "no", "none", "off", "null"})


def _never(value: Any) -> Any:
    text = str(value).strip().lower()
    if value is not None and value != "never" and (text in _NO_TIME or nearest(text, ["never"], MISSPELT)):
        raise not_a("duration", value, Replacement("never"))
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
