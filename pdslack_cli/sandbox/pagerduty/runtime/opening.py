"""How an incident begins: from an alert, or by hand (orchestration.md 4.5, pagerduty.md 11)."""

from __future__ import annotations

from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.runtime import lifecycle
from pdslack_cli.sandbox.store import Store

NUMBERS = "incident_numbers"


def open_for_alert(api: Api, alert: Json, agent: Json | None, channel: Json) -> Json | None:
    """A new incident for an alert; None where nobody is on call at any level of the policy."""
    wanted = alert["_wanted"]
    policy = api.get("escalation_policy", wanted["escalation_policy"])
    found = policy and lifecycle.first_level(api, policy)
    if policy is None or found is None:
        return None
    level, people = found
    incident = document(
        api,
        alert["service"]["id"],
        policy,
        title=alert["_summary"],
        incident_key=alert["alert_key"],
        urgency=wanted["urgency"],
        priority=_priority(api, wanted["priority"]),
        assignments=[lifecycle.assignment(api, person) for person in people],
        _level=level,
        _fields=wanted["fields"],
    )
    api.insert("incident", incident)
    incident = lifecycle.triggered(api, incident, agent, channel)
    if wanted["note"]:
        service = {"id": alert["service"]["id"], "type": "service_reference"}
        lifecycle.annotated(api, incident, wanted["note"], service)
    return incident


def document(api: Api, service: str, policy: Json, **fields: Any) -> Json:
    """An incident that begins now, not kept yet. The policy stays as it is now while it is open."""
    now = api.now()
    return {
        "id": long_id(api.store),
        "incident_number": next_number(api),
        "incident_key": ids.hexadecimal(api.store, 32),
        "status": "triggered",
        "service": {"id": service, "type": "service_reference"},
        "escalation_policy": {"id": policy["id"], "type": "escalation_policy_reference"},
        "priority": None,
        "assignments": [],
        "assigned_via": "escalation_policy",
        "acknowledgements": [],
        "body": None,
        "conference_bridge": None,
        "incident_type": {"name": "incident_default"},
        "created_at": now,
        "updated_at": now,
        "last_status_change_at": now,
        "resolved_at": None,
        "first_trigger_log_entry": None,
        "_service": service,
        "_open": service,
        "_teams": [team["id"] for team in policy["teams"]],
        "_policy": policy,
        "_level": 0,
        "_loop": 0,
        "_fields": {},
        "_reopened_at": None,
        "_resolve_reason": None,
        **fields,
    }


def long_id(store: Store) -> str:
    """An id of an incident or alert: `Q` and more characters than other objects have."""
    return "Q" + ids.ulid(store)[:13]


def next_number(api: Api) -> int:
    """The number of the next incident of the account."""
    known = api.get("counter", NUMBERS)
    number = known["value"] + 1 if known else 1
    api.keep("counter", {"id": NUMBERS, "value": number})
    return int(number)


def _priority(api: Api, name: str) -> Json | None:
    for priority in api.find("priority", name=name) if name else ():
        return {"id": priority["id"], "type": "priority_reference"}
    return None
