"""Responder requests and status updates, which bring in and inform more people (pagerduty.md 11)."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.runtime import lifecycle, paging, subscriptions, timers
from pdslack_cli.sandbox.pagerduty.runtime.outbound import publishing

PENDING = "pending"
ANSWERS = ("joined", "declined")


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
        "_responders": [
            {"user": person, "target": target, "state": PENDING, "updated_at": api.now()}
            for target in targets
            for person in people_behind(api, target)
        ],
    }
    api.insert("responder_request", request)
    for responder in request["_responders"]:
        paging.page(api, {**incident, "urgency": "high"}, responder["user"])
        _publish(api, "incident.responder.added", incident, requester, request, responder, PENDING)
    return request


def reply(api: Api, incident: Json, person: str, *, accepted: bool) -> bool:
    """Let a person answer what they were asked; whether anything waits for their answer."""
    state, shown_as = ("joined", "accepted") if accepted else ("declined", "declined")
    user = {"id": person, "type": "user_reference"}
    waiting = [
        (request, responder)
        for request in api.find("responder_request", _parent=incident["id"])
        for responder in request["_responders"]
        if responder["user"] == person and responder["state"] == PENDING
    ]
    for request, responder in waiting:
        responder |= {"state": state, "updated_at": api.now()}
        api.replace("responder_request", request)
        _publish(api, "incident.responder.replied", incident, user, request, responder, shown_as)
    if waiting:
        _quieten(api, incident, person)
    return bool(waiting)


def cancel(api: Api, incident: Json, target: Json) -> str:
    """Ask a target no more; what became of it, in PagerDuty's word."""
    result = "not_found"
    for request in api.find("responder_request", _parent=incident["id"]):
        for responder in request["_responders"]:
            if responder["target"] != target:
                continue
            if responder["state"] == PENDING:
                responder |= {"state": "user_cancelled", "updated_at": api.now()}
                api.replace("responder_request", request)
                _quieten(api, incident, responder["user"])
                result = "cancelled"
            elif result == "not_found" and responder["state"] in ANSWERS:
                result = responder["state"]
    return result


def _quieten(api: Api, incident: Json, person: str) -> None:
    """Let their later notification rules for this incident be."""
    for timer in timers.of(api, incident["id"]):
        if timer["action"] == "notify" and timer["user"] == person:
            api.delete(timers.KIND, timer["id"])


def _publish(
    api: Api, event: str, incident: Json, agent: Json, request: Json, responder: Json, state: str
) -> None:
    target = responder["target"]
    data = {
        "type": "incident_responder",
        "incident": {"id": incident["id"], "type": "incident_reference"},
        "user": {"id": responder["user"], "type": "user_reference"},
        "escalation_policy": target if target["type"].startswith("escalation") else None,
        "message": request["message"],
        "state": state,
    }
    publishing.publish(api, event, incident, agent, data)


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
