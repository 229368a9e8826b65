"""Time in conditions: zones, wall-clock instants, weekly windows (orchestration.md 1.9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import Enum
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@lru_cache
def zone_named(name: str) -> ZoneInfo | None:
    """Return the time zone of that name, ignoring case; None if the tz database has none."""
    exact = zone_names().get(name.lower())
    return ZoneInfo(exact) if exact else None


@lru_cache(maxsize=1)
def zone_names() -> dict[str, str]:
    """Return the names of the tz database by their lower-case form."""
    # The standard library's own list opens every file of the database, 50 ms.
    names = (files("tzdata") / "zones").read_text().split()
    return {name.lower(): name for name in names}


class ClockChange(Enum):
    """The effect of a zone's clock change on a wall-clock time."""

    ORDINARY = "once"
    REPEATED = "twice, because the clocks go back"
    SKIPPED = "never, because the clocks go forward"


@dataclass(frozen=True, slots=True)
class ZonedMoment:
    """A wall-clock time in a named zone."""

    local: datetime
    zone: str

    @property
    def instant(self) -> datetime:
        """Convert to UTC; raises OverflowError for a year that is out of range.

        A repeated time is taken as the first, a skipped one moves forward: (unverified), orchestration.md
        1.9.
        """
        return self.local.replace(tzinfo=zone_named(self.zone), fold=0).astimezone(UTC)

    @property
    def clock(self) -> ClockChange:
        first, second = (
            self.local.replace(tzinfo=zone_named(self.zone), fold=fold).utcoffset() for fold in (0, 1)
        )
        if first is None or second is None or first == second:
            return ClockChange.ORDINARY
        return ClockChange.REPEATED if first > second else ClockChange.SKIPPED

    def __str__(self) -> str:
        return f"{self.local.isoformat(' ')} {self.zone}"


@dataclass(frozen=True, slots=True)
class Weekly:
    """A window that opens on the named days and closes that day or, if `to` is not after `since`, the next.

    Both ends are inside. Only the wall clock counts, so a clock change makes gaps and repeats.
    """

    days: tuple[str, ...]
    since: time
    to: time
    zone: str

    @property
    def over_midnight(self) -> bool:
        return self.since >= self.to

    def contains(self, instant: datetime) -> bool:
        """Return whether the zone's wall clock is inside, to the second (fractions: (unverified))."""
        try:
            local = instant.astimezone(zone_named(self.zone))
        except OverflowError:
            return False
        clock = local.time().replace(microsecond=0)
        today = WEEKDAYS[local.weekday()] in self.days
        if not self.over_midnight:
            return today and self.since <= clock <= self.to
        yesterday = WEEKDAYS[local.weekday() - 1] in self.days
        return (today and clock >= self.since) or (yesterday and clock <= self.to)

    def __str__(self) -> str:
        return f"{','.join(self.days)} {self.since} to {self.to} {self.zone}"
