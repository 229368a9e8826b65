"""Start workflows when incidents are created or change, according to their triggers (orchestration.md).

Triggers are judged once a request or a timer has done all its work, since a step may change the incident that
another trigger waits for.
"""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.routing.pcl import conditions as pcl
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.runtime.workflows import running

MOST_ROUNDS = 20
"""How often workflows can start each other before the sandbox lets them rest."""

VERDICT = "workflow_verdict"


def settle(api: Api) -> None:
    """Judge the triggers of every incident that was created or has changed, until nothing changes."""
    for _ in range(MOST_ROUNDS):
        if not api.stirred:
            return
        stirred, api.stirred = api.stirred, {}
        due: list[tuple[Json, str]] = []
        for id_, created in stirred.items():
            incident = api.get("incident", id_)
            due += [
                (trigger, id_)
                for trigger in api.all("workflow_trigger")
                if incident and _fires(api, trigger, incident, created=created)
            ]
        for trigger, id_ in due:
            running.run(api, trigger["_workflow"], api.get("incident", id_) or {}, trigger, None)
    api.stirred = {}


def remember(api: Api, trigger: Json) -> None:
    """Note the open incidents that meet the condition of a new or changed trigger already."""
    if trigger["trigger_type"] != "conditional":
        return
    for incident in api.all("incident"):
        if incident["_open"] and _concerns(trigger, incident):
            _turned_true(api, trigger, incident)


def _fires(api: Api, trigger: Json, incident: Json, *, created: bool) -> bool:
    if not _concerns(trigger, incident):
        return False
    match trigger["trigger_type"]:
        case "incident_type":
            names = {(api.get("incident_type", id_) or {}).get("name") for id_ in trigger["incident_types"]}
            return created and incident["incident_type"]["name"] in names
        case "conditional" if not trigger["condition"]:
            return created
        case "conditional":
            return _turned_true(api, trigger, incident)
    return False


def _concerns(trigger: Json, incident: Json) -> bool:
    services = [service["id"] for service in trigger["services"]]
    return bool(trigger["is_subscribed_to_all_services"]) or incident["service"]["id"] in services


def _turned_true(api: Api, trigger: Json, incident: Json) -> bool:
    """Whether the condition holds and did not before; how it is now is kept."""
    if not trigger["condition"]:
        return False
    key = f"{trigger['id']}/{incident['id']}"
    roots = {"incident": facts(api, incident)}
    holds = pcl.parse(trigger["condition"]).evaluate(roots, api.clock.now()).value
    before = api.get(VERDICT, key)
    if before is None or before["holds"] != holds:
        api.keep(VERDICT, {"id": key, "holds": holds})
    return holds and not (before and before["holds"])


def facts(api: Api, incident: Json) -> Json:
    """An incident as conditions see it."""
    priority = incident["priority"] and api.get("priority", incident["priority"]["id"])
    known = {
        "title": incident["title"],
        "number": incident["incident_number"],
        "incident_key": incident["incident_key"],
        "status": incident["status"],
        "urgency": incident["urgency"],
        "priority": priority and priority["name"],
        "service_id": incident["service"]["id"],
        "created_at": incident["created_at"],
        "updated_at": incident["updated_at"],
        "resolved_at": incident["resolved_at"],
        "custom_fields": incident["_fields"],
    }
    return {name: value for name, value in known.items() if value is not None}
