"""The rule documents of a stack, each with the locations of its rules in the files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from pdslack_cli.config.stack import Stack, StackEntry
from pdslack_cli.errors import Location
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.pagerduty.orchestration.origins import Origins, route_origins, rule_origins
from pdslack_cli.kinds.pagerduty.orchestration.routing import Routing
from pdslack_cli.kinds.pagerduty.service.service import Service
from pdslack_cli.routing.simulate.model import RoutingModel
from pdslack_cli.routing.simulate.rules import RuleKey, RulePath


class Document(NamedTuple):
    """A rule path of an orchestration or a service (its key), with the origins of its rules.

    `variables` are the names of the owner's cache variables; None where the file leaves them to others.
    """

    owner: str
    path: RulePath
    origins: Origins
    variables: Collection[str] | None


def documents(stack: Stack, world: RoutingModel) -> Iterator[Document]:
    """Every rule path of a stack; `world` is the routing model made of it."""
    for entry in stack.wanted.values():
        for path, origins in _paths(entry, world, stack):
            yield Document(entry.ref.key, path, origins, _variables(entry.spec))


def _paths(entry: StackEntry, world: RoutingModel, stack: Stack) -> Iterator[tuple[RulePath, Origins]]:
    match entry.written or entry.spec:
        case Service(rules=rules):
            yield (
                world.services[entry.ref.key].rules,
                rule_origins(rules, (*entry.path, "rules"), stack.specs),
            )
        case Routing() as spec:
            there = world.orchestrations[entry.ref.key]
            yield there.global_rules, rule_origins(spec.rules, (*entry.path, "rules"), stack.specs)
            yield there.router, route_origins(spec, entry.path)
            yield there.unrouted, rule_origins(spec.unrouted, (*entry.path, "unrouted"), stack.specs)


def _variables(spec: Resource) -> Collection[str] | None:
    if isinstance(spec, Service | Routing) and "cache_variables" in spec.model_fields_set:
        return spec.cache_variables
    return None


def rule_locations(stack: Stack, world: RoutingModel) -> Mapping[RuleKey, Location]:
    """The location of each rule."""
    return {
        rule.key(document.owner, document.path.kind): stack.locations.value(
            document.origins.of(("sets", number, "rules", rule.position)).place
        )
        for document in documents(stack, world)
        for number, rules in enumerate(document.path.sets.values())
        for rule in rules
    }
