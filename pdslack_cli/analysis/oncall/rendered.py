"""Read who is on call from PagerDuty: of a schedule as it is, and of a draft (pagerduty.md 4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pdslack_cli.analysis.oncall.shifts import OnCallSpan, joined
from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.vendor_json import moment_at, reads_answers
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedule, Schedules
from pdslack_cli.model import Json


@dataclass(frozen=True)
class RenderedSchedule:
    """Who is on call in a period, all things considered, and the overrides alone."""

    final: Sequence[OnCallSpan]
    overrides: Sequence[OnCallSpan]


@reads_answers
def read_rendered(
    clients: Clients, id_: str, id_index: IdIndex, since: datetime, until: datetime
) -> RenderedSchedule:
    """Read who is on call in an existing schedule; raises ApiError."""
    answer = clients.pagerduty.get(f"/schedules/{id_}", **_period(since, until))["schedule"]
    return RenderedSchedule(
        _spans(answer["final_schedule"], id_index), _spans(answer["overrides_subschedule"], id_index)
    )


@reads_answers
def preview(
    clients: Clients, spec: Schedule, id_index: IdIndex, since: datetime, until: datetime
) -> Sequence[OnCallSpan]:
    """Let PagerDuty render the layers of a schedule without saving them; raises ApiError.

    The draft has no overrides, and its layers no ids: those of an existing schedule may not be sent.
    """
    kind = Schedules()
    body = kind.encode(spec.restricted_to({"name", "time_zone", "layers"}), id_index, None)
    draft = {kind.wrapper: {**body, "type": kind.type_name}}
    answer = clients.pagerduty.draft(f"{kind.path}/preview", draft, **_period(since, until))
    return _spans(answer[kind.wrapper]["final_schedule"], id_index)


def _period(since: datetime, until: datetime) -> Json:
    return {"since": f"{since:%Y-%m-%dT%H:%M:%SZ}", "until": f"{until:%Y-%m-%dT%H:%M:%SZ}"}


def _spans(rendered: Json, id_index: IdIndex) -> list[OnCallSpan]:
    found = [
        OnCallSpan(
            moment_at(entry, "start"),
            moment_at(entry, "end"),
            id_index.ref("person", entry["user"]["id"], entry["user"].get("summary")),
        )
        for entry in rendered["rendered_schedule_entries"]
    ]
    return joined(sorted(found))
