"""Overrides of a schedule: somebody else for a while (pagerduty.md 4.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.fields.moments import utc_text
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import reference
from pdslack_cli.kinds.pagerduty.schedule.periods import AddedPeriods, OnCallPeriod, moment_of
from pdslack_cli.model import Json, Live

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

V3 = "schedule_v3"  # the type of schedules with shifts, which other calls read and write


class ScheduleOverride(OnCallPeriod):
    """One person on call in the place of all layers, for a while."""

    called = "the override"


class ScheduleOverrides(AddedPeriods):
    """The overrides of a schedule with layers."""

    field, schedules, paged = "overrides", "/schedules", False

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {"overrides": ()} if live.raw.get("type") == V3 else super().read(clients, live)

    def decode_one(self, raw: Json, zone: tzinfo, id_index: IdIndex) -> ScheduleOverride:
        who = id_index.ref("person", raw["user"]["id"], raw["user"].get("summary"))
        return ScheduleOverride.from_wire(
            from_=moment_of(raw, "start", zone), to=moment_of(raw, "end", zone), who=who
        )

    def add(self, session: Session, live: Live, periods: Sequence[ScheduleOverride]) -> None:
        path = self.path(live)
        bodies = [_encoded(one, session.id_index) for one in periods]
        for answer in session.clients.pagerduty.create_each(path, self.field, bodies):
            if answer.get("status", 201) >= 300:
                reasons = "; ".join(map(str, answer.get("errors") or ())) or "no reason given"
                raise ApiError(
                    f"PagerDuty refused an override: {reasons}",
                    provider="pagerduty",
                    method="POST",
                    path=path,
                )


def _encoded(override: ScheduleOverride, id_index: IdIndex) -> Json:
    return {
        "start": utc_text(override.from_),
        "end": utc_text(override.to),
        "user": reference(id_index.id(override.who), "user"),
    }
