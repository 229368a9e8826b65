"""The scalar words of the file: durations, times, zones, addresses, and references to other entries.

Each is a pydantic annotation that reads what people write, keeps one normal form, and prints it back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from pdslack_cli.model import UNITS, Json, Name, Ref, seconds_in

KEY_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,39}$"


def problem(message: str, hint: str = "") -> PydanticCustomError:
    """A validation error in our own words; the hint travels in the context."""
    return PydanticCustomError("pdslack", "{message}", {"message": message, "hint": hint})


# --- durations -------------------------------------------------------------------------------------


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
        return {"type": "string", "examples": ["30s", "15m", "4h", "2d", "1 week"]}


def parse_duration(value: object) -> Duration:
    """Seconds of `30s`, `15m`, `4h`, `2d`, `1 week` or a sequence of them; raises a validation error else."""
    if isinstance(value, Duration):
        return value
    seconds = seconds_in(value) if isinstance(value, str) else None
    if seconds is None:
        raise problem(f"{value!r} is not a duration", "write it as 30s, 15m, 4h, 2d or 1 week")
    return Duration(seconds)


def _between(low: int, high: int, step: int) -> Callable[[Duration], Duration]:
    def check(value: Duration) -> Duration:
        if not low <= value <= high or value % step:
            whole = f" in whole {Duration(step)} steps" if step > 1 else ""
            raise problem(f"{value} is out of range", f"from {Duration(low)} to {Duration(high)}{whole}")
        return value

    return check


def within(low: str, high: str, step: str = "1s") -> AfterValidator:
    """Bounds of a duration, both inclusive, in whole steps: `Annotated[Duration, within("1m", "9h")]`."""
    bounds = [int(parse_duration(text)) for text in (low, high, step)]
    return AfterValidator(_between(bounds[0], bounds[1], bounds[2]))


class OrNever:
    """Annotation of a time-out that may be None: `never`, or null, switches it off."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            lambda value: None if value == "never" else value,
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda timeout: "never" if timeout is None else str(timeout)
            ),
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> Json:
        return {"type": ["string", "null"], "examples": ["30m", "never"]}


# --- times -------------------------------------------------------------------------------


def _time_of_day(value: str) -> str:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)(?::00)?", value)
    if not found:
        raise problem(f"{value!r} is not a time of day", 'write it as "09:00", with quotes')
    return f"{found[1]}:{found[2]}"


TimeOfDay = Annotated[
    str, AfterValidator(_time_of_day), WithJsonSchema({"type": "string", "examples": ["09:00"]})
]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_days(value: object) -> tuple[int, ...]:
    """ISO weekday numbers (Monday is 1) of `mon-fri`, `sat,sun`, `all` or a list of them."""
    if isinstance(value, tuple):
        return value
    words = value if isinstance(value, list) else str(value).split(",")
    days: set[int] = set()
    for word in words:
        first, dash, last = str(word).strip().lower().partition("-")
        if first in {"all", "daily"} and not dash:
            days.update(range(1, 8))
        elif first in WEEKDAYS and (not dash or last in WEEKDAYS):
            start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
            days.update((start + step) % 7 + 1 for step in range((end - start) % 7 + 1))
        else:
            raise problem(f"{word!r} is not a day", "write days as mon-fri, sat,sun or all")
    return tuple(sorted(days))


def print_days(days: Iterable[int]) -> str:
    """The shortest spelling of a set of weekdays."""
    ordered = sorted(days)
    if ordered == list(range(1, 8)):
        return "all"
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{WEEKDAYS[ordered[0] - 1]}-{WEEKDAYS[ordered[-1] - 1]}"
    return ",".join(WEEKDAYS[day - 1] for day in ordered)


Days = Annotated[
    tuple[int, ...],
    BeforeValidator(parse_days),
    PlainSerializer(print_days),
    WithJsonSchema({"type": ["string", "array"], "examples": ["mon-fri", "sat,sun", "all"]}),
]

# --- texts -----------------------------------------------------------------------------------------


def _email(value: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", value):
        raise problem(f"{value!r} is not an e-mail address", "write it like maya@acme.example")
    return value.lower()


def mailbox(address: str) -> str:
    """The one spelling of an address that others are compared by: case tells no two apart, nor how a
    letter with an accent or an international domain is encoded."""
    local, _, domain = unicodedata.normalize("NFC", address).lower().rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}" if local else domain


Email = Annotated[str, AfterValidator(_email), WithJsonSchema({"type": "string", "format": "email"})]


def _url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+\S*", value):
        raise problem(f"{value!r} is not a web address", "it begins with https:// or http://")
    return value


Url = Annotated[str, AfterValidator(_url), WithJsonSchema({"type": "string", "format": "uri"})]


def _whole_text(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else "" if value is None else value


Text = Annotated[str, BeforeValidator(_whole_text), WithJsonSchema({"type": ["string", "null"]})]
"""Free text; null clears it, and the vendors do not tell null and empty apart (pagerduty.md 15)."""


class Pattern:
    """Annotation of a text of one form: what it is, and for those who miss it, how it is written."""

    def __init__(self, pattern: str, what: str, hint: str) -> None:
        self.pattern, self.what, self.hint = pattern, what, hint

    def check(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            raise problem(f"{value!r} cannot be {self.what}", self.hint)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        return {**handler(schema), "pattern": self.pattern}


KEY_HINT = "use a-z, 0-9, `.`, `_`, `-`, at most 40"
Key = Annotated[str, Pattern(KEY_PATTERN, "a key", KEY_HINT)]

# --- references ------------------------------------------------------------------------------------


class RefTo:
    """Annotation of a reference: a key where one kind is meant, `kind/key` where several can be."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds

    def read(self, value: object) -> Ref:
        if isinstance(value, Ref):
            return value
        forms = " or ".join(f"{kind}/KEY" for kind in self.kinds)
        hint = f"write {forms}" if len(self.kinds) > 1 else f"write the key of {self._choice()}"
        if not isinstance(value, str):
            shown = "nothing" if value is None else repr(value)
            raise problem(f"{shown} is not a reference", hint)
        kind, slash, key = value.partition("/")
        if slash and kind in self.kinds:
            return Ref(kind, key)
        if slash or len(self.kinds) > 1:
            raise problem(f"{value!r} is not a reference to {self._choice()}", hint)
        return Ref(self.kinds[0], value)

    def write(self, ref: Ref) -> str:
        return ref.key if len(self.kinds) == 1 else str(ref)

    def _choice(self) -> str:
        titles = " or ".join(kind.replace("_", " ") for kind in self.kinds)
        return f"an {titles}" if titles[0] in "aeiou" else f"a {titles}"

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.read, serialization=core_schema.plain_serializer_function_ser_schema(self.write)
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> Json:
        return {"type": "string", "description": f"refers to {self._choice()}"}


class CatalogRef:
    """Annotation of a name from a vendor's catalogue: looked up there, case ignored."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def read(self, value: object) -> Ref:
        if isinstance(value, Ref):
            return value
        if not isinstance(value, str) or not value:
            raise problem(f"{value!r} is not the name of a {self.kind.replace('_', ' ')}")
        return Ref(self.kind, Name(value))

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.read,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda ref: str(ref.key)),
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> Json:
        return {"type": "string", "description": f"name of a {self.kind.replace('_', ' ')}, case ignored"}


def references(value: object) -> set[Ref]:
    """Every reference anywhere in a value, models included."""
    found: set[Ref] = set()
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, str):
            continue
        if isinstance(value, Ref):
            found.add(value)
        elif isinstance(value, BaseModel):
            left += [getattr(value, field) for field in value.model_fields_set]
        elif isinstance(value, dict):
            left += value.keys()
            left += value.values()
        elif isinstance(value, list | tuple | set | frozenset):
            left += value
    return found
