"""Time zones of schedules and support hours: any name of the tz database or of Rails (pagerduty.md 1.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator

from pdslack_cli.kinds.base.section import Doubt
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.routing.pcl.schedule import zone_names
from pdslack_cli.routing.zones import LISTED, RAILS


def _known(name: str) -> str:
    if name in RAILS or zone_names().get(name.lower()) == name:
        return name
    near = zone_names().get(name.lower())
    hint = f"did you mean {near!r}?" if near else "use a name like Europe/Berlin or Etc/UTC"
    raise problem(f"{name!r} is not a time zone", hint)


TimeZone = Annotated[str, AfterValidator(_known)]


def zone_doubts(name: str, place: tuple[str | int, ...]) -> Iterable[Doubt]:
    """A zone that PagerDuty does not list: it takes many of those, but nobody knows which."""
    if name not in LISTED:
        better = RAILS.get(name)
        hint = (
            f"{better} is the same" if better else "if an apply is refused, name a listed zone of its hours"
        )
        yield Doubt(place, f"PagerDuty does not list the time zone {name!r} and may refuse it", hint)
