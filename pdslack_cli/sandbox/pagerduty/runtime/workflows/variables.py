"""The variables of an incident in texts of workflow steps and templates (pagerduty.md 8.1, 8.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import SITE, Api

VARIABLE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


def of_incident(api: Api, incident: Json) -> Mapping[str, Any]:
    """What texts know of an incident, by name."""
    service = api.reference("service", incident["service"]["id"])
    policy = api.reference("escalation_policy", incident["escalation_policy"]["id"])
    priority = incident["priority"] and api.reference("priority", incident["priority"]["id"])["summary"]
    return {
        "incident.title": incident["title"],
        "incident.url": f"{SITE}/incidents/{incident['id']}",
        "incident.id": incident["id"],
        "incident.number": incident["incident_number"],
        "incident.status": incident["status"],
        "incident.urgency": incident["urgency"],
        "incident.created_at": incident["created_at"],
        "incident.priority": priority,
        "incident.priority.summary": priority,
        "incident.service": service["summary"],
        "incident.service.id": service["id"],
        "incident.service.name": service["summary"],
        "incident.service.summary": service["summary"],
        "incident.escalation_policy.summary": policy["summary"],
    }


def filled(text: str, values: Mapping[str, Any]) -> str:
    """A text with the values of its variables; one that the sandbox does not know stays as it is."""
    return VARIABLE.sub(lambda found: str(values.get(found[1], found[0]) or ""), text)


def unknown(text: str, values: Mapping[str, Any]) -> list[str]:
    """The variables of a text that there are not, as they stand there."""
    return [found[0] for found in VARIABLE.finditer(text) if found[1] not in values]
