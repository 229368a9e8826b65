"""Overrides of a schedule: somebody else for a while (pagerduty.md 4.1).

Overrides carry no mark, so nothing tells ours from those that people made for themselves: they are only added
to. Past ones are left alone, in the file and in PagerDuty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Annotated, Any, Protocol, Self

from pydantic import Field, model_validator

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields.scalars import RefTo, problem
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import reference
from pdslack_cli.kinds.pagerduty.schedule.layer import WallClock, clock_in_zone
from pdslack_cli.model import Json, Live, Ref
from pdslack_cli.routing.zones import schedule_zone

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

V3 = "schedule_v3"  # the type of schedules with shifts, which other calls read and write
AHEAD = timedelta(days=365)  # what is read, and so what is written: later ones wait for a later apply


class ScheduleOverride(Spec):
    """One person on call in the place of all layers, for a while."""

    from_: Annotated[WallClock, Field(alias="from", description="when it begins, in `time_zone`")]
    to: Annotated[WallClock, Field(description="when it ends, in `time_zone`")]
    who: Annotated[Ref, RefTo("person"), Field(description="who is on call meanwhile")]

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.to <= self.from_:
            raise problem(
                f"the override ends at {self.to}, before it begins at {self.from_}",
                "correct one of them",
                ("to",),
            )
        return self

    def in_zone(self, zone: tzinfo) -> ScheduleOverride:
        """Return the override with its times in that zone; raises a validation error for a skipped time."""
        times = {"from_": clock_in_zone(self.from_, zone), "to": clock_in_zone(self.to, zone)}
        return self.model_copy(update=times)

    def matters(self, now: datetime) -> bool:
        """Whether it is neither over nor more than a year ahead."""
        return self.to > now and self.from_ < now + AHEAD

    def is_there(self, live: Iterable[ScheduleOverride], now: datetime) -> bool:
        """Whether PagerDuty has it. One that has begun may have been cut to the moment of its creation."""
        return any(
            one.who == self.who and one.to == self.to and max(one.from_, now) == max(self.from_, now)
            for one in live
        )


def overrides_after(
    wanted: Iterable[ScheduleOverride], live: Iterable[ScheduleOverride], now: datetime
) -> tuple[ScheduleOverride, ...]:
    """Return the overrides as they read back after the missing ones are added."""
    there = list(live)
    return _in_order([*there, *(one for one in wanted if one.matters(now) and not one.is_there(there, now))])


def _in_order(overrides: Iterable[ScheduleOverride]) -> tuple[ScheduleOverride, ...]:
    return tuple(sorted(overrides, key=lambda one: (one.from_, one.to, one.who)))


class HasOverrides(Protocol):
    @property
    def overrides(self) -> tuple[ScheduleOverride, ...]: ...


class ScheduleOverrides(Part[HasOverrides]):
    """The overrides of the coming year: read in one list, and added in one call."""

    fields = frozenset({"overrides"})
    stored = "overrides"
    empty = ()

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        if live.raw.get("type") == V3:
            return {"overrides": []}
        since, until = live.read_at, live.read_at + AHEAD
        period: Json = {"since": _utc(since), "until": _utc(until)}
        return {"overrides": clients.pagerduty.list(_path(live), "overrides", paged=False, **period)}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        zone = schedule_zone(live.raw["time_zone"]) or UTC
        found = [_decoded(raw, zone, id_index) for raw in live.parts["overrides"]]
        return {"overrides": _in_order(one for one in found if one.to > live.read_at)}

    def write(self, session: Session, ref: Ref, live: Live, spec: HasOverrides) -> None:
        now = datetime.now(UTC)

        def missing() -> list[ScheduleOverride]:
            """Those that nobody has added by now: two equal ones would stay for ever, for none has a mark."""
            there = self.decode(replace(live, parts=self.read(session.clients, live)), session.id_index)
            return [one for one in new if not one.is_there(there["overrides"], now)]

        new = [one for one in spec.overrides if one.matters(now)]
        if not live.new:
            new = missing()
        if new:
            create_once(
                lambda: _add(session, _path(live), new),
                lambda: None if missing() else {},
                unique=False,
                clock=session.clients.clock,
            )


def _add(session: Session, path: str, overrides: Iterable[ScheduleOverride]) -> Json:
    bodies = [_encoded(one, session.id_index) for one in overrides]
    for answer in session.clients.pagerduty.create_each(path, "overrides", bodies):
        if answer.get("status", 201) >= 300:
            reasons = "; ".join(map(str, answer.get("errors") or ())) or "no reason given"
            raise ApiError(
                f"PagerDuty refused an override: {reasons}", provider="pagerduty", method="POST", path=path
            )
    return {}


def _path(live: Live) -> str:
    return f"/schedules/{live.id}/overrides"


def _decoded(raw: Json, zone: tzinfo, id_index: IdIndex) -> ScheduleOverride:
    start, end = (datetime.fromisoformat(raw[name]).astimezone(zone) for name in ("start", "end"))
    who = id_index.ref("person", raw["user"]["id"], raw["user"].get("summary"))
    return ScheduleOverride.from_wire(from_=start, to=end, who=who)


def _encoded(override: ScheduleOverride, id_index: IdIndex) -> Json:
    return {
        "start": _utc(override.from_),
        "end": _utc(override.to),
        "user": reference(id_index.id(override.who), "user"),
    }


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
