"""What the passing of time does: timers that end."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.runtime import lifecycle, paging, timeline
from pdslack_cli.sandbox.pagerduty.runtime.arrival import alerts


def fire(api: Api, timer: Json) -> None:
    """Do what a timer was started for. Its incident or alert may be gone by now."""
    if timer["action"] == "end_pause":
        if alert := api.get("alert", timer["_parent"]):
            alerts.unpaused(api, alert)
        return
    incident = api.get("incident", timer["_parent"])
    if incident is None:
        return
    match timer["action"]:
        case "notify":
            paging.notify(api, incident, timer["user"], timer["method"])
        case "escalate":
            escalate(api, incident)
        case "end_acknowledgement":
            lifecycle.unacknowledged(api, incident, None, timeline.BY_TIMEOUT)
        case "auto_resolve":
            lifecycle.resolved(api, incident, None, timeline.BY_TIMEOUT)
        case "raise_urgency":
            lifecycle.raised(api, incident)


def escalate(api: Api, incident: Json) -> None:
    """Nobody acknowledged in time: go on with the next level, begin again, or give up."""
    policy = incident["_policy"]
    found = lifecycle.first_level(api, policy, incident["_level"] + 1)
    if found:
        lifecycle.escalated(api, incident, *found, None, timeline.BY_TIMEOUT)
    elif incident["_loop"] < policy["num_loops"]:
        incident = lifecycle.changed(api, incident, _loop=incident["_loop"] + 1)
        timeline.record(api, incident, "repeat_escalation_path", None, timeline.BY_TIMEOUT)
        again = lifecycle.first_level(api, policy) or (0, [])
        lifecycle.escalated(api, incident, *again, None, timeline.BY_TIMEOUT)
    else:
        timeline.record(api, incident, "exhaust_escalation_path", None, timeline.BY_TIMEOUT)
