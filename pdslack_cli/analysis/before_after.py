"""Model routing before and after an apply, so that events can be simulated against both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pdslack_cli.analysis.routing_model import Specs, routing_model_of
from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.readers import map_concurrently
from pdslack_cli.clients.http.vendor_json import reads_answers
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Plan
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.errors import ProblemsError
from pdslack_cli.kinds import kind_of
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.catalogue import Priorities
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Json, Live, Name, Ref
from pdslack_cli.routing.simulate.model import Orchestration, RoutingModel
from pdslack_cli.routing.simulate.rules import START

# The kinds that a routing model is made of, with the parts of each that need calls of their own.
PARTS: Mapping[str, frozenset[str]] = {
    "routing": frozenset({"rules", "routes", "unrouted", "integrations"}),
    "service": frozenset({"rules"}),
    "escalation_policy": frozenset(),
    "schedule": frozenset(),
    "notification_rule": frozenset(),
}


@dataclass(frozen=True)
class BeforeAfter:
    """The routing models before and after an apply; both name objects by their keys.

    `senders` maps ids of integrations to where their events go, `services` ids of services to keys.
    """

    before: RoutingModel
    after: RoutingModel
    senders: Mapping[str, str]
    services: Mapping[str, str]

    def sent_to(self, alert: Json) -> str:
        """The entry point of an alert's event: `routing/KEY` or `service/KEY`.

        An alert that names no integration we know came by the only orchestration that can lead to its
        service, if there is one: whether PagerDuty names those of orchestrations is (unverified).
        """
        sender = self.senders.get((alert.get("integration") or {}).get("id", ""))
        if sender:
            return sender
        service = self.services.get(alert["service"]["id"])
        if service is None:
            return f"service/{alert['service'].get('summary') or alert['service']['id']}"
        orchestrations = self._leading_to.get(service, ())
        return f"routing/{orchestrations[0]}" if len(orchestrations) == 1 else f"service/{service}"

    @cached_property
    def _leading_to(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key, orchestration in self.before.orchestrations.items():
            for service in _targets(orchestration, self.before):
                found.setdefault(service, []).append(key)
        return found


def _targets(orchestration: Orchestration, world: RoutingModel) -> Iterable[str]:
    """The services that a router can route to: any, with dynamic routing."""
    rules = orchestration.router.sets[START]
    if any(rule.actions.dynamic for rule in rules):
        return world.services
    return {rule.actions.route_to for rule in rules} | {orchestration.router.catch_all.route_to}


@reads_answers
def read_before_after(stack: Stack, clients: Clients) -> BeforeAfter:
    """Read the live rules and model routing before and after an apply; raises what a plan raises.

    All orchestrations are read, and the rules of the services that they or the stack name: others are the
    same before and after.
    """
    live = read_live(stack, clients)
    plan = make_plan(stack, live, adopt=True)
    if plan.problems:
        raise ProblemsError(plan.problems)
    id_index = plan.id_index
    for priority in Priorities().read(clients, ()):
        if id_index.known("priority", priority.id) is None:
            id_index.add(Ref("priority", Name(priority.name)), priority.id)
    objects = _with_rules(stack, live.objects, id_index, clients)
    before = {
        id_index.ref(kind, one.id, one.name): _decoded(one, id_index)
        for kind in PARTS
        for one in objects[kind]
    }
    return BeforeAfter(
        routing_model_of(before),
        routing_model_of(_after(stack, plan, before)),
        dict(_senders(objects, id_index)),
        {one.id: id_index.ref("service", one.id).key for one in objects["service"]},
    )


def _with_rules(stack: Stack, objects: Objects, id_index: IdIndex, clients: Clients) -> Objects:
    """The live objects of both models, with the parts that hold their rules."""

    def whole(one: Live) -> Live:
        return kind_of(one).read_parts(clients, one, PARTS[one.kind])

    found = {kind: list(objects.get(kind, ())) for kind in PARTS}
    found["routing"] = map_concurrently(found["routing"], whole)
    named = {entry.ref for entry in stack.of_kind("service")}
    named |= {ref for one in found["routing"] for ref in references(_decoded(one, id_index))}
    found["service"] = map_concurrently(
        found["service"],
        lambda one: whole(one) if id_index.ref("service", one.id, one.name) in named else one,
    )
    return found


def _decoded(live: Live, id_index: IdIndex) -> Resource:
    spec: Resource = kind_of(live).decode(live, id_index)
    return spec


def _after(stack: Stack, plan: Plan, before: Specs) -> Specs:
    """The specs after an apply: the entries merged onto live objects, without deleted ones."""
    deleted = {change.ref for change in plan.of(Action.DELETE)} - stack.wanted.keys()
    after = {ref: spec for ref, spec in before.items() if ref not in deleted}
    for ref, entry in stack.wanted.items():
        if ref.kind in PARTS:
            after[ref] = (
                entry.spec.without_create_only.merged_onto(before[ref], plan.read_at)
                if ref in before
                else entry.spec
            )
    return after


def _senders(objects: Objects, id_index: IdIndex) -> Iterator[tuple[str, str]]:
    for live in objects["service"]:
        key = id_index.ref("service", live.id).key
        yield from ((raw["id"], f"service/{key}") for raw in live.raw.get("integrations") or ())
    for live in objects["routing"]:
        key = id_index.ref("routing", live.id).key
        yield from ((raw["id"], f"routing/{key}") for raw in live.parts["integrations"])
