"""The life of an incident: triggered, acknowledged, resolved, and everything between (pagerduty.md 11).

Each function takes the incident as it is and returns it as it is then, kept. `agent` is a reference to who
does it, None where it is the account itself.
"""

from __future__ import annotations

from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.runtime import paging, timeline, timers
from pdslack_cli.sandbox.pagerduty.runtime.outbound import publishing
from pdslack_cli.sandbox.pagerduty.runtime.support_hours import seconds_to_support_hours

MINUTE = 60
NOTE_CHANNEL = {"summary": "The PagerDuty website or APIs"}


def changed(api: Api, incident: Json, **fields: Any) -> Json:
    """Keep a new state of an incident."""
    new = {**incident, **fields, "updated_at": api.now()}
    if new["status"] != incident["status"]:
        new["last_status_change_at"] = api.now()
    new["_open"] = None if new["status"] == "resolved" else new["service"]["id"]
    api.replace("incident", new)
    api.stirred.setdefault(new["id"], False)
    return new


def triggered(api: Api, incident: Json, agent: Json | None, channel: Json) -> Json:
    """Begin: the first log entry, the people of the first level, the timers of the service."""
    api.stirred[incident["id"]] = True
    entry = timeline.record(api, incident, "trigger", agent, channel)
    first = {"id": entry["id"], "type": "trigger_log_entry_reference"}
    incident = changed(api, incident, first_trigger_log_entry=first)
    service = api.get("service", incident["service"]["id"]) or {}
    if service.get("auto_resolve_timeout"):
        timers.start(api, "auto_resolve", incident["id"], service["auto_resolve_timeout"])
    if incident["urgency"] == "low" and service.get("scheduled_actions"):
        timers.start(api, "raise_urgency", incident["id"], seconds_to_support_hours(service, api.clock.now()))
    timeline.record(api, incident, "assign", agent, assignees=assignees(incident))
    publishing.publish(api, "incident.triggered", incident, agent)
    return paged(api, incident)


def paged(api: Api, incident: Json) -> Json:
    """Notify whoever it is assigned to, and start the clock of the next level."""
    for assignment in incident["assignments"]:
        paging.page(api, incident, assignment["assignee"]["id"])
    if incident["assigned_via"] == "escalation_policy" and incident["urgency"] == "high":
        rule = incident["_policy"]["escalation_rules"][incident["_level"]]
        timers.start(api, "escalate", incident["id"], rule["escalation_delay_in_minutes"] * MINUTE)
    return incident


def acknowledged(
    api: Api, incident: Json, user: Json | None, channel: Json, timeout: float | None = None
) -> Json:
    """Somebody works on it: nobody else is paged until the acknowledgement ends."""
    service = api.get("service", incident["service"]["id"]) or {}
    seconds = timeout or service.get("acknowledgement_timeout")
    timers.stop(api, incident["id"], "escalate", "notify", "end_acknowledgement")
    if seconds:
        timers.start(api, "end_acknowledgement", incident["id"], seconds)
    known = [ack for ack in incident["acknowledgements"] if user and ack["acknowledger"]["id"] != user["id"]]
    acknowledger = user or {"id": incident["service"]["id"], "type": "service_reference"}
    incident = changed(
        api,
        incident,
        status="acknowledged",
        resolved_at=None,
        acknowledgements=[*known, {"at": api.now(), "acknowledger": acknowledger}],
    )
    lasting = {"acknowledgement_timeout": seconds} if seconds else {}
    timeline.record(api, incident, "acknowledge", user, channel, **lasting)
    publishing.publish(api, "incident.acknowledged", incident, user)
    return incident


def unacknowledged(api: Api, incident: Json, agent: Json | None, channel: Json) -> Json:
    """The acknowledgement ended: whoever it is assigned to is paged again."""
    timers.stop(api, incident["id"], "end_acknowledgement")
    incident = changed(api, incident, status="triggered", acknowledgements=[])
    timeline.record(api, incident, "unacknowledge", agent, channel)
    publishing.publish(api, "incident.unacknowledged", incident, agent)
    return paged(api, incident)


def resolved(api: Api, incident: Json, agent: Json | None, channel: Json, reason: Json | None = None) -> Json:
    """The end: nobody is assigned, no timer runs, its alerts are resolved."""
    timers.stop(api, incident["id"])
    timeline.record(api, incident, "resolve", agent, channel)
    incident = changed(
        api,
        incident,
        status="resolved",
        resolved_at=api.now(),
        assignments=[],
        acknowledgements=[],
        _resolve_reason=reason,
        _resolved_by=agent if agent and agent["type"] == "user_reference" else None,
    )
    for alert in api.find("alert", _parent=incident["id"]):
        if alert["status"] != "resolved":
            api.replace("alert", {**alert, "status": "resolved", "_open": None})
    publishing.publish(api, "incident.resolved", incident, agent)
    return incident


def reopened(api: Api, incident: Json, agent: Json | None, channel: Json) -> Json:
    """A resolved incident is open again, at the first level of its policy."""
    incident = changed(
        api,
        incident,
        status="triggered",
        resolved_at=None,
        _reopened_at=api.now(),
        _resolve_reason=None,
        _resolved_by=None,
    )
    timeline.record(api, incident, "trigger", agent, channel)
    publishing.publish(api, "incident.reopened", incident, agent)
    return paged(api, _assigned_to_level(api, incident, *(first_level(api, incident["_policy"]) or (0, []))))


def _assigned_to_level(api: Api, incident: Json, level: int, people: list[str]) -> Json:
    """Assign it to the people of a level (counted from 0)."""
    return _assigned_to(api, incident, people, "escalation_policy", _level=level)


def _assigned_to(api: Api, incident: Json, people: list[str], via: str, **fields: object) -> Json:
    """Assign it to these people alone, with what timed the former assignment stopped."""
    timers.stop(api, incident["id"], "escalate", "notify", "end_acknowledgement")
    return changed(
        api,
        incident,
        status="triggered",
        acknowledgements=[],
        assignments=[assignment(api, person) for person in people],
        assigned_via=via,
        **fields,
    )


def escalated(
    api: Api, incident: Json, level: int, people: list[str], agent: Json | None, channel: Json
) -> Json:
    """Move on to the people of a level of the policy, and page them."""
    incident = _assigned_to_level(api, incident, level, people)
    timeline.record(api, incident, "escalate", agent, channel, assignees=assignees(incident))
    publishing.publish(api, "incident.escalated", incident, agent)
    return paged(api, incident)


def reassigned(api: Api, incident: Json, users: list[str], agent: Json | None, channel: Json) -> Json:
    """Assign it to people by name; the policy does not escalate it any more."""
    incident = _assigned_to(api, incident, users, "direct_assignment")
    timeline.record(api, incident, "assign", agent, channel, assignees=assignees(incident))
    publishing.publish(api, "incident.reassigned", incident, agent)
    return paged(api, incident)


def delegated(api: Api, incident: Json, policy: Json, agent: Json | None, channel: Json) -> Json:
    """Move it to another escalation policy, and page its first level that has anybody on call."""
    reference = {"id": policy["id"], "type": "escalation_policy_reference"}
    teams = [team["id"] for team in policy["teams"]]
    incident = changed(api, incident, escalation_policy=reference, _policy=policy, _teams=teams, _loop=0)
    incident = _assigned_to_level(api, incident, *(first_level(api, policy) or (0, [])))
    timeline.record(api, incident, "delegate", agent, channel, assignees=assignees(incident))
    publishing.publish(api, "incident.delegated", incident, agent)
    return paged(api, incident)


def raised(api: Api, incident: Json) -> Json:
    """Low urgency becomes high: people are paged as for a new incident, and escalation begins."""
    return urgency_set(api, incident, "high", None, timeline.AUTOMATIC)


def urgency_set(api: Api, incident: Json, urgency: str, agent: Json | None, channel: Json) -> Json:
    """Change the urgency."""
    if urgency == incident["urgency"]:
        return incident
    timers.stop(api, incident["id"], "raise_urgency", "escalate", "notify")
    incident = changed(api, incident, urgency=urgency)
    timeline.record(api, incident, "urgency_change", agent, channel)
    return paged(api, incident) if incident["status"] == "triggered" else incident


def snoozed(api: Api, incident: Json, seconds: int, agent: Json, channel: Json) -> Json:
    """Leave it acknowledged for a time of its own."""
    timers.stop(api, incident["id"], "end_acknowledgement")
    timers.start(api, "end_acknowledgement", incident["id"], seconds)
    timeline.record(api, incident, "snooze", agent, channel)
    return changed(api, incident)


def annotated(api: Api, incident: Json, content: str, user: Json) -> Json:
    """Write a note and publish its event; returns the note."""
    now = api.now()
    note = {
        "id": "N" + ids.ulid(api.store)[:13],
        "_parent": incident["id"],
        "user": user,
        "channel": NOTE_CHANNEL,
        "content": content,
        "created_at": now,
        "updated_at": now,
    }
    api.insert("note", note)
    timeline.record(api, incident, "annotate", user, {"type": "note", "summary": content})
    data = {
        "type": "incident_note",
        "id": note["id"],
        "incident": {"id": incident["id"], "type": "incident_reference"},
        "content": content,
        "trimmed": False,
    }
    publishing.publish(api, "incident.annotated", incident, user, data)
    return note


def first_level(api: Api, policy: Json, start: int = 0) -> tuple[int, list[str]] | None:
    """The first level from `start` on that reaches anybody, and whom; None if none does."""
    for level in range(start, len(policy["escalation_rules"])):
        if people := paging.people_of_level(api, policy, level):
            return level, people
    return None


def assignees(incident: Json) -> list[Json]:
    """References to whoever it is assigned to."""
    return [assignment["assignee"] for assignment in incident["assignments"]]


def assignment(api: Api, user: str) -> Json:
    """An assignment that begins now."""
    return {"at": api.now(), "assignee": {"id": user, "type": "user_reference"}}
