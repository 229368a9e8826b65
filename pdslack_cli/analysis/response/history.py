"""How incidents were answered, by PagerDuty's analytics or by their timelines (pagerduty.md 11, 13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pdslack_cli.clients.http.calls import ApiRequest
from pdslack_cli.clients.http.vendor_json import entries, moment_at, reads_answers
from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.errors import AuthError, NotFoundError, PdslackError, PlanLimitError
from pdslack_cli.model import Json
from pdslack_cli.routing.replay.replay import incidents_with

RAW = "/analytics/raw/incidents"
PAGE = 1000
LONGEST = timedelta(days=360)  # of one query of analytics, which takes a year at most
MOST_PAGES = 1000
LARGEST = 1e10  # of a figure: 300 years, in seconds
CLOCKS_DIFFER = timedelta(days=1)  # at most, of PagerDuty's clock and the one of this machine

Source = Literal["analytics", "incidents"]


@dataclass(frozen=True)
class AnsweredIncident:
    """What one incident took. None: it was never acknowledged, or is still open."""

    id: str
    created_at: datetime
    service: str
    service_id: str
    teams: tuple[str, ...] = ()
    urgency: str = "high"
    seconds_to_acknowledge: int | None = None
    seconds_to_resolve: int | None = None
    interruptions: int = 0
    escalations: int = 0


class History(NamedTuple):
    """The incidents of a time, oldest first; where they were read, and why not in analytics ("" if there)."""

    incidents: tuple[AnsweredIncident, ...]
    source: Source
    reason: str = ""

    @property
    def end(self) -> datetime | None:
        """When the last thing happened in it."""
        return max(
            (one.created_at + timedelta(seconds=one.seconds_to_resolve or 0) for one in self.incidents),
            default=None,
        )


def read_answers(
    pagerduty: PagerDutyClient, since: datetime, until: datetime, source: Source | None = None
) -> History:
    """Read how the incidents of that time were answered; raises ApiError.

    Without a `source` it is analytics, and the incidents themselves where the account has none.
    """
    reason = ""
    if source != "incidents":
        try:
            return History(_sorted(_from_analytics(pagerduty, since, until)), "analytics")
        except (PlanLimitError, AuthError, NotFoundError) as error:
            if source == "analytics":
                raise
            reason = f"PagerDuty's analytics cannot be used: {error}"
    return History(_sorted(_from_timelines(pagerduty, since, until)), "incidents", reason)


def _sorted(incidents: Iterator[AnsweredIncident]) -> tuple[AnsweredIncident, ...]:
    once = {incident.id: incident for incident in incidents}
    return tuple(sorted(once.values(), key=lambda incident: (incident.created_at, incident.id)))


@reads_answers
def _from_analytics(
    pagerduty: PagerDutyClient, since: datetime, until: datetime
) -> Iterator[AnsweredIncident]:
    begin = since
    while begin < until:
        end = min(begin + LONGEST, until)
        # The last query is open at its end: PagerDuty's clock counts, not the one of this machine.
        last = {} if end == until else {"created_at_end": end.isoformat()}
        filters = {"created_at_start": begin.isoformat(), **last}
        after: Json = {}
        for _ in range(MOST_PAGES):
            answer = pagerduty.draft(
                RAW, {"filters": filters, "limit": PAGE, "order": "asc", "order_by": "created_at", **after}
            )
            rows = entries(ApiRequest("pagerduty", "POST", RAW, repeatable=True), answer, "data")
            yield from map(_of_raw, rows)
            if not answer.get("more") or not rows:
                break
            after = {"starting_after": answer.get("last") or rows[-1]["id"]}
        else:
            raise PdslackError(
                "PagerDuty's analytics have more incidents than can be read: choose a shorter time"
            )
        begin = end


def _of_raw(raw: Json) -> AnsweredIncident:
    return AnsweredIncident(
        id=str(raw["id"]),
        created_at=moment_at(raw, "created_at"),
        service=str(raw.get("service_name") or raw.get("service_id") or ""),
        service_id=str(raw.get("service_id") or ""),
        teams=(str(raw["team_name"]),) if raw.get("team_name") else (),
        urgency=str(raw.get("urgency") or "high"),
        seconds_to_acknowledge=_number(raw.get("seconds_to_first_ack")),
        seconds_to_resolve=_number(raw.get("seconds_to_resolve")),
        interruptions=sum(
            _number(raw.get(f"{hours}_hour_interruptions")) or 0 for hours in ("business", "off", "sleep")
        ),
        escalations=_number(raw.get("escalation_count")) or 0,
    )


@reads_answers
def _from_timelines(
    pagerduty: PagerDutyClient, since: datetime, until: datetime
) -> Iterator[AnsweredIncident]:
    end = until + CLOCKS_DIFFER
    for incident, timeline in incidents_with(
        pagerduty, since, end, "log_entries", **{"include[]": ["channels"]}
    ):
        created = moment_at(incident, "created_at")
        service = incident["service"]
        yield AnsweredIncident(
            id=str(incident["id"]),
            created_at=created,
            service=str(service.get("summary") or service["id"]),
            service_id=str(service["id"]),
            teams=tuple(str(team.get("summary") or team["id"]) for team in incident.get("teams") or ()),
            urgency=str(incident.get("urgency") or "high"),
            seconds_to_acknowledge=_first(timeline, "acknowledge_log_entry", created),
            seconds_to_resolve=_first(timeline, "resolve_log_entry", created, last=True)
            if incident["status"] == "resolved"
            else None,
            interruptions=sum(_interrupts(entry) for entry in timeline),
            escalations=sum(entry["type"] == "escalate_log_entry" for entry in timeline),
        )


def _first(timeline: list[Json], type_: str, created: datetime, *, last: bool = False) -> int | None:
    """Return the seconds until the first entry of that type, or the last one; None without any."""
    times = [moment_at(entry, "created_at") for entry in timeline if entry["type"] == type_]
    if not times:
        return None
    return max(0, round(((max if last else min)(times) - created).total_seconds()))


def _interrupts(entry: Json) -> bool:
    """Return whether it is a notification other than an e-mail."""
    if entry["type"] != "notify_log_entry":
        return False
    channel = entry.get("channel") or {}
    kind = (channel.get("notification") or {}).get("type") or channel.get("type") or ""
    return not str(kind).startswith("email")


def _number(value: object) -> int | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if not abs(value) < LARGEST:
        raise ValueError(f"{value} is out of range")
    return round(value)
