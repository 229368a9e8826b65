"""An update of an incident: which of its fields set what in motion (pagerduty.md 11)."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal
from pdslack_cli.sandbox.pagerduty.runtime import lifecycle, timeline
from pdslack_cli.sandbox.pagerduty.runtime.outbound import publishing

CHANNEL = {"type": "website"}
CANNOT_ESCALATE, CANNOT_REASSIGN, NOT_ACKNOWLEDGED = 1006, 1011, 1012


def apply(api: Api, incident: Json, wanted: Json, user: Json) -> Json:
    """Do what a PUT asks for, in the order in which a person would. Raises Refused."""
    named = wanted["_named"]
    before = incident
    incident = _edited(api, incident, {name: wanted[name] for name in ("title", "body") if name in named})
    if incident["title"] != before["title"]:
        _note_field(api, incident, "title", before, user)
    if "priority" in named and wanted["priority"] != incident["priority"]:
        incident = lifecycle.changed(api, incident, priority=wanted["priority"])
        _note_field(api, incident, "priority", before, user)
        publishing.publish(api, "incident.priority_updated", incident, user)
    if "conference_bridge" in named and wanted["conference_bridge"] != incident["conference_bridge"]:
        incident = lifecycle.changed(api, incident, conference_bridge=wanted["conference_bridge"])
        publishing.publish(api, "incident.conference_bridge.updated", incident, user, bridge(incident))
    if "service" in named and wanted["service"]["id"] != incident["service"]["id"]:
        service = wanted["service"]
        incident = lifecycle.changed(api, incident, service=service, _service=service["id"])
        _note_field(api, incident, "service", before, user)
        publishing.publish(api, "incident.service_updated", incident, user)
    if "urgency" in named and wanted["urgency"]:
        incident = lifecycle.urgency_set(api, incident, wanted["urgency"], user, CHANNEL)
    if "status" in named:
        incident = with_status(api, incident, wanted, user)
    if wanted.get("escalation_policy"):
        policy = api.get("escalation_policy", wanted["escalation_policy"]["id"])
        incident = lifecycle.delegated(api, incident, policy or {}, user, CHANNEL)
    if wanted.get("escalation_level"):
        incident = to_level(api, incident, wanted["escalation_level"], user)
    if wanted.get("assignments"):
        if incident["status"] == "resolved":
            raise PagerDutyRefusal(400, "Incident cannot be reassigned", CANNOT_REASSIGN)
        people = [entry["assignee"]["id"] for entry in wanted["assignments"]]
        incident = lifecycle.reassigned(api, incident, people, user, CHANNEL)
    return incident


def with_status(api: Api, incident: Json, wanted: Json, user: Json) -> Json:
    """Acknowledge, resolve, or open again. A repeat changes nothing; a second person may acknowledge too."""
    before, after = incident["status"], wanted["status"]
    if before == "resolved" and after != "resolved":
        incident = lifecycle.reopened(api, incident, user, CHANNEL)
    if after == "acknowledged":
        known = {ack["acknowledger"]["id"] for ack in incident["acknowledgements"]}
        return incident if user["id"] in known else lifecycle.acknowledged(api, incident, user, CHANNEL)
    if after == "resolved" and before != "resolved":
        note = wanted.get("resolution")
        channel = {**CHANNEL, "type": "note", "summary": note} if note else CHANNEL
        return lifecycle.resolved(api, incident, user, channel)
    if after == "triggered" and before == "acknowledged":
        return lifecycle.unacknowledged(api, incident, user, CHANNEL)
    return incident


def to_level(api: Api, incident: Json, number: int, user: Json) -> Json:
    """Escalate to a level, counted from 1; one that reaches nobody goes on to the next. Raises Refused."""
    levels = len(incident["_policy"]["escalation_rules"])
    found = lifecycle.first_level(api, incident["_policy"], number - 1) if number <= levels else None
    if incident["status"] == "resolved" or found is None:
        raise PagerDutyRefusal(400, "Incident cannot be escalated", CANNOT_ESCALATE)
    return lifecycle.escalated(api, incident, *found, user, CHANNEL)


def snooze(api: Api, incident: Json, seconds: int, user: Json) -> Json:
    """Let an acknowledgement last longer. Raises Refused without one."""
    if incident["status"] != "acknowledged":
        raise PagerDutyRefusal(400, "Incident must be acknowledged", NOT_ACKNOWLEDGED)
    return lifecycle.snoozed(api, incident, seconds, user, CHANNEL)


def _edited(api: Api, incident: Json, fields: Json) -> Json:
    return lifecycle.changed(api, incident, **fields) if fields else incident


def _note_field(api: Api, incident: Json, field: str, before: Json, user: Json) -> None:
    """Note in the timeline that a field has another value."""
    new, old = (
        api.expanded(value)["summary"] if isinstance(value, dict) else value
        for value in (incident[field], before[field])
    )
    change = {"id": field, "name": field, "namespace": "incidents", "value": new, "old_value": old}
    channel = {**CHANNEL, "changeset": {"application_fields": [change]}}
    timeline.record(api, incident, "field_value_change", user, channel)


def bridge(incident: Json) -> Json:
    """The conference bridge of an incident as webhooks show it."""
    given = incident["conference_bridge"] or {}
    number = given.get("conference_number")
    return {
        "type": "incident_conference_bridge",
        "incident": {"id": incident["id"], "type": "incident_reference"},
        "conference_numbers": [{"label": "", "number": number}] if number else [],
        "conference_url": given.get("conference_url"),
    }
