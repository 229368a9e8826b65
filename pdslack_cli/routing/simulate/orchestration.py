"""Route an event through the orchestrations of an account (orchestration.md 2.2 to 2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pdslack_cli.routing.pcl.ast import Comparison
from pdslack_cli.routing.pcl.conditions import Condition, Verdict
from pdslack_cli.routing.pcl.events import to_events_api
from pdslack_cli.routing.pcl.unverified import Unverified
from pdslack_cli.routing.simulate.effects import Effects
from pdslack_cli.routing.simulate.incident import conclude
from pdslack_cli.routing.simulate.model import Orchestration, RoutingModel
from pdslack_cli.routing.simulate.rules import (
    START,
    UNROUTED,
    CacheVariable,
    DynamicRoute,
    PathKind,
    PathRule,
    RulePath,
)
from pdslack_cli.routing.simulate.state import State
from pdslack_cli.routing.simulate.trace import EventChange, Trace, TraceStep, Tried

MAX_HOPS = 32  # from set to set; readers refuse circles, so this only bounds a path made by hand


@dataclass(frozen=True)
class ReceivedEvent:
    """An event on arrival at an orchestration or a service (its id), in PD-CEF and as it was sent."""

    event: Mapping[str, Any]
    raw: Mapping[str, Any]
    at: datetime
    orchestration: str = ""
    service: str = ""

    @classmethod
    def to(
        cls, target: str, event: Mapping[str, Any], at: datetime, raw: Mapping[str, Any] | None = None
    ) -> ReceivedEvent:
        """An event for `routing/ID` or `service/ID`; without `raw`, it was sent by the Events API."""
        event = {"event_action": "trigger", **event}
        raw = to_events_api(event) if raw is None else raw
        kind, _, id_ = target.partition("/")
        if kind == "routing":
            return cls(event, raw, at, orchestration=id_)
        return cls(event, raw, at, service=id_)


def route(model: RoutingModel, received: ReceivedEvent, state: State | None = None) -> Trace:
    """Route an event through global rules, router, service rules or unrouted rules, to its outcome.

    `state` carries counters and cache variables from one event to the next. Deduplication, grouping and
    auto-pause depend on open alerts and are not simulated: every trigger counts as the first.
    """
    return _Walk(model, received, State() if state is None else state).trace()


class _Walk:
    def __init__(self, model: RoutingModel, received: ReceivedEvent, state: State) -> None:
        self.model = model
        self.received = received
        self.state = state
        self.steps: list[TraceStep] = []
        self.effects = Effects({"event": dict(received.event), "raw_event": dict(received.raw)})
        self.unresolved: list[str] = []

    def trace(self) -> Trace:
        service_id = self.received.service
        if self.received.orchestration:
            orchestration = self.model.orchestrations[self.received.orchestration]
            service_id = self._route_orchestration(orchestration)
        service = self.model.services.get(service_id)
        if service_id and not service:
            self.unresolved.append(f"service {service_id}")
            self.effects.note_unverified(Unverified.UNKNOWN_SERVICE)
        if service and service.active and not self.effects.drop:
            self._set_cache_variables(service.id, service.cache_variables)
            self._run(service.rules, service.id)
            self._update_cache_variables(service.id, service.cache_variables)
        concluded = conclude(self.model, service, self.effects, self.received.at)
        return replace(
            concluded, steps=tuple(self.steps), unresolved=(*self.unresolved, *concluded.unresolved)
        )

    def _route_orchestration(self, orchestration: Orchestration) -> str:
        """Route through an orchestration; return the id of the service, or an empty string."""
        owner, variables = orchestration.id, orchestration.cache_variables
        cached = self._set_cache_variables(owner, variables)
        self._run(orchestration.global_rules, owner)
        if self.effects.drop:
            return ""
        del self.effects.roots["cache_var"]  # not available in routers (orchestration.md 2.4)
        service = self._routed_service(orchestration)
        self.effects.roots["cache_var"] = cached
        if not service:
            self._run(orchestration.unrouted, owner)
        self._update_cache_variables(owner, variables)
        return service

    def _set_cache_variables(self, owner: str, variables: tuple[CacheVariable, ...]) -> dict[str, object]:
        cached = self.state.cached(owner, variables, self.received.at)
        self.effects.roots["cache_var"] = cached
        return cached

    def _update_cache_variables(self, owner: str, variables: tuple[CacheVariable, ...]) -> None:
        """Update cache variables last, so that rules saw them as they were before: (unverified)."""
        if variables:
            self.effects.note_unverified(Unverified.CACHE_BEFORE_UPDATE)
        trigger = self.effects.is_trigger
        self.state.update_cached(owner, variables, self.effects.roots, self.received.at, trigger=trigger)

    def _run(self, path: RulePath, owner: str) -> None:
        set_id = START
        for _ in range(MAX_HOPS):
            rule, tried = self._first_match(path.kind, owner, path.sets[set_id])
            actions = rule.actions if rule else path.catch_all
            changes = self.effects.apply(actions)
            self.steps.append(TraceStep(path.kind, owner, rule, True, tried, changes))
            if actions.drop and actions.route_to:
                self.effects.note_unverified(Unverified.DROP_STOPS)
            if self.effects.drop or rule is None or not actions.route_to:
                return
            if actions.extractions:
                self.effects.note_unverified(Unverified.NESTED_CONDITIONS)
            set_id = actions.route_to

    def _first_match(
        self, kind: PathKind, owner: str, rules: tuple[PathRule, ...]
    ) -> tuple[PathRule | None, tuple[Tried, ...]]:
        """Return the first matching rule, with the conditions tried; the others are recorded as steps."""
        for rule in rules:
            if rule.disabled:
                continue
            matched, tried = self._try(kind, owner, rule)
            if matched:
                return rule, tried
            self.steps.append(TraceStep(kind, owner, rule, False, tried))
        return None, ()

    def _try(self, kind: PathKind, owner: str, rule: PathRule) -> tuple[bool, tuple[Tried, ...]]:
        """Evaluate a rule, which matches if any condition is true or it has none."""
        tried = []
        for number, condition in enumerate(rule.conditions):
            key = (owner, kind, rule.set_id, rule.id or rule.position, number)
            verdict = self._verdict(key, condition)
            tried.append(Tried(condition, verdict))
            if verdict.value:
                return True, tuple(tried)
        return not rule.conditions, tuple(tried)

    def _verdict(self, key: tuple[object, ...], condition: Condition) -> Verdict:
        roots = self.effects.roots
        if not condition.thresholds:
            return condition.evaluate(roots, self.received.at)
        counts = self.state.count(key, condition, self.received.at, trigger=self.effects.is_trigger)
        verdict = condition.evaluate({**roots, **counts}, self.received.at)
        self.state.reset(key, verdict)
        if not isinstance(condition.tree, Comparison):
            self.effects.note_unverified(Unverified.MIXED_THRESHOLD)
        return verdict

    def _routed_service(self, orchestration: Orchestration) -> str:
        router, owner = orchestration.router, orchestration.id
        for rule in router.sets[START]:
            if rule.disabled:
                continue
            tried: tuple[Tried, ...] = ()
            if rule.actions.dynamic:
                found = self._dynamic_service(rule.actions.dynamic)
            else:
                matched, tried = self._try(router.kind, owner, rule)
                found = rule.actions.route_to if matched else ""
            changes = (EventChange("service", found),) if found else ()
            self.steps.append(TraceStep(router.kind, owner, rule, bool(found), tried, changes))
            if found:
                return found
        last = router.catch_all.route_to
        found = "" if last == UNROUTED else last
        self.steps.append(
            TraceStep(router.kind, owner, None, True, (), (EventChange("service", found or UNROUTED),))
        )
        return found

    def _dynamic_service(self, dynamic: DynamicRoute) -> str:
        """Return the service named by a field; an empty string continues with the next rule.

        That it falls through, and that names are compared exactly, is (unverified): orchestration.md 2.4.
        """
        text = self.effects.captured(dynamic.find)
        services = self.model.services
        if dynamic.by == "service_id":
            found = text if text in services else None
        else:
            found = next((id_ for id_, service in services.items() if service.name == text), None)
        if text and not found:
            self.effects.note_unverified(Unverified.DYNAMIC_FALLS_THROUGH)
        return found or ""
