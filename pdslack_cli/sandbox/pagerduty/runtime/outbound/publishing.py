"""Outgoing events: one for each thing that happens in the account (orchestration.md 5.5, 5.6)."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.runtime.outbound import slack_app, webhooks


def publish(api: Api, event_type: str, incident: Json, agent: Json | None, data: Json | None = None) -> None:
    """Send an event to all subscribers. `data` of None is the incident itself."""
    event = {
        "id": ids.ulid(api.store),
        "event_type": event_type,
        "resource_type": event_type.partition(".")[0],
        "occurred_at": webhooks.moment(api.clock.now()),
        "agent": agent,
        "client": None,
        "data": incident_data(incident) if data is None else data,
    }
    webhooks.address(api, event, incident)
    slack_app.post_incident(api, event, incident)


def incident_data(incident: Json) -> Json:
    """An incident as webhooks show it; references are completed when it is sent."""
    return {
        "id": incident["id"],
        "type": "incident",
        "number": incident["incident_number"],
        "status": incident["status"],
        "incident_key": incident["incident_key"],
        "created_at": incident["created_at"],
        "reopened_at": incident["_reopened_at"],
        "title": incident["title"],
        "incident_type": incident["incident_type"],
        "service": incident["service"],
        "assignees": [assignment["assignee"] for assignment in incident["assignments"]],
        "escalation_policy": incident["escalation_policy"],
        "teams": [{"id": team, "type": "team_reference"} for team in incident["_teams"]],
        "priority": incident["priority"],
        "urgency": incident["urgency"],
        "conference_bridge": incident["conference_bridge"],
        "resolve_reason": incident["_resolve_reason"],
    }
