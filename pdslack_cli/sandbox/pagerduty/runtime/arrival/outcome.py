"""The outcome of an event and its reason: what was made, not only what the rules decided."""

from __future__ import annotations

from typing import NamedTuple

from pdslack_cli.model import Json
from pdslack_cli.routing.simulate.trace import EventOutcome, Trace
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.runtime import maintenance, opening, timers
from pdslack_cli.sandbox.pagerduty.runtime.arrival import alerts

_BY_RULE = {
    EventOutcome.SUPPRESSED: "suppressed by a rule",
    EventOutcome.DROPPED: "dropped by a rule",
    EventOutcome.UNROUTED: "no route of the orchestration matched",
}
_CONCERNS_ALERT = (EventOutcome.ACKNOWLEDGED, EventOutcome.RESOLVED)


class Before(NamedTuple):
    """What existed before the event: the open alert of its key, and the number of the last incident."""

    alert: Json | None
    number: int

    @classmethod
    def of(cls, api: Api, trace: Trace, key: str) -> Before:
        counter = api.get("counter", opening.NUMBERS)
        return cls(alerts.open_alert(api, trace, key), int(counter["value"]) if counter else 0)


def of(api: Api, trace: Trace, alert: Json | None, before: Before) -> Json:
    """The outcome, and the reason where it is not a new incident."""
    outcome, reason = _outcome(api, trace, alert, before)
    return {"outcome": outcome.value, "reason": reason or None}


def _outcome(api: Api, trace: Trace, alert: Json | None, before: Before) -> tuple[EventOutcome, str]:
    if trace.outcome in _CONCERNS_ALERT:
        return trace.outcome, "" if alert else "no open alert has this dedup key"
    incident = alert and api.get("incident", alert["_parent"])
    if incident:
        return EventOutcome.INCIDENT, _joined(incident, before)
    if alert and timers.of(api, alert["id"]):
        return EventOutcome.PAUSED, _paused(api, alert)
    if trace.outcome in _BY_RULE and (alert or trace.outcome is EventOutcome.DROPPED):
        return trace.outcome, _BY_RULE[trace.outcome]
    return EventOutcome.IGNORED, _ignored(api, trace, alert, before)


def _joined(incident: Json, before: Before) -> str:
    number = incident["incident_number"]
    if before.alert:
        return f"repeats an open alert of #{number}"
    return f"grouped into #{number}" if number <= before.number else ""


def _paused(api: Api, alert: Json) -> str:
    ends = min(timer["_due"] for timer in timers.of(api, alert["id"]))
    return f"paused until {ends}, unless it is resolved before"


def _ignored(api: Api, trace: Trace, alert: Json | None, before: Before) -> str:
    service = api.get("service", trace.service)
    if service and service.get("status") == "disabled":
        return "the service is disabled"
    if not alert and service and (window := maintenance.ongoing(api, service["id"])):
        title = (window.get("description") or window["id"]).splitlines()[0].strip()
        return f'maintenance window "{title}" until {window["end_time"]}'
    if before.alert:
        return "repeats an open alert that has no incident"
    return "nobody is on call"
