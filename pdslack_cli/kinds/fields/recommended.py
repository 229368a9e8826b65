"""Durations that PagerDuty may choose itself: `recommended` in the file, 0 when sent (pagerduty.md 5.3, 5.4).

PagerDuty reads such a value back as 0, or as the number that it recommends today. Neither differs from a file
that says `recommended`, and the number is sent as 0 again, so that an update does not fix it.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.durations import Duration
from pdslack_cli.model import DURATION_PATTERN, Json

WORD = "recommended"


class Recommended(Duration):
    """The recommended duration, as a file asks for it: of unknown length (0), or of the live object's."""

    __slots__ = ()

    def __str__(self) -> str:
        return super().__str__() if self else WORD


class RecommendedNow(Duration):
    """The duration of a live object that is also the one which PagerDuty recommends at this time."""

    __slots__ = ()


RECOMMENDED = Recommended(0)

D = TypeVar("D", bound=Duration | None)


def to_wire(duration: Duration) -> int:
    return 0 if isinstance(duration, Recommended) else int(duration)


def from_wire(seconds: int | None, recommended: int | None) -> Duration:
    if not seconds:
        return RECOMMENDED
    return RecommendedNow(seconds) if seconds == recommended else Duration(seconds)


def settled(wanted: D, live: Duration | None) -> D | Recommended:
    """Return the wanted duration, with the length of the live one if that is the recommended one too."""
    follows = isinstance(wanted, Recommended) and isinstance(live, RecommendedNow)
    return Recommended(live or 0) if follows else wanted


class OrRecommended:
    """Annotation of a duration that may be `recommended`; other limits are not asked then."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            lambda value, read: (
                RECOMMENDED if value == WORD else value if isinstance(value, Recommended) else read(value)
            ),
            handler(source),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        words = written.text_schema(f"duration | {WORD}", f"{WORD}|{DURATION_PATTERN}", "10m", WORD)
        limits = {key: value for key, value in handler(schema).items() if key == written.X_LIMIT}
        return {**words, **limits}
