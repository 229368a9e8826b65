"""Periods in which somebody is on call by no rotation: overrides and custom shifts (pagerduty.md 4.1, 4.2).

They carry no mark, so nothing tells ours from those that people made for themselves: they are only added
to. Past ones are left alone, in the file and in PagerDuty.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeVar

from pydantic import Field, model_validator

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.clients.http.vendor_json import moment_at
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields.moments import utc_text
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.schedule.layer import WallClock, clock_in_zone
from pdslack_cli.model import Json, Live, Ref
from pdslack_cli.routing.zones import schedule_zone

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

AHEAD = timedelta(days=365)  # what is read, and so what is written: later ones wait for a later apply


class OnCallPeriod(Spec):
    """One person on call for a while."""

    from_: Annotated[WallClock, Field(alias="from", description="when it begins, in `time_zone`")]
    to: Annotated[WallClock, Field(description="when it ends, in `time_zone`")]
    who: Annotated[Ref, RefTo("person"), Field(description="who is on call meanwhile")]

    called: ClassVar[str] = "the period"

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.to <= self.from_:
            raise problem(
                f"{self.called} ends at {self.to}, before it begins at {self.from_}",
                "correct one of them",
                ("to",),
            )
        return self

    @property
    def people(self) -> tuple[Ref, ...]:
        """The people it names."""
        return (self.who,)

    def in_zone(self, zone: tzinfo) -> Self:
        """Return the period with its times in that zone; raises a validation error for a skipped time."""
        times = {"from_": clock_in_zone(self.from_, zone), "to": clock_in_zone(self.to, zone)}
        return self.model_copy(update=times)

    def matters(self, now: datetime) -> bool:
        """Whether it is neither over nor more than a year ahead."""
        return self.to > now and self.from_ < now + AHEAD

    def is_there(self, live: Iterable[OnCallPeriod], now: datetime) -> bool:
        """Whether PagerDuty has it. One that has begun may have been cut to the moment of its creation."""
        return any(
            one.people == self.people and one.to == self.to and max(one.from_, now) == max(self.from_, now)
            for one in live
        )


P = TypeVar("P", bound=OnCallPeriod)


def periods_in_zone(periods: Iterable[P], time_zone: str) -> tuple[P, ...]:
    """Return the periods in a zone. One that is written twice is one: PagerDuty would hold both."""
    zone = schedule_zone(time_zone)
    return tuple(dict.fromkeys(one.in_zone(zone) if zone else one for one in periods))


def periods_after(wanted: Iterable[P], live: Iterable[P], now: datetime) -> tuple[P, ...]:
    """Return the periods as they read back after the missing ones are added."""
    there = list(live)
    return _in_order([*there, *(one for one in wanted if one.matters(now) and not one.is_there(there, now))])


def _in_order(periods: Iterable[P]) -> tuple[P, ...]:
    return tuple(sorted(set(periods), key=lambda one: (one.from_, one.to, one.people)))


class AddedPeriods(Part[Any]):
    """The periods of the coming year in one field of a schedule: read in one list, and added to."""

    field: ClassVar[str]
    schedules: ClassVar[str]  # the path of the kind: "/schedules"
    paged: ClassVar[bool] = True
    empty = ()

    def __init__(self) -> None:
        self.fields = frozenset({self.field})
        self.stored = self.field

    def path(self, live: Live) -> str:
        return f"{self.schedules}/{live.id}/{self.field}"

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {self.stored: self.read_between(clients, live, live.read_at, live.read_at + AHEAD)}

    def read_between(self, clients: Clients, live: Live, since: datetime, until: datetime) -> Sequence[Json]:
        """Read those that touch a period, in the vendor's form."""
        period: Json = {"since": utc_text(since), "until": utc_text(until)}
        return tuple(clients.pagerduty.list(self.path(live), self.field, paged=self.paged, **period))

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        zone = schedule_zone(live.raw["time_zone"]) or UTC
        found = (self.decode_one(raw, zone, id_index) for raw in live.parts[self.stored])
        return {self.field: _in_order(one for one in found if one and one.to > live.read_at)}

    @abstractmethod
    def decode_one(self, raw: Json, zone: tzinfo, id_index: IdIndex) -> OnCallPeriod | None:
        """Decode a period; None for one that a file cannot express."""

    @abstractmethod
    def add(self, session: Session, live: Live, periods: Sequence[Any]) -> None:
        """Create them in one call."""

    def write(self, session: Session, ref: Ref, live: Live, spec: Any) -> None:
        now = session.clients.pagerduty.now

        def missing() -> list[OnCallPeriod]:
            """Those that nobody has added by now: two equal ones would stay for ever, for none has a mark."""
            there = self.decode(replace(live, parts=self.read(session.clients, live)), session.id_index)
            return [one for one in new if not one.is_there(there[self.field], now)]

        def add() -> Json:
            self.add(session, live, new)
            return {}

        new: list[OnCallPeriod] = [one for one in getattr(spec, self.field) if one.matters(now)]
        if not live.new:
            new = missing()
        if new:
            create_once(add, lambda: None if missing() else {}, unique=False, clock=session.clients.clock)


def moment_of(raw: Json, name: str, zone: tzinfo) -> datetime:
    """A time of the vendor's, on the wall clock of a zone."""
    return moment_at(raw, name).astimezone(zone)
