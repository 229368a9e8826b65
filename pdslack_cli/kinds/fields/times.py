"""Times of day and days of the week, in the usual spellings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.model import Json
from pdslack_cli.suggest import nearest

_SECONDS = 24 * 3600
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = {
    **dict.fromkeys(("mon", "monday"), 1),
    **dict.fromkeys(("tue", "tues", "tuesday"), 2),
    **dict.fromkeys(("wed", "weds", "wednesday"), 3),
    **dict.fromkeys(("thu", "thur", "thurs", "thursday"), 4),
    **dict.fromkeys(("fri", "friday"), 5),
    **dict.fromkeys(("sat", "saturday"), 6),
    **dict.fromkeys(("sun", "sunday"), 7),
}
_SEVERAL = {
    **dict.fromkeys(("all", "daily", "every day", "everyday"), (1, 7)),
    **dict.fromkeys(("weekdays", "workdays"), (1, 5)),
    **dict.fromkeys(("weekend", "weekends"), (6, 7)),
}
_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?")
_NAMED_TIMES = {"midnight": "00:00", "noon": "12:00", "midday": "12:00"}
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h -]?(\d{2})|:0)?(?:[:.]\d\d)?\s*(am|pm|h|uhr|o'clock)?", re.IGNORECASE)

# --- times of day ------------------------------------------------------------------------------------


def parse_clock(value: object) -> int | None:
    """Parse `09:00` or `09:00:30` to seconds since midnight; `24:00` ends the day. None if invalid."""
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    second = hours * 3600 + minutes * 60 + seconds
    return second if second <= _SECONDS else None


_OFFSET = re.compile(r"[+-]\d\d:\d\d$")
_INSIDE = re.compile(r"(?<!\d)([01]?\d|2[0-3]):[0-5]\d(?!\d)")


def likely_clock(value: object, default: str = '"09:00"') -> str:
    """Suggest the spelling of a time of day written as `1700`, `9:00` or `5pm`; `default` if unclear."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    text = f"{value:.2f}" if isinstance(value, float) else str(value).strip().lower()  # 17.30 means 17:30
    found = _CLOCK.fullmatch(_NAMED_TIMES.get(text, text))
    if found and not isinstance(value, bool):
        hours, minutes, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
        if half in {"am", "pm"} and hours <= 12:
            hours = hours % 12 + (12 if half == "pm" else 0)
        if (hours, minutes) == (24, 0):
            hours = 0
        if hours < 24 and minutes < 60:
            return f'"{hours:02}:{minutes:02}"'
    inside = [
        found[0] for found in _INSIDE.finditer(_OFFSET.sub("", text))
    ]  # with a date, a zone, or seconds
    return f'"{inside[0]:0>5}"' if len(inside) == 1 else default


def _time_of_day_hint(value: object) -> str:
    """Return the hint for a wrong time of day; one with a day of the week has a field of its own for that."""
    day, _, time = str(value).strip().partition(" ")
    if time and parse_weekday(day):
        return f"write {likely_clock(time)}: the hours are the same on each day of `days`, and span no others"
    clock = likely_clock(value, default="")
    return f"write {clock}, with quotes" if clock else 'write it like "09:00", with quotes'


def _time_of_day(value: object) -> str:
    second = parse_clock(value)
    if second is None or second == _SECONDS:
        shown = "nothing" if value is None else repr(value)
        raise problem(f"{shown} is not a time of day", _time_of_day_hint(value))
    seconds = f":{second % 60:02}" if second % 60 else ""
    return f"{second // 3600:02}:{second // 60 % 60:02}{seconds}"


TIME_PATTERN = "([01][0-9]|2[0-3]):([0-5][0-9])(:[0-5][0-9])?"
TimeOfDay = Annotated[
    str,
    BeforeValidator(_time_of_day),
    written.time("time of day", TIME_PATTERN, "09:00", "17:00"),
]

# --- days of the week --------------------------------------------------------------------------------


def parse_weekday(word: str) -> int | None:
    """Parse `mon`, `Monday` or `1` to an ISO number (Monday is 1); None if invalid."""
    word = word.strip().lower()
    return int(word) if word in set("1234567") else _NAMES.get(word)


def parse_days(value: object) -> tuple[int, ...]:
    """Parse `mon-fri`, `sat,sun`, `1-5`, `all` or a list of them to ISO weekday numbers (Monday is 1)."""
    if isinstance(value, tuple):
        return value
    if value is None or isinstance(value, dict | bool):
        ends = "-".join(map(str, value.values())) if isinstance(value, dict) else ""
        shown = "nothing" if value is None else repr(value)
        raise problem(f"{shown} is not a day", _likely_days(ends.lower()))
    words = value if isinstance(value, list) else str(value).split(",")
    days: set[int] = set()
    for word in words:
        text = str(word).strip().lower()
        first, _, last = text.partition("-")
        start, end = parse_weekday(first), parse_weekday(last or first)
        if text in _SEVERAL:
            start, end = _SEVERAL[text]
        if not start or not end or isinstance(word, bool | float | dict | list) or text.endswith("-"):
            raise problem(f"{word!r} is not a day", _likely_days(text))
        days.update((start + step - 1) % 7 + 1 for step in range((end - start) % 7 + 1))
    if not days:
        raise problem("names no day", "write mon-fri, sat,sun, or all for every day")
    return tuple(sorted(days))


_JOINING = frozenset({"and", "through", "thru", "to", "until"})
_DAY_WORD = re.compile(r"[a-z]+|[0-9]+")
_OTHER_WORDS = {
    **dict.fromkeys(("business", "m-f", "mtwtf", "mtwrf", "mtwthf"), "mon-fri"),
    **dict.fromkeys(("business days", "businessdays", "working days", "working week"), "mon-fri"),
    **dict.fromkeys(("any", "any day", "always", "every", "7 days", "*"), "all"),
}
_GLUED = re.compile("({0})({0})".format("|".join(WEEKDAYS)))
_BETWEEN = re.compile(r"[a-z0-9]+\s*(?:-+>?|to|through|thru|until|\.\.+|:|/|[\u2010-\u2015])\s*[a-z0-9]+")


def _likely_days(text: str) -> str:
    """Return how to write `mo-fr`, `mon to fri` or `sat & sun` as days; the forms, if unclear."""
    if text in _OTHER_WORDS:
        return f"write {_OTHER_WORDS[text]}"
    if both := _GLUED.fullmatch(text):
        return f"write {both[1]}-{both[2]}"
    if re.search(r"\d", text):
        return "days are numbered from 1 for Monday to 7 for Sunday"
    days = [_day_begun(word) for word in _DAY_WORD.findall(text) if word not in _JOINING]
    if not days or not all(days):
        return "write days as mon-fri, sat,sun or all"
    names = [WEEKDAYS[day - 1] for day in days if day]
    if len(names) == 2 and _BETWEEN.fullmatch(text):
        return f"write {'-'.join(names)}"
    return f"write {names[0] if len(names) == 1 else '[' + ', '.join(names) + ']'}"  # also inside {…}


# Of German, French and Spanish, as far as they begin like no English one.
_FOREIGN = (
    ("montag", "lundi", "lunes"),
    ("di", "dienstag", "mardi", "martes"),
    ("mi", "mittwoch", "mercredi", "miercoles"),
    ("do", "donnerstag", "jeudi", "jueves"),
    ("freitag", "vendredi", "viernes"),
    ("samstag", "samedi", "sabado"),
    ("so", "sonntag", "dimanche", "domingo"),
)


def _day_begun(word: str) -> int | None:
    """Return the only day whose name begins with a word of two letters or more; None if there is none."""
    word = word.removesuffix("days") + "day" if word.endswith("days") else word
    for number, names in enumerate(_FOREIGN, start=1):
        if word in names or (len(word) > 2 and any(name.startswith(word) for name in names)):
            return parse_weekday(word) or number
    if len(word) > 4 and (near := nearest(word, _NAMES)):
        return _NAMES[near]
    found = {number for name, number in _NAMES.items() if len(word) > 1 and name.startswith(word)}
    return parse_weekday(word) or (found.pop() if len(found) == 1 else None)


def day_name(day: int) -> str:
    """`mon` for 1; a number that is no day of the week, which a vendor may answer, is shown as it is."""
    return WEEKDAYS[day - 1] if day in range(1, 8) else str(day)


def print_days(days: Iterable[int]) -> str:
    """The shortest spelling of a set of weekdays."""
    names = [day_name(day) for day in sorted(days)]
    text = ",".join(names)
    if names == list(WEEKDAYS):
        return "all"
    return f"{names[0]}-{names[-1]}" if len(names) > 2 and text in ",".join(WEEKDAYS) else text


WEEKDAY_PATTERN = written.any_case(*_NAMES)
_DAY = f"{WEEKDAY_PATTERN}|[1-7]"
_DAYS = rf"\s*({written.any_case(*_SEVERAL)}|({_DAY})(\s*-\s*({_DAY}))?)\s*"
_DAY_NUMBER: Json = {"type": "integer", "minimum": 1, "maximum": 7}

Days = Annotated[
    tuple[int, ...],
    BeforeValidator(parse_days),
    PlainSerializer(print_days),
    written.either(
        "days",
        written.text_schema("days", f"{_DAYS}(,{_DAYS})*"),
        _DAY_NUMBER,
        {
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [written.text_schema("days", _DAYS), _DAY_NUMBER]},
        },
        examples=("mon-fri", "sat,sun", "all"),
    ),
]
