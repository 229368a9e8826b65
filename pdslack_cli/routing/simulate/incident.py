"""The result of an event: alert, incident, people on call, notified channels (orchestration.md 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from pdslack_cli.routing.pcl.unverified import Unverified
from pdslack_cli.routing.simulate.effects import Effects
from pdslack_cli.routing.simulate.model import NO_PRIORITY, RoutingModel, SimulatedService
from pdslack_cli.routing.simulate.oncall import first_responders
from pdslack_cli.routing.simulate.trace import EventOutcome, Trace

_ALERT_STATES = {
    EventOutcome.INCIDENT: "alert_triggered",
    EventOutcome.PAUSED: "alert_suspended",
    EventOutcome.SUPPRESSED: "alert_suppressed",
}
_NOTIFIED_EVENTS = {  # by channels, in the words of notification rules
    EventOutcome.INCIDENT: "triggered",
    EventOutcome.ACKNOWLEDGED: "acknowledged",
    EventOutcome.RESOLVED: "resolved",
}

ASLEEP = "the service is disabled or in maintenance"
NOBODY_ON_CALL = "nobody is on call"


def conclude(model: RoutingModel, service: SimulatedService | None, effects: Effects, at: datetime) -> Trace:
    """The result of an event, without `Trace.steps`, which the caller fills in."""
    alert = Trace(
        at=at,
        event=effects.event,
        outcome=_outcome(service, effects),
        service=service.id if service else "",
        priority=model.priorities.get(effects.priority, effects.priority),
        note=effects.note,
        pause=effects.suspend,
        fields={model.fields.get(id_, id_): value for id_, value in effects.fields.items()},
        unresolved=tuple(_unresolved(model, effects)),
    )
    if alert.outcome is EventOutcome.IGNORED:
        alert = replace(alert, reason=ASLEEP)
    if service and alert.outcome in (EventOutcome.INCIDENT, EventOutcome.PAUSED, *_NOTIFIED_EVENTS):
        alert = _incident(model, service, effects, alert)
    state = _ALERT_STATES.get(alert.outcome)
    requests = tuple(request for wanted, request in effects.requests if wanted == state)
    return replace(alert, requests=requests, reached=tuple(effects.unverified))


def _outcome(service: SimulatedService | None, effects: Effects) -> EventOutcome:
    if effects.drop:
        return EventOutcome.DROPPED
    action = effects.event.get("event_action")
    if service is None:
        if action == "acknowledge":
            effects.note_unverified(Unverified.UNROUTED_ACKNOWLEDGE)
        return EventOutcome.UNROUTED
    match action:
        case "resolve":
            return EventOutcome.RESOLVED
        case "acknowledge":
            return EventOutcome.ACKNOWLEDGED
    if service.asleep:
        return EventOutcome.IGNORED
    if effects.suppress:
        if effects.suspend:
            effects.note_unverified(Unverified.SUPPRESS_AND_SUSPEND)
        return EventOutcome.SUPPRESSED
    return EventOutcome.PAUSED if effects.suspend else EventOutcome.INCIDENT


def _incident(model: RoutingModel, service: SimulatedService, effects: Effects, alert: Trace) -> Trace:
    """Add the effects of its incident to an alert: urgency, people on call, channels."""
    policy_id = effects.escalation_policy or service.escalation_policy
    policy = model.escalation_policies.get(policy_id)
    people = first_responders(policy, model.schedules, alert.at) if policy else ()
    urgency = service.urgency.urgency(effects.event.get("severity"), alert.at)
    alert = replace(alert, urgency=urgency, escalation_policy=policy_id, on_call=people)
    if policy and policy.levels is not None and not people and alert.outcome is EventOutcome.INCIDENT:
        return replace(alert, outcome=EventOutcome.IGNORED, reason=NOBODY_ON_CALL)
    return replace(alert, channels=tuple(dict.fromkeys(_channels(model, service, effects, alert))))


def _channels(
    model: RoutingModel, service: SimulatedService, effects: Effects, alert: Trace
) -> Iterator[str]:
    def passes(filter_: frozenset[str] | None, value: object) -> bool:
        return filter_ is None or (isinstance(value, str) and value in filter_)

    for rule in model.notification_rules:
        if (
            (service.id in rule.services or rule.teams & service.teams)
            and rule.urgency in (None, alert.urgency)
            and passes(rule.priorities, effects.priority or NO_PRIORITY)
            and passes(rule.severities, effects.event.get("severity"))
            and alert.outcome in _NOTIFIED_EVENTS
            and passes(rule.events, _NOTIFIED_EVENTS[alert.outcome])
        ):
            yield rule.channel


def _unresolved(model: RoutingModel, effects: Effects) -> Iterator[str]:
    """Return the objects that rules refer to and the model does not have."""
    if effects.priority and effects.priority not in model.priorities:
        yield f"priority {effects.priority}"
    if effects.escalation_policy and effects.escalation_policy not in model.escalation_policies:
        yield f"escalation policy {effects.escalation_policy}"
    for id_ in effects.fields:
        if id_ not in model.fields:
            yield f"field {id_}"
