"""Which business services an incident harms: those that depend on its service (pagerduty.md 6.1, 6.2).

An incident harms them while it is open and has a priority, from the account's threshold on; people may say
otherwise of each.
"""

from __future__ import annotations

from collections.abc import Iterable

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, number, one_of, record, text
from pdslack_cli.sandbox.pagerduty.runtime import subscriptions
from pdslack_cli.sandbox.store.query import among

HARMED, UNHARMED = "impacted", "not_impacted"
MOST, MOST_OPEN = 200, 1000
STEP = 64
"""Between the orders of two priorities."""

STATED, THRESHOLD = "stated_impact", "priority_threshold"


def of_incident(api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
    """The business services that depend on the service of an incident, and what it does to each."""
    incident = api.kinds["incident"].existing(api, id)
    services = _services(api, _concerned(api, incident))
    return api.cursor_page("services", services, lambda one: _shown(one, _relation(api, incident, one["id"])))


def set_impact(api: Api, id: str, service: str) -> SandboxResponse:  # noqa: A002
    """Note that an incident harms a business service, or that it does not."""
    incident = api.kinds["incident"].existing(api, id)
    api.kinds["business_service"].existing(api, service)
    relation = {"relation": Field(one_of(HARMED, UNHARMED), required=True)}
    stated = api.checked(relation, api.bare_body())
    api.keep(
        STATED, {"id": f"{incident['id']}/{service}", "_parent": incident["id"], "service": service, **stated}
    )
    return SandboxResponse(stated)


def list_impacts(api: Api) -> SandboxResponse:
    """The business services on which no other depends, or those that are asked for; harmed ones first."""
    wanted = api.arguments.getlist("ids[]")
    below = {one["supporting_service"]["id"] for one in api.all("service_dependency")}
    return _listed(
        api,
        [
            one
            for one in api.all("business_service")
            if (one["id"] in wanted if wanted else one["id"] not in below)
        ],
    )


def list_supporting(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """The business services on which one depends directly; harmed ones first."""
    api.kinds["business_service"].existing(api, id)
    used = [
        one["supporting_service"]["id"]
        for one in api.all("service_dependency")
        if one["dependent_service"]["id"] == id
    ]
    return _listed(api, _services(api, used))


def list_impactors(api: Api) -> SandboxResponse:
    """The open incidents that harm business services (of those that are asked for), the gravest first."""
    wanted = api.arguments.getlist("ids[]")
    found = [
        incident
        for service, incidents in _harm(api).items()
        if service in wanted or not wanted
        for incident in incidents
    ]
    graves = sorted({one["id"]: one for one in found}.values(), key=lambda one: -_order(api, one))[:MOST]
    shown = [{"id": one["id"], "type": "incident"} for one in graves]
    return SandboxResponse({"impactors": shown, "limit": MOST, "more": False})


def read_threshold(api: Api) -> SandboxResponse:
    """The priority from which on incidents harm business services; null: any."""
    known = api.get(THRESHOLD, "account")
    shown = known and {"id": known["priority"], "order": known["order"]}
    return SandboxResponse({"global_threshold": shown})


def set_threshold(api: Api) -> SandboxResponse:
    """Set the threshold."""
    priority: Fields = {"id": Field(text(), required=True), "order": Field(number(), required=True)}
    given = {"global_threshold": Field(record(priority), required=True)}
    wanted = api.checked(given, api.bare_body())["global_threshold"]
    api.keep(THRESHOLD, {"id": "account", "priority": wanted["id"], "order": wanted["order"]})
    return read_threshold(api)


def clear_threshold(api: Api) -> SandboxResponse:
    """Remove the threshold."""
    if api.get(THRESHOLD, "account"):
        api.delete(THRESHOLD, "account")
    return SandboxResponse(None, 204)


def _listed(api: Api, services: list[Json]) -> SandboxResponse:
    harm, more = _harm(api), api.arguments.getlist("additional_fields[]")
    services.sort(key=lambda one: (one["id"] not in harm, str(one["name"]).casefold()))
    shown = []
    for one in services[:MOST]:
        entry = _shown(one, HARMED if one["id"] in harm else UNHARMED)
        if "services.highest_impacting_priority" in more:
            gravest = max(harm.get(one["id"], ()), key=lambda incident: _order(api, incident), default=None)
            entry["additional_fields"] = {"highest_impacting_priority": gravest and _priority(api, gravest)}
        shown.append(entry)
    answer: Json = {"services": shown, "limit": MOST, "more": len(services) > MOST}
    if "total_impacted_count" in more:
        answer["additional_fields"] = {"total_impacted_count": sum(one["id"] in harm for one in services)}
    return SandboxResponse(answer)


def _harm(api: Api) -> dict[str, list[Json]]:
    """The open incidents that harm each business service."""
    found: dict[str, list[Json]] = {}
    open_ones = [among("status", ("triggered", "acknowledged"))]
    for incident in api.store.page("pagerduty.incident", open_ones, "seq DESC", MOST_OPEN, 0):
        for service in _concerned(api, incident):
            if _relation(api, incident, service) == HARMED:
                found.setdefault(service, []).append(incident)
    return found


def _concerned(api: Api, incident: Json) -> list[str]:
    """The business services that an incident may harm: by dependencies, or as somebody says."""
    stated = [one["service"] for one in api.find(STATED, _parent=incident["id"])]
    return list(dict.fromkeys([*subscriptions.harmed_services(api, incident["service"]["id"]), *stated]))


def _relation(api: Api, incident: Json, service: str) -> str:
    if stated := api.get(STATED, f"{incident['id']}/{service}"):
        return str(stated["relation"])
    threshold = api.get(THRESHOLD, "account")
    grave = incident["priority"] and _order(api, incident) >= (threshold["order"] if threshold else 0)
    return HARMED if grave and incident["status"] != "resolved" else UNHARMED


def _order(api: Api, incident: Json) -> int:
    return int((_priority(api, incident) or {"order": -1})["order"])


def _priority(api: Api, incident: Json) -> Json | None:
    """The priority of an incident, with its order: the graver, the higher."""
    id_ = (incident["priority"] or {"id": ""})["id"]
    for place, one in enumerate(reversed(api.all("priority")), 1):
        if one["id"] == id_:
            return {"id": id_, "order": place * STEP}
    return None


def _services(api: Api, ids: Iterable[str]) -> list[Json]:
    found = (api.get("business_service", id_) for id_ in ids)
    return [one for one in found if one]


def _shown(service: Json, status: str) -> Json:
    return {"id": service["id"], "name": service["name"], "type": "business_service", "status": status}


RULES = tuple(
    Rule(path, methods=[method], endpoint=endpoint)
    for method, path, endpoint in (
        ("GET", "/incidents/<id>/business_services/impacts", of_incident),
        ("PUT", "/incidents/<id>/business_services/<service>/impacts", set_impact),
        ("GET", "/business_services/impacts", list_impacts),
        ("GET", "/business_services/impactors", list_impactors),
        ("GET", "/business_services/<id>/supporting_services/impacts", list_supporting),
        ("GET", "/business_services/priority_thresholds", read_threshold),
        ("PUT", "/business_services/priority_thresholds", set_threshold),
        ("DELETE", "/business_services/priority_thresholds", clear_threshold),
    )
)
