"""Build the routing model of `routing/` from a stack or from live objects.

Both are specs in the words of the file, so one builder serves both: it encodes them as PagerDuty would hold
them, with keys in the place of ids, and lets `routing/` read that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.escalation_policy import EscalationPolicies, EscalationPolicy
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule, NotificationRules
from pdslack_cli.kinds.pagerduty.orchestration.cache_variables import CachedValues, encode_variable
from pdslack_cli.kinds.pagerduty.orchestration.paths import encode_path
from pdslack_cli.kinds.pagerduty.orchestration.router import Router, encode_router
from pdslack_cli.kinds.pagerduty.orchestration.routing import Routing
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedule, encode_layer
from pdslack_cli.kinds.pagerduty.service.service import Service, Services
from pdslack_cli.model import Json, Ref
from pdslack_cli.routing.simulate import model, oncall
from pdslack_cli.routing.simulate.read_model import read_orchestration, read_service, read_slack_connection

Specs = Mapping[Ref, Resource]


class _Keys(IdIndex):
    """An index in which the id of a reference is its key, or all of it for schedules without layers."""

    def id(self, ref: Ref) -> str:
        return str(ref) if ref.kind == "shift_schedule" else ref.key


KEYS = _Keys()


def routing_model_of(specs: Specs) -> model.RoutingModel:
    """Build the routing model of a stack. Objects that are only looked up have nothing but a name."""
    named: set[Ref] = set().union(*(references(spec) for spec in specs.values()))
    return model.RoutingModel(
        orchestrations={ref.key: _orchestration(ref, spec) for ref, spec in _all(specs, "routing")},
        services={ref.key: _service(ref, spec, specs) for ref, spec in _all(specs, "service")},
        escalation_policies={ref.key: _policy(ref, spec) for ref, spec in _all(specs, "escalation_policy")},
        schedules={ref.key: _schedule(ref, spec) for ref, spec in _all(specs, "schedule")},
        notification_rules=tuple(
            _notification_rule(ref, spec.model_copy(update={"from_": (source,)}))
            for ref, spec in specs.items()
            if isinstance(spec, NotificationRule)
            for source in spec.from_
        ),
        priorities={ref.key: ref.key for ref in named if ref.kind == "priority"},
        fields={ref.key: ref.key for ref in named if ref.kind == "incident_custom_field"},
    )


def _all(specs: Specs, kind: str) -> Iterable[tuple[Ref, Resource]]:
    return ((ref, spec) for ref, spec in specs.items() if ref.kind == kind)


def _orchestration(ref: Ref, spec: Resource) -> model.Orchestration:
    if not isinstance(spec, Routing):
        return model.Orchestration(ref.key, spec.name)
    return read_orchestration(
        {"id": ref.key, "name": spec.name},
        global_rules=encode_path(spec.rules, KEYS, {}),
        router=encode_router(Router(spec.dynamic, spec.routes, spec.otherwise), KEYS, {}),
        unrouted=encode_path(spec.unrouted, KEYS, {}),
        cache_variables=_variables(spec.cache_variables),
    )


def _service(ref: Ref, spec: Resource, specs: Specs) -> model.SimulatedService:
    if not isinstance(spec, Service):
        return model.SimulatedService(ref.key, spec.name)
    policy = specs.get(spec.escalation_policy)
    team = policy.team if isinstance(policy, EscalationPolicy) else None
    raw = {
        **Services().encode(spec, KEYS, None),
        "id": ref.key,
        "name": spec.name,
        "teams": [{"id": team.key}] if team else [],
    }
    rules, variables = encode_path(spec.rules, KEYS, {}), _variables(spec.cache_variables)
    return read_service(raw, rules=rules, active=spec.rules_active, cache_variables=variables)


def _variables(variables: CachedValues) -> list[Json]:
    return [encode_variable(name, value) for name, value in variables.items()]


def _policy(ref: Ref, spec: Resource) -> oncall.SimulatedPolicy:
    if not isinstance(spec, EscalationPolicy):
        return oncall.SimulatedPolicy(ref.key, spec.name, levels=None)
    return oncall.read_policy({**EscalationPolicies().encode(spec, KEYS, None), "id": ref.key})


def _schedule(ref: Ref, spec: Resource) -> oncall.SimulatedSchedule:
    if not isinstance(spec, Schedule) or not spec.is_known:
        return oncall.SimulatedSchedule(ref.key, spec.name, layers=None)
    # PagerDuty's answers have the newest layer, which wins, first; and those that have ended count in a test.
    layers = [encode_layer(layer, None, KEYS) for layer in reversed(spec.layers)]
    raw = {"id": ref.key, "name": spec.name, "time_zone": spec.time_zone, "schedule_layers": layers}
    return oncall.read_schedule(raw)


def _notification_rule(ref: Ref, spec: NotificationRule) -> model.SimulatedNotificationRule:
    return read_slack_connection({**NotificationRules().encode(spec, KEYS, None), "id": ref.key})
