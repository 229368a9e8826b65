"""The limitations of a replay (orchestration.md 2.11)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from pdslack_cli.routing.pcl.ast import FieldPath
from pdslack_cli.routing.pcl.conditions import Condition
from pdslack_cli.routing.simulate.model import RoutingModel
from pdslack_cli.routing.simulate.rules import CacheVariable, RulePath

_OF_HISTORY = (
    "PagerDuty lists alerts by their incidents: those that were dropped or suppressed are not among them, so "
    "rules that would let them through show nothing here",
    "events are as PagerDuty keeps them: a field that a rule of their time changed is replayed changed",
    "an event whose integration PagerDuty does not name is sent to the only orchestration that leads to its "
    "service, or else straight to the service",
)
_RAW = "the JSON as it was sent is not kept: rules that read `raw_event` see a body of the Events API instead"
_MEMORY = "counters and cache variables begin empty, and know only the alerts of this replay"
_ALWAYS = (
    "every alert counts as the first: repeats, grouping, and resolves that come in time are not replayed",
    "who is on call follows the rotations as they are now, as if they had always been, and without overrides",
)


def limitations(*models: RoutingModel, from_history: bool) -> tuple[str, ...]:
    """The limitations that apply to a replay through these models, of PagerDuty's history or of a file."""
    conditions = [condition for model in models for condition in _conditions(model)]
    raw = any(
        isinstance(node, FieldPath) and node.root == "raw_event"
        for item in conditions
        for node in item.tree.walk()
    )
    memory = any(item.thresholds for item in conditions) or any(_variables(model) for model in models)
    return (
        *(_OF_HISTORY if from_history else ()),
        *((_RAW,) if from_history and raw else ()),
        *((_MEMORY,) if memory else ()),
        *_ALWAYS,
    )


def _conditions(model: RoutingModel) -> Iterator[Condition]:
    for path in _paths(model):
        for rules in path.sets.values():
            for rule in rules:
                yield from rule.conditions


def _paths(model: RoutingModel) -> Iterator[RulePath]:
    for orchestration in model.orchestrations.values():
        yield from (orchestration.global_rules, orchestration.router, orchestration.unrouted)
    yield from (service.rules for service in model.services.values())


def _variables(model: RoutingModel) -> tuple[CacheVariable, ...]:
    of_orchestrations = (item.cache_variables for item in model.orchestrations.values())
    of_services = (item.cache_variables for item in model.services.values())
    return tuple(chain(*of_orchestrations, *of_services))
