"""What a replay cannot show (orchestration.md 2.11)."""

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


def bias(*worlds: RoutingModel, from_history: bool) -> tuple[str, ...]:
    """What to know before believing a replay through these worlds, of PagerDuty's history or of a file."""
    conditions = [condition for world in worlds for condition in _conditions(world)]
    raw = any(
        isinstance(node, FieldPath) and node.root == "raw_event"
        for each in conditions
        for node in each.tree.walk()
    )
    memory = any(each.thresholds for each in conditions) or any(_variables(world) for world in worlds)
    return (
        *(_OF_HISTORY if from_history else ()),
        *((_RAW,) if from_history and raw else ()),
        *((_MEMORY,) if memory else ()),
        *_ALWAYS,
    )


def _conditions(world: RoutingModel) -> Iterator[Condition]:
    for path in _paths(world):
        for rules in path.sets.values():
            for rule in rules:
                yield from rule.conditions


def _paths(world: RoutingModel) -> Iterator[RulePath]:
    for orchestration in world.orchestrations.values():
        yield from (orchestration.global_rules, orchestration.router, orchestration.unrouted)
    yield from (service.rules for service in world.services.values())


def _variables(world: RoutingModel) -> tuple[CacheVariable, ...]:
    of_orchestrations = (each.cache_variables for each in world.orchestrations.values())
    of_services = (each.cache_variables for each in world.services.values())
    return tuple(chain(*of_orchestrations, *of_services))
