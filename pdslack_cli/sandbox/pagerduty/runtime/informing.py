"""Responder requests and status updates, which bring in and inform more people (pagerduty.md 11)."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.runtime import lifecycle, paging, subscriptions
from pdslack_cli.sandbox.pagerduty.runtime.outbound import publishing


def ask(api: Api, incident: Json, requester: Json, message: str, targets: list[Json]) -> Json:
    """Ask people, or whoever policies reach, for help: they are paged with high urgency. The request."""
    request = {
        "id": ids.short(api.store),
        "incident": {"id": incident["id"], "type": "incident_reference"},
        "requester": requester,
        "requested_at": api.now(),
        "message": message,
        "_parent": incident["id"],
        "_targets": targets,
    }
    api.insert("responder_request", request)
    for target in targets:
        for person in people_behind(api, target):
            paging.page(api, {**incident, "urgency": "high"}, person)
            data = {
                "type": "incident_responder",
                "incident": {"id": incident["id"], "type": "incident_reference"},
                "user": {"id": person, "type": "user_reference"},
                "escalation_policy": target if target["type"].startswith("escalation") else None,
                "message": message,
                "state": "pending",
            }
            publishing.publish(api, "incident.responder.added", incident, requester, data)
    return request


def people_behind(api: Api, target: Json) -> list[str]:
    """The people whom a responder request reaches."""
    if target["type"] == "user_reference":
        return [str(target["id"])]
    policy = api.get("escalation_policy", target["id"])
    found = policy and lifecycle.first_level(api, policy)
    return found[1] if found else []


def update_status(api: Api, incident: Json, sender: Json, **written: str) -> Json:
    """Send a status update to the subscribers of an incident, on their phones; returns the update."""
    update = {"id": ids.ulid(api.store), "created_at": api.now(), "sender": sender, **written}
    api.insert("status_update", {**update, "_parent": incident["id"]})
    text = f"Status of #{incident['incident_number']}: {written.get('subject') or written['message']}"
    for person in subscriptions.people(api, incident):
        paging.inform(api, incident, person, text)
    data = {
        "type": "incident_status_update",
        "id": update["id"],
        "incident": {"id": incident["id"], "type": "incident_reference"},
        "message": written["message"],
        "trimmed": False,
    }
    publishing.publish(api, "incident.status_update_published", incident, sender, data)
    return update
