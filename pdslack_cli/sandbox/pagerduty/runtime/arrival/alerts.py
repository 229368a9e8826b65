"""Alerts: made by events, kept open by their key, gathered into incidents (orchestration.md 3.3 and 4)."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.routing.simulate.trace import EventOutcome, Trace
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.runtime import lifecycle, maintenance, opening, timeline, timers
from pdslack_cli.sandbox.pagerduty.runtime.arrival import auto_pause, grouping

# How answers spell the normalised event; the schema does not know it (pagerduty.md 11, unverified).
CEF_NAMES = {
    "source": "source_origin",
    "component": "source_component",
    "group": "service_group",
    "class": "event_class",
    "custom_details": "details",
}
SEVERITIES = ("info", "warning", "error", "critical")
RISING = frozenset({"critical", "error"})


def take(api: Api, trace: Trace, key: str, integration: Json | None, channel: Json) -> Json | None:
    """Let an event that was routed have its effect: the alert that it made or concerns, None if none.

    `integration` is a reference to the one whose key the event has.
    """
    event = dict(trace.event)
    scope = _scope(trace, key)
    known = open_alert(api, trace, key)
    match trace.outcome:
        case EventOutcome.DROPPED | EventOutcome.IGNORED:
            return None
        case EventOutcome.RESOLVED:
            return known and resolve(api, known, integration, channel)
        case EventOutcome.ACKNOWLEDGED:
            return known and acknowledge(api, known, channel)
    if event.get("event_action", "trigger") != "trigger":
        return None
    if trace.service and maintenance.lasts(api, trace.service):
        return None
    if known:
        return repeat(api, known, event, integration, channel)
    alert = _new(api, trace, event, scope, integration)
    seconds, by = (trace.pause, "rules") if trace.outcome is EventOutcome.PAUSED else (0, "auto_pause")
    if trace.outcome is EventOutcome.INCIDENT:
        seconds = auto_pause.pause(api, alert)
    if seconds:
        alert = {**alert, "_paused_by": by}
        api.replace("alert", alert)
        timers.start(api, "end_pause", alert["id"], seconds)
    elif trace.outcome is EventOutcome.INCIDENT:
        alert = to_incident(api, alert, integration, channel)
    return alert


def open_alert(api: Api, trace: Trace, key: str) -> Json | None:
    """The open alert that the event is about; None if there is none yet."""
    return next(iter(api.find("alert", _open=_scope(trace, key))), None)


def _scope(trace: Trace, key: str) -> str:
    return f"{key}|{trace.event['dedup_key']}"


def _new(api: Api, trace: Trace, event: Json, scope: str, integration: Json | None) -> Json:
    service = {"id": trace.service, "type": "service_reference"} if trace.service else None
    alert = {
        **document(api, event, service, integration),
        "suppressed": trace.outcome in (EventOutcome.SUPPRESSED, EventOutcome.UNROUTED),
        "_open": scope,
        "_wanted": _wanted(trace),
    }
    api.insert("alert", alert)
    return alert


def document(api: Api, event: Json, service: Json | None, integration: Json | None) -> Json:
    """An alert of an event in PD-CEF that comes now; not kept yet, and without an incident."""
    return {
        "id": opening.long_id(api.store),
        "status": "triggered",
        "alert_key": event.get("dedup_key") or ids.hexadecimal(api.store, 32),
        "severity": event.get("severity"),
        "suppressed": False,
        "created_at": api.now(),
        "service": service,
        "incident": None,
        "integration": integration,
        "body": {
            "type": "alert_body",
            "contexts": [],
            "details": event.get("custom_details") or {},
            "cef_details": {CEF_NAMES.get(name, name): value for name, value in event.items()},
        },
        "_parent": "",
        "_open": None,
        "_event": event,
        "_summary": event.get("summary", ""),
    }


def _wanted(trace: Trace) -> Json:
    """What rules decided about the incident of an alert."""
    return {
        "urgency": trace.urgency,
        "priority": trace.priority,
        "escalation_policy": trace.escalation_policy,
        "note": trace.note,
        "fields": dict(trace.fields),
    }


def to_incident(api: Api, alert: Json, agent: Json | None, channel: Json) -> Json:
    """Give an alert its incident: one that it joins, or a new one."""
    incident = grouping.incident_to_join(api, alert)
    if incident is None:
        incident = opening.open_for_alert(api, alert, agent, channel)
        return _joined(api, alert, incident) if incident else alert
    alert = _joined(api, alert, incident)
    timeline.record(api, incident, "trigger", agent, channel)
    if alert["_wanted"]["urgency"] == "high":
        lifecycle.raised(api, incident)
    return alert


def _joined(api: Api, alert: Json, incident: Json) -> Json:
    alert = _moved(api, alert, incident)
    grouping.note(api, alert)
    return alert


def _moved(api: Api, alert: Json, incident: Json) -> Json:
    alert = {
        **alert,
        "_parent": incident["id"],
        "incident": {"id": incident["id"], "type": "incident_reference"},
    }
    api.replace("alert", alert)
    return alert


def move(api: Api, alert: Json, incident: Json) -> Json:
    """Give an alert to another incident."""
    return _moved(api, alert, incident)


def unpaused(api: Api, alert: Json) -> None:
    """The pause is over and nothing has resolved the alert: it becomes an incident after all."""
    if alert["status"] != "resolved" and not alert["_parent"]:
        to_incident(api, alert, None, timeline.AUTOMATIC)


def repeat(api: Api, alert: Json, event: Json, agent: Json | None, channel: Json) -> Json:
    """A trigger of an open alert: severity and urgency may rise, nothing else changes."""
    severity = max(alert["severity"], event.get("severity"), key=_rank)
    alert = {**alert, "severity": severity}
    api.replace("alert", alert)
    incident = api.get("incident", alert["_parent"])
    if incident:
        timeline.record(api, incident, "trigger", agent, channel)
        if severity in RISING and _by_severity(api, incident):
            lifecycle.raised(api, incident)
    return alert


def _by_severity(api: Api, incident: Json) -> bool:
    service = api.get("service", incident["service"]["id"]) or {}
    return "severity_based" in str(service.get("incident_urgency_rule"))


def _rank(severity: str | None) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def acknowledge(api: Api, alert: Json, channel: Json) -> Json:
    """Alerts know only triggered and resolved: an acknowledgement is the incident's."""
    incident = api.get("incident", alert["_parent"])
    if incident and incident["status"] == "triggered":
        lifecycle.acknowledged(api, incident, None, channel)
    return alert


def resolve(api: Api, alert: Json, agent: Json | None, channel: Json) -> Json:
    """Resolve an alert, and its incident with the last one."""
    timers.stop(api, alert["id"])
    auto_pause.resolved(api, alert)
    alert = {**alert, "status": "resolved", "_open": None}
    api.replace("alert", alert)
    incident = api.get("incident", alert["_parent"])
    others = api.find("alert", _parent=alert["_parent"]) if incident else []
    if incident and incident["status"] != "resolved" and all(o["status"] == "resolved" for o in others):
        lifecycle.resolved(api, incident, agent, channel)
    return alert
