"""Build the alert graph of a stack: from the senders of events to the people who are notified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pdslack_cli.analysis.graph import Edge, GraphNode, Stage, Topology
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Plan
from pdslack_cli.kinds import KIND_NAMED
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.durations import Duration
from pdslack_cli.kinds.pagerduty.escalation_policy import EscalationPolicy
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule
from pdslack_cli.kinds.pagerduty.orchestration.routing import Routing
from pdslack_cli.kinds.pagerduty.orchestration.rules import Rule, Rules
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedule
from pdslack_cli.kinds.pagerduty.service.service import Service
from pdslack_cli.kinds.pagerduty.shifts.shift_schedule import ShiftSchedule
from pdslack_cli.kinds.pagerduty.team import Team
from pdslack_cli.model import Ref

Specs = Mapping[Ref, Resource]

STAGES: Mapping[str, Stage] = {
    "sender": Stage.SENDER,
    "routing": Stage.ROUTING,
    "integration": Stage.INTEGRATION,
    "service": Stage.SERVICE,
    "team": Stage.SERVICE,  # all of its services, where the stack knows none
    "dynamic": Stage.SERVICE,  # whichever service the event names
    "unrouted": Stage.SERVICE,
    "escalation_policy": Stage.ANSWER,
    "channel": Stage.ANSWER,
    "schedule": Stage.SCHEDULE,
    "shift_schedule": Stage.SCHEDULE,
    "person": Stage.PERSON,
}

# What a look at a node shows of its entry.
FACTS = ("description", "runbook", "urgency", "time_zone", "topic", "purpose", "email")


def make_topology(stack: Stack) -> Topology:
    """The graph of a stack."""
    return _topology_of(stack.owner, {ref: entry.spec for ref, entry in stack.entries.items()})


def compare_topology(stack: Stack, plan: Plan) -> Topology:
    """The graph before and after a plan in one, with the plan's actions.

    Nodes and edges that are only live are deleted, those that are only in the files are created.
    """
    before = {ref: entry.spec for ref, entry in stack.entries.items()}
    after = dict(before)
    actions: dict[Ref, Action] = {}
    for change in plan.changes:
        if change.ref in actions:  # a left-over of a replacement goes, the object itself stays
            continue
        actions[change.ref] = change.action
        for specs, spec in ((before, change.before), (after, change.after)):
            specs.pop(change.ref, None)
            if spec is not None:
                specs[change.ref] = spec
    return _merged(_topology_of(stack.owner, before), _topology_of(stack.owner, after), actions)


# --- edges -----------------------------------------------------------------------------------------


def _edges(ref: Ref, spec: Resource, specs: Specs) -> Iterator[Edge]:
    """The edges that an entry declares."""
    match spec:
        case Routing():
            yield from (Edge(Ref("sender", label), ref) for label in spec.integrations)
            yield from _overrides(ref, spec.rules)
            yield from _routes(ref, spec)
        case Service():
            for integration in spec.integrations:
                yield Edge(_sender(integration.name, _team_of(ref, specs)), ref)
            yield Edge(ref, spec.escalation_policy)
            yield from _overrides(ref, spec.rules)
        case EscalationPolicy():
            waited = 0
            for number, level in enumerate(spec.levels, 1):
                label = f"{number} · after {Duration(waited)}" if waited else f"{number} · at once"
                detail = f"{label}, one of them in turn" if level.assign == "round_robin" else ""
                yield from (Edge(ref, target, label, detail) for target in level.notify)
                waited += level.escalate_after
        case Schedule():
            for person in dict.fromkeys(person for layer in spec.layers for person in layer.people):
                names = [layer.name for layer in spec.layers if person in layer.people and layer.name]
                yield Edge(ref, person, detail=", ".join(names))
        case ShiftSchedule():
            events = [event for rotation in spec.rotations for event in rotation.events]
            for person in dict.fromkeys(person for event in events for person in event.people if person):
                names = [event.name for event in events if person in event.people]
                yield Edge(ref, person, detail=", ".join(names))
        case NotificationRule():
            for source in spec.from_:
                yield from _notifications(ref, spec, source, specs)


def _sender(name: str, team: Ref | None) -> Ref:
    """The node of a sender: one for all services of a team that it sends to."""
    return Ref("integration", f"{team.key.replace('/', '_') if team else ''}/{name}")


def _routes(ref: Ref, spec: Routing) -> Iterator[Edge]:
    if spec.dynamic and not spec.dynamic.disabled:
        path = spec.dynamic.service_name or spec.dynamic.service_id or ""
        yield Edge(
            ref, Ref("dynamic", ref.key), f"named by {_shortened(path)}", f"{path}: {spec.dynamic.regex}"
        )
    for route in spec.routes:
        if not route.disabled:
            yield Edge(ref, route.to, *_condition_label(route.label, route.if_))
    if spec.model_fields_set & {"routes", "otherwise"}:
        yield Edge(ref, spec.otherwise or Ref("unrouted", ref.key), "otherwise")


def _overrides(ref: Ref, rules: Rules) -> Iterator[Edge]:
    """Edges of rules that choose another escalation policy."""
    for rule in rules:
        actions = rule.otherwise or rule.then
        if actions.escalation_policy and not rule.disabled:
            yield Edge(ref, actions.escalation_policy, *_condition_label(_title(rule), rule.if_))
        yield from _overrides(ref, rule.nested)


def _notifications(ref: Ref, rule: NotificationRule, source: Ref, specs: Specs) -> Iterator[Edge]:
    priorities = [str(one.key) if isinstance(one, Ref) else "no priority" for one in rule.priorities or ()]
    limits = [f"{rule.urgency} urgency" if rule.urgency else "", ", ".join(priorities)]
    label = f"if {' · '.join(filter(None, limits))}" if any(limits) else ""
    services = [source]
    if source.kind == "team":
        members = [other for other, spec in specs.items() if isinstance(spec, Service)]
        services = [other for other in members if _team_of(other, specs) == source] or [source]
    for service in services:
        yield Edge(service, rule.to, label, declared_by=ref)


def _title(rule: Rule) -> str:
    return "otherwise" if rule.otherwise else rule.label


def _condition_label(label: str, conditions: tuple[str, ...]) -> tuple[str, str]:
    """The label and the detail of an edge that several conditions lead along."""
    exactly = " or ".join(conditions)
    return label or _shortened(exactly) or "always", ": ".join(text for text in (label, exactly) if text)


def _shortened(text: str) -> str:
    """Shorten paths: nearly all are custom details of the event."""
    return text.replace("event.custom_details.", "…").replace("event.", "")


# --- nodes -----------------------------------------------------------------------------------------


def _topology_of(owner: str, specs: Specs) -> Topology:
    found = dict.fromkeys(edge for ref, spec in specs.items() for edge in _edges(ref, spec, specs))
    edges = tuple(sorted(found, key=lambda edge: STAGES[edge.source.kind]))
    linked = dict.fromkeys(ref for edge in edges for ref in (edge.source, edge.target))
    own = [
        ref for ref, spec in specs.items() if ref.kind in STAGES and ref.kind != "team" and not spec.lookup
    ]
    refs = sorted(dict.fromkeys([*own, *linked]), key=lambda ref: STAGES[ref.kind])
    served = {edge.source: edge.target for edge in edges if edge.source.kind == "integration"}
    teams: dict[Ref, Ref | None] = {}
    for ref in refs:
        users = {teams[edge.source] for edge in edges if edge.target == ref and edge.source in teams}
        teams[ref] = _team_of(served.get(ref, ref), specs) or _single(users)
    nodes = (
        GraphNode(ref, STAGES[ref.kind], _name(ref, specs), teams[ref], tuple(_facts(specs.get(ref))))
        for ref in refs
    )
    used = dict.fromkeys(team for team in teams.values() if team)
    return Topology(owner, tuple(nodes), edges, {team: _name(team, specs) for team in used})


def _team_of(ref: Ref, specs: Specs) -> Ref | None:
    """The team of an object, if the stack names exactly one."""
    match specs.get(ref):
        case Service() as service:
            return _team_of(service.escalation_policy, specs)
        case EscalationPolicy() as policy:
            return policy.team
        case Schedule() as schedule:
            return _single(schedule.teams)
    if ref.kind == "person":
        return _single(
            other
            for other, team in specs.items()
            if isinstance(team, Team) and team.members and ref in team.members.roles()
        )
    return ref if ref.kind == "team" else None


def _single(teams: Iterable[Ref | None]) -> Ref | None:
    known = {team for team in teams if team}
    return known.pop() if len(known) == 1 else None


def _name(ref: Ref, specs: Specs) -> str:
    spec = specs.get(ref)
    name = spec.name if spec and spec.name else ref.key
    match ref.kind:
        case "integration":
            return name.partition("/")[2]
        case "channel":
            return f"#{name}"
        case "unrouted":
            return "Unrouted: nobody is paged"
        case "dynamic":
            return "Any service"
    return name


def _facts(spec: Resource | None) -> Iterator[tuple[str, str]]:
    for name in FACTS:
        value = getattr(spec, name, None)
        if isinstance(value, str) and value:
            yield name.replace("_", " "), value
    if isinstance(spec, Service | Routing) and spec.rules:
        yield "rules", ", ".join(_condition_label(_title(rule), rule.if_)[0] for rule in spec.rules)
    if spec and spec.lookup:
        yield "managed", "elsewhere"


# --- comparing -------------------------------------------------------------------------------------


def _merged(before: Topology, after: Topology, actions: Mapping[Ref, Action]) -> Topology:
    old, new = ({node.ref: node for node in topology.nodes} for topology in (before, after))
    nodes = sorted({**old, **new}.values(), key=lambda node: node.stage)
    return Topology(
        after.owner,
        tuple(replace(node, action=_action(node.ref, old, new, actions)) for node in nodes),
        tuple(_merged_edges(before, after, actions)),
        {**before.teams, **after.teams},
        compared=True,
    )


def _action(
    ref: Ref, old: Mapping[Ref, GraphNode], new: Mapping[Ref, GraphNode], actions: Mapping[Ref, Action]
) -> Action | None:
    """The action on a node: that of the plan for objects; other nodes follow their edges."""
    if ref.kind in KIND_NAMED:
        return actions.get(ref)
    if ref in old and ref in new:
        return None
    return Action.CREATE if ref in new else Action.DELETE


def _merged_edges(before: Topology, after: Topology, actions: Mapping[Ref, Action]) -> Iterator[Edge]:
    old, new = ({_edge_identity(edge): edge for edge in topology.edges} for topology in (before, after))
    for place, edge in new.items():
        if place not in old:
            yield replace(edge, action=Action.CREATE)
        elif old[place] != edge or edge.declared_by in actions:
            yield replace(edge, action=Action.UPDATE)
        else:
            yield edge
    yield from (replace(edge, action=Action.DELETE) for place, edge in old.items() if place not in new)


def _edge_identity(edge: Edge) -> tuple[Ref, Ref, str, Ref | None]:
    """The identity of an edge, the same before and after."""
    return edge.source, edge.target, edge.label, edge.declared_by
