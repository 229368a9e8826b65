"""What PagerDuty answered about an incident, as a message shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pdslack_cli.clients.http.vendor_json import reads_answers
from pdslack_cli.kinds.mark import split_mark
from pdslack_cli.kinds.pagerduty.service.service import split_runbook
from pdslack_cli.model import Json
from pdslack_cli.sync.message.view import (
    SEVERITIES,
    AlertFacts,
    IncidentStatus,
    IncidentView,
    Linked,
    OnDuty,
    Responder,
)
from pdslack_cli.sync.vendors.people import PeopleDirectory
from pdslack_cli.sync.vendors.reading import IncidentReading

STATUSES: dict[str, IncidentStatus] = {"triggered": "triggered", "acknowledged": "acknowledged"}


class IncidentViewer:
    """Makes views of readings; finds the Slack accounts of the people in them."""

    def __init__(self, people: PeopleDirectory) -> None:
        self._people = people

    @reads_answers
    def view(self, reading: IncidentReading) -> IncidentView:
        """The view of an incident."""
        incident, log = reading.incident, reading.log
        bridge = _object(incident.get("conference_bridge"))
        status = STATUSES.get(str(incident.get("status")), "resolved")
        assigned = [_object(one.get("assignee")) for one in _objects(incident.get("assignments"))]
        on_call = tuple(self._on_duty(entry) for entry in reading.on_call)
        resolved = next((one for one in reversed(log) if one.get("type") == "resolve_log_entry"), None)
        first = next((one for one in log if one.get("type") == "acknowledge_log_entry"), None)
        acknowledgers = self._acknowledgers(reading, status)
        alerts = tuple(_alert(alert) for alert in reading.alerts)
        return IncidentView(
            id=reading.id,
            title=_text(incident.get("title")),
            status=status,
            number=int(incident.get("incident_number") or 0),
            url=_text(incident.get("html_url")),
            urgency=_text(incident.get("urgency")),
            priority=_text(_object(incident.get("priority")).get("summary")),
            severity=min((alert.severity for alert in alerts), key=_badness, default=""),
            service=_linked(incident.get("service")),
            teams=tuple(_linked(team) for team in _objects(incident.get("teams"))),
            escalation_policy=_linked(incident.get("escalation_policy")),
            escalation_level=_level(assigned, on_call),
            assignees=tuple(self._responder(user) for user in assigned),
            on_call=on_call,
            runbook=_runbook(reading.service),
            conference_url=_text(bridge.get("conference_url")),
            conference_number=_text(bridge.get("conference_number")),
            custom_fields=tuple(_custom_fields(incident)),
            alerts=alerts,
            alert_count=int(_object(incident.get("alert_counts")).get("all") or len(alerts)),
            created_at=_time(incident.get("created_at")),
            acknowledged_at=_time((first or {}).get("created_at")),
            resolved_at=_resolved_at(incident, resolved) if status == "resolved" else None,
            acknowledgers=acknowledgers,
            resolved_by=self._agent(resolved) if status == "resolved" else None,
            snoozed_until=_snoozed_until(incident, log),
        )

    def _acknowledgers(self, reading: IncidentReading, status: IncidentStatus) -> tuple[Responder, ...]:
        if status == "acknowledged":
            given = _objects(reading.incident.get("acknowledgements"))
            users = [_object(one.get("acknowledger")) for one in given]
        else:
            entries = [one for one in reading.log if one.get("type") == "acknowledge_log_entry"]
            users = [_object(one.get("agent")) for one in entries] if status == "resolved" else []
        users = [user for user in users if str(user.get("type", "")).startswith("user")]
        return tuple(dict.fromkeys(self._responder(user) for user in users))

    def _agent(self, entry: Json | None) -> Responder | None:
        agent = _object((entry or {}).get("agent"))
        return self._responder(agent) if str(agent.get("type", "")).startswith("user") else None

    def _on_duty(self, entry: Json) -> OnDuty:
        schedule = _text(_object(entry.get("schedule")).get("id"))
        user = _object(entry.get("user"))
        return OnDuty(self._responder(user), int(entry.get("escalation_level") or 1), schedule)

    def _responder(self, user: Json) -> Responder:
        email = self._people.email_of(user)
        return Responder(
            id=_text(user.get("id")),
            name=_text(user.get("summary") or user.get("name")),
            email=email,
            slack_id=self._people.slack_id(email) if email else "",
            url=_text(user.get("html_url")),
        )


def _alert(alert: Json) -> AlertFacts:
    body = _object(alert.get("body"))
    event = _object(body.get("cef_details"))
    details = body.get("details")
    links = [
        (_text(one.get("text")) or "Link", _text(one.get("href")))
        for one in _objects(body.get("contexts"))
        if one.get("type") == "link"
    ]
    return AlertFacts(
        summary=_text(alert.get("summary")),
        severity=_text(alert.get("severity")),
        source=_text(event.get("source_origin")),
        component=_text(event.get("source_component")),
        group=_text(event.get("service_group")),
        class_=_text(event.get("event_class")),
        description=_text(event.get("description")),
        details=details if isinstance(details, dict) else {"details": details} if details else {},
        links=tuple(links),
    )


def _custom_fields(incident: Json) -> Iterator[tuple[str, Any]]:
    for field in _objects(incident.get("custom_fields")):
        if field.get("value") not in (None, "", []):
            yield _text(field.get("display_name") or field.get("name")), field["value"]


def _runbook(service: Json) -> str:
    description, _ = split_mark(_text(service.get("description")))
    return split_runbook(description)[1] or ""


def _level(assigned: Sequence[Json], on_call: Sequence[OnDuty]) -> int:
    """The highest level at which an assigned person is on call; PagerDuty does not name it."""
    ids = {_text(user.get("id")) for user in assigned}
    return max((duty.level for duty in on_call if duty.responder.id in ids), default=0)


def _resolved_at(incident: Json, entry: Json | None) -> datetime | None:
    return _time(incident.get("resolved_at")) or _time((entry or {}).get("created_at"))


def _snoozed_until(incident: Json, log: Sequence[Json]) -> datetime | None:
    """When a snooze ends: PagerDuty plans to page again then."""
    kinds = ("snooze_log_entry", "acknowledge_log_entry")
    last = next((one for one in reversed(log) if one.get("type") in kinds), {})
    if last.get("type") != "snooze_log_entry":
        return None
    planned = _objects(incident.get("pending_actions"))
    return next((_time(one.get("at")) for one in planned if one.get("type") == "unacknowledge"), None)


def _badness(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _linked(reference: object) -> Linked:
    found = _object(reference)
    return Linked(_text(found.get("id")), _text(found.get("summary")), _text(found.get("html_url")))


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return "" if value is None else str(value)
