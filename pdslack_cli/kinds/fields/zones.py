"""Time zones of schedules and support hours: names of the tz database or of Rails (pagerduty.md 1.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator

from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.model import DataPath
from pdslack_cli.routing.pcl.schedule import zone_names
from pdslack_cli.routing.zones import LISTED, RAILS, zone_cure, zone_like


def _known(name: str) -> str:
    if name in RAILS or zone_names().get(name.lower()) == name:
        return name
    raise problem(f"{name!r} is not a time zone", zone_cure(name))


TimeZone = Annotated[
    str,
    AfterValidator(_known),
    written.text("time zone", r"[A-Z][A-Za-z0-9_+/ .&()'-]*", "Europe/Berlin", "America/New_York", "Etc/UTC"),
]


def zone_doubts(name: str, place: DataPath) -> Iterable[Doubt]:
    """Warn about a zone that PagerDuty does not document; it accepts many of those."""
    if name not in LISTED:
        better = RAILS.get(name)
        like = (
            f"if an apply is refused: {zone_like(name)} has the same hours"
            if zone_like(name)
            else zone_cure(name)
        )
        yield Doubt(
            place,
            f"PagerDuty does not list the time zone {name!r} and may refuse it",
            f"{better} is the same" if better else like,
        )
