"""From an event to its effect: whose key it has, the rules, the alert (orchestration.md 2 to 4)."""

from __future__ import annotations

from datetime import datetime

from pdslack_cli.model import Json
from pdslack_cli.routing.pcl.events import from_events_api
from pdslack_cli.routing.simulate.orchestration import ReceivedEvent, route
from pdslack_cli.routing.simulate.state import State
from pdslack_cli.routing.simulate.trace import Trace
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.runtime.arrival import alerts, outcome, routing_model


def process(api: Api, event: Json) -> Json:
    """Let an accepted event of the Events API have its effect; return what became of it."""
    key = event["routing_key"]
    target, integration = _addressee(api, key)
    if not target:
        return {"outcome": "undeliverable", "reason": "no integration has this key", "rules": []}
    received = ReceivedEvent.to(target, from_events_api(event), api.clock.now(), event)
    state = _state(api)
    trace = route(routing_model.build(api), received, state)
    api.keep("routing_state", {"id": "account", **state.to_json()})
    before = outcome.Before.of(api, trace, key)
    alert = alerts.take(api, trace, key, integration, channel(event, trace))
    became = {"alert": alert and alert["id"], "incident": (alert and alert["_parent"]) or None}
    return {**shown(trace), **became, **outcome.of(api, trace, alert, before)}


def _addressee(api: Api, key: str) -> tuple[str, Json | None]:
    """`routing/ID` or `service/ID`, and a reference to its integration; empty where nobody has the key."""
    for integration in api.find("integration", _key=key):
        reference = {"id": integration["id"], "type": f"{integration['type']}_reference"}
        return f"service/{integration['_parent']}", reference
    for integration in api.find("event_orchestration_integration", _key=key):
        reference = {"id": integration["id"], "type": "event_orchestration_integration_reference"}
        return f"routing/{integration['_parent']}", reference
    return "", None


def _state(api: Api) -> State:
    """What earlier events left behind: counters and cache variables."""
    external = {
        (variable["_parent"], variable["name"]): variable["_data"]["cache_variable_data"]
        for variable in api.all("cache_variable")
        if variable.get("_data") and fresh(api, variable)
    }
    kept = api.get("routing_state", "account") or {"triggers": {}, "texts": {}}
    return State.from_json(kept, external)


def fresh(api: Api, variable: Json) -> bool:
    """Whether data from outside still counts."""
    age = api.clock.now() - datetime.fromisoformat(variable["_data"]["updated_at"])
    return age.total_seconds() < float(variable["configuration"]["ttl_seconds"])


def channel(event: Json, trace: Trace) -> Json:
    """How the event arrived, for log entries."""
    return {
        "type": "api",
        "service_key": event["routing_key"],
        "description": trace.event.get("summary", ""),
        "incident_key": trace.event.get("dedup_key"),
        "details": trace.event.get("custom_details") or {},
        "cef_details": dict(trace.event),
        "client": event.get("client"),
        "client_url": event.get("client_url"),
        "contexts": [
            *({"type": "link", **link} for link in event.get("links") or ()),
            *({"type": "image", **image} for image in event.get("images") or ()),
        ],
    }


def shown(trace: Trace) -> Json:
    """What became of an event, for people to look at."""
    return {
        "service": trace.service or None,
        "rules": [
            {"path": step.path.value, "owner": step.owner, "rule": step.name}
            for step in trace.matched
            if step.rule
        ],
    }
