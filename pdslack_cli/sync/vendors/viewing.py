"""What PagerDuty answered about an incident, as a message shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, get_args

from pdslack_cli.clients.http.vendor_json import reads_answers
from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.mark import split_mark
from pdslack_cli.kinds.pagerduty.service.service import split_runbook
from pdslack_cli.model import Json
from pdslack_cli.sync.message.view import (
    SEVERITIES,
    AlertFacts,
    FieldValue,
    IncidentPart,
    IncidentStatus,
    IncidentView,
    Linked,
    OnDuty,
    Responder,
)
from pdslack_cli.sync.vendors.people import PeopleDirectory
from pdslack_cli.sync.vendors.reading import IncidentReading
from pdslack_cli.sync.vendors.shapes import number_of, object_of, objects_of, text_of, time_of

STATUSES: dict[str, IncidentStatus] = {one: one for one in get_args(IncidentStatus)}


@reads_answers
def view_of(reading: IncidentReading, people: PeopleDirectory) -> IncidentView:
    """The view of an incident. Raises ApiError."""
    return _Viewer(reading, people).view()


class _Viewer:
    """Makes the view of a reading; finds the Slack accounts of the people in it."""

    def __init__(self, reading: IncidentReading, people: PeopleDirectory) -> None:
        self._reading, self._people = reading, people
        self._unread = dict(reading.unread)

    def view(self) -> IncidentView:
        reading = self._reading
        incident, log = reading.incident, reading.log
        bridge = object_of(incident.get("conference_bridge"))
        status = STATUSES[incident["status"]]  # no guess: it decides what may be done
        assigned = [object_of(one.get("assignee")) for one in objects_of(incident.get("assignments"))]
        on_call = tuple(self._on_duty(entry) for entry in reading.on_call)
        resolved = next((one for one in reversed(log) if one.get("type") == "resolve_log_entry"), None)
        first = next((one for one in log if one.get("type") == "acknowledge_log_entry"), None)
        acknowledgers = self._acknowledgers(status)
        alerts = tuple(_alert(alert) for alert in reading.alerts)
        return IncidentView(
            id=reading.id,
            title=text_of(incident.get("title")),
            status=status,
            number=number_of(incident.get("incident_number")),
            url=text_of(incident.get("html_url")),
            urgency=text_of(incident.get("urgency")),
            priority=text_of(object_of(incident.get("priority")).get("summary")),
            severity=min((alert.severity for alert in alerts), key=_badness, default=""),
            service=_linked(incident.get("service")),
            teams=tuple(_linked(team) for team in objects_of(incident.get("teams"))),
            escalation_policy=_linked(incident.get("escalation_policy")),
            escalation_level=_level(assigned, on_call),
            assignees=tuple(self._responder(user) for user in assigned),
            on_call=on_call,
            runbook=_runbook(reading.service),
            conference_url=text_of(bridge.get("conference_url")),
            conference_number=text_of(bridge.get("conference_number")),
            custom_fields=tuple(_custom_fields(incident)),
            alerts=alerts,
            alert_count=number_of(object_of(incident.get("alert_counts")).get("all")) or len(alerts),
            created_at=time_of(incident.get("created_at")),
            acknowledged_at=time_of((first or {}).get("created_at")),
            resolved_at=_resolved_at(incident, resolved) if status == "resolved" else None,
            acknowledgers=acknowledgers,
            merged_into=_linked(object_of(incident.get("resolve_reason")).get("incident")),
            resolved_by=self._agent(resolved) if status == "resolved" else None,
            snoozed_until=_snoozed_until(incident, log),
            unread=self._unread,
        )

    def _acknowledgers(self, status: IncidentStatus) -> tuple[Responder, ...]:
        if status == "acknowledged":
            given = objects_of(self._reading.incident.get("acknowledgements"))
            users = [object_of(one.get("acknowledger")) for one in given]
        else:
            entries = [one for one in self._reading.log if one.get("type") == "acknowledge_log_entry"]
            users = [object_of(one.get("agent")) for one in entries] if status == "resolved" else []
        users = [user for user in users if str(user.get("type", "")).startswith("user")]
        return tuple(dict.fromkeys(self._responder(user) for user in users))

    def _agent(self, entry: Json | None) -> Responder | None:
        agent = object_of((entry or {}).get("agent"))
        return self._responder(agent) if str(agent.get("type", "")).startswith("user") else None

    def _on_duty(self, entry: Json) -> OnDuty:
        schedule = text_of(object_of(entry.get("schedule")).get("id"))
        user = object_of(entry.get("user"))
        return OnDuty(self._responder(user), number_of(entry.get("escalation_level")) or 1, schedule)

    def _responder(self, user: Json) -> Responder:
        email = self._or_unread(IncidentPart.ADDRESSES, self._people.email_of, user)
        return Responder(
            id=text_of(user.get("id")),
            name=text_of(user.get("summary") or user.get("name")),
            email=email,
            slack_id=self._or_unread(IncidentPart.ACCOUNTS, self._people.slack_id, email) if email else "",
            url=text_of(user.get("html_url")),
        )

    def _or_unread(self, part: IncidentPart, read: Callable[[Any], str], of: object) -> str:
        try:
            return read(of)
        except ApiError as error:
            self._unread[part] = error
            return ""


def _alert(alert: Json) -> AlertFacts:
    body = object_of(alert.get("body"))
    event = object_of(body.get("cef_details"))
    details = body.get("details")
    links = [
        (text_of(one.get("text")) or "Link", text_of(one.get("href")))
        for one in objects_of(body.get("contexts"))
        if one.get("type") == "link"
    ]
    return AlertFacts(
        summary=text_of(alert.get("summary")),
        severity=text_of(alert.get("severity")),
        source=text_of(event.get("source_origin")),
        component=text_of(event.get("source_component")),
        group=text_of(event.get("service_group")),
        class_=text_of(event.get("event_class")),
        description=text_of(event.get("description")),
        details=details if isinstance(details, dict) else {"details": details} if details else {},
        links=tuple(links),
    )


def _custom_fields(incident: Json) -> Iterator[FieldValue]:
    for field in objects_of(incident.get("custom_fields")):
        if field.get("value") not in (None, "", []):
            name = text_of(field.get("name"))
            yield FieldValue(text_of(field.get("display_name")) or name, field["value"], name)


def _runbook(service: Json) -> str:
    description, _ = split_mark(text_of(service.get("description")))
    return split_runbook(description)[1] or ""


def _level(assigned: Sequence[Json], on_call: Sequence[OnDuty]) -> int:
    """The highest level at which an assigned person is on call; PagerDuty does not name it."""
    ids = {text_of(user.get("id")) for user in assigned}
    return max((duty.level for duty in on_call if duty.responder.id in ids), default=0)


def _resolved_at(incident: Json, entry: Json | None) -> datetime | None:
    return time_of(incident.get("resolved_at")) or time_of((entry or {}).get("created_at"))


def _snoozed_until(incident: Json, log: Sequence[Json]) -> datetime | None:
    """When a snooze ends: PagerDuty plans to page again then."""
    kinds = ("snooze_log_entry", "acknowledge_log_entry")
    last = next((one for one in reversed(log) if one.get("type") in kinds), {})
    if last.get("type") != "snooze_log_entry":
        return None
    planned = objects_of(incident.get("pending_actions"))
    return next((time_of(one.get("at")) for one in planned if one.get("type") == "unacknowledge"), None)


def _badness(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _linked(reference: object) -> Linked:
    found = object_of(reference)
    return Linked(text_of(found.get("id")), text_of(found.get("summary")), text_of(found.get("html_url")))
