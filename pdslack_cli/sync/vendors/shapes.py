"""Values of PagerDuty's answers and events for a message: what cannot be used is as if it were not there.

A field that PagerDuty sends in a shape of tomorrow then costs the field, and not the message.
"""

from __future__ import annotations

from datetime import datetime

from pdslack_cli.model import Json, instant_of

LARGEST = 2**31 - 1  # of a column of numbers on PostgreSQL


def text_of(value: object) -> str:
    return "" if value is None else str(value)


def number_of(value: object) -> int:
    """A count or a number of an incident; 0 for what is none."""
    return value if isinstance(value, int) and 0 <= value <= LARGEST else 0


def time_of(value: object) -> datetime | None:
    """A time, in UTC; None for what is none."""
    try:
        return instant_of(datetime.fromisoformat(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def object_of(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def objects_of(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
