"""The way of an event through the orchestrations of an account (orchestration.md 2.2 to 2.5)."""

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
    """An event on its arrival at an orchestration or a service (its id), in PD-CEF and as it was sent."""

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


def route(world: RoutingModel, sent: ReceivedEvent, state: State | None = None) -> Trace:
    """Walk an event through global rules, router, service rules or unrouted rules, to what it ends as.

    `state` carries counters and cache variables from one event to the next. Deduplication, grouping and
    auto-pause depend on open alerts and are not part of the way: every trigger counts as the first.
    """
    return _Walk(world, sent, State() if state is None else state).trace()


class _Walk:
    def __init__(self, world: RoutingModel, sent: ReceivedEvent, state: State) -> None:
        self.world = world
        self.sent = sent
        self.state = state
        self.steps: list[TraceStep] = []
        self.effects = Effects({"event": dict(sent.event), "raw_event": dict(sent.raw)})
        self.unresolved: list[str] = []

    def trace(self) -> Trace:
        service_id = self.sent.service
        if self.sent.orchestration:
            orchestration = self.world.orchestrations[self.sent.orchestration]
            service_id = self._through(orchestration)
        service = self.world.services.get(service_id)
        if service_id and not service:
            self.unresolved.append(f"service {service_id}")
            self.effects.reach(Unverified.UNKNOWN_SERVICE)
        if service and service.active and not self.effects.drop:
            self._see(service.id, service.cache_variables)
            self._run(service.rules, service.id)
            self._remember(service.id, service.cache_variables)
        concluded = conclude(self.world, service, self.effects, self.sent.at)
        return replace(
            concluded, steps=tuple(self.steps), unresolved=(*self.unresolved, *concluded.unresolved)
        )

    def _through(self, orchestration: Orchestration) -> str:
        """The id of the service at the other end, empty if there is none."""
        owner, variables = orchestration.id, orchestration.cache_variables
        cached = self._see(owner, variables)
        self._run(orchestration.global_rules, owner)
        if self.effects.drop:
            return ""
        del self.effects.roots["cache_var"]  # not available in routers (orchestration.md 2.4)
        service = self._routed(orchestration)
        self.effects.roots["cache_var"] = cached
        if not service:
            self._run(orchestration.unrouted, owner)
        self._remember(owner, variables)
        return service

    def _see(self, owner: str, variables: tuple[CacheVariable, ...]) -> dict[str, object]:
        cached = self.state.cached(owner, variables, self.sent.at)
        self.effects.roots["cache_var"] = cached
        return cached

    def _remember(self, owner: str, variables: tuple[CacheVariable, ...]) -> None:
        """Update cache variables last, so that rules saw them as they were before: (unverified)."""
        if variables:
            self.effects.reach(Unverified.CACHE_BEFORE_UPDATE)
        trigger = self.effects.is_trigger
        self.state.update_cached(owner, variables, self.effects.roots, self.sent.at, trigger=trigger)

    def _run(self, path: RulePath, owner: str) -> None:
        set_id = START
        for _ in range(MAX_HOPS):
            rule, tried = self._first_match(path.kind, owner, path.sets[set_id])
            actions = rule.actions if rule else path.catch_all
            changes = self.effects.apply(actions)
            self.steps.append(TraceStep(path.kind, owner, rule, True, tried, changes))
            if actions.drop and actions.route_to:
                self.effects.reach(Unverified.DROP_STOPS)
            if self.effects.drop or rule is None or not actions.route_to:
                return
            if actions.extractions:
                self.effects.reach(Unverified.NESTED_CONDITIONS)
            set_id = actions.route_to

    def _first_match(
        self, kind: PathKind, owner: str, rules: tuple[PathRule, ...]
    ) -> tuple[PathRule | None, tuple[Tried, ...]]:
        """The rule that acts, with the conditions that it took; the others are noted as steps."""
        for rule in rules:
            if rule.disabled:
                continue
            matched, tried = self._try(kind, owner, rule)
            if matched:
                return rule, tried
            self.steps.append(TraceStep(kind, owner, rule, False, tried))
        return None, ()

    def _try(self, kind: PathKind, owner: str, rule: PathRule) -> tuple[bool, tuple[Tried, ...]]:
        """Whether a rule matches: any condition holds, or it has none."""
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
            return condition.evaluate(roots, self.sent.at)
        counts = self.state.count(key, condition, self.sent.at, trigger=self.effects.is_trigger)
        verdict = condition.evaluate({**roots, **counts}, self.sent.at)
        self.state.reset(key, verdict)
        if not isinstance(condition.tree, Comparison):
            self.effects.reach(Unverified.MIXED_THRESHOLD)
        return verdict

    def _routed(self, orchestration: Orchestration) -> str:
        router, owner = orchestration.router, orchestration.id
        for rule in router.sets[START]:
            if rule.disabled:
                continue
            tried: tuple[Tried, ...] = ()
            if rule.actions.dynamic:
                found = self._looked_up(rule.actions.dynamic)
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

    def _looked_up(self, dynamic: DynamicRoute) -> str:
        """The service that a field names; empty lets the next rule try.

        That it falls through, and that names are compared exactly, is (unverified): orchestration.md 2.4.
        """
        text = self.effects.captured(dynamic.find)
        services = self.world.services
        if dynamic.by == "service_id":
            found = text if text in services else None
        else:
            found = next((id_ for id_, service in services.items() if service.name == text), None)
        if text and not found:
            self.effects.reach(Unverified.DYNAMIC_FALLS_THROUGH)
        return found or ""
