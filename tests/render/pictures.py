"""Topologies to draw."""

from __future__ import annotations

from itertools import pairwise

from pdslack_cli.analysis.graph import Edge, GraphNode, Stage, Topology
from pdslack_cli.engine.change import Action
from pdslack_cli.model import Ref

TRICKY = (
    '<b>bold</b> & "quotes"; it\'s',
    "a|b|c [x] {y} (z)",
    "1. first",
    "- dash",
    "`code` *star* _under_",
    "style: x #quot; y;",
    "end",
    "%%{init: {}}%%",
    "日本語サービス 🚨",
    "]]> <!-- -->",
)


def large(teams: int = 8, services: int = 60) -> Topology:
    """Every sort of edge: routes to services out of turn, direct senders, several levels, shared people."""
    routing, unrouted, boss = (
        Ref("routing", "production"),
        Ref("unrouted", "production"),
        Ref("person", "olga"),
    )
    nodes = [
        GraphNode(Ref("sender", "Alertmanager"), Stage.SENDER, "Alertmanager"),
        GraphNode(routing, Stage.ROUTING, "Production"),
        GraphNode(unrouted, Stage.SERVICE, "Unrouted: nobody is paged"),
        GraphNode(boss, Stage.PERSON, "olga"),
    ]
    edges = [Edge(nodes[0].ref, routing)]
    for number in range(teams):
        team, policy, channel = (Ref(kind, f"t{number}") for kind in ("team", "escalation_policy", "channel"))
        schedule, people = Ref("schedule", f"t{number}"), [Ref("person", f"p{number}-{i}") for i in range(3)]
        sender = Ref("integration", f"t{number}/Datadog")
        nodes += [
            GraphNode(sender, Stage.INTEGRATION, "Datadog", team),
            GraphNode(policy, Stage.ANSWER, f"Team {number}", team),
            GraphNode(channel, Stage.ANSWER, f"#team-{number}-incidents", team),
            GraphNode(schedule, Stage.SCHEDULE, f"Team {number} primary", team),
            *(GraphNode(person, Stage.PERSON, person.key, team) for person in people),
        ]
        edges += [
            Edge(policy, schedule, "1 · at once"),
            Edge(policy, people[0], "2 · after 15m"),
            Edge(policy, boss, "3 · after 45m"),
            *(Edge(schedule, person) for person in people),
        ]
    for number in range(services):
        home = number * 7 % teams
        service, team = Ref("service", f"s{number}"), Ref("team", f"t{home}")
        nodes.append(GraphNode(service, Stage.SERVICE, f"Service number {number}", team))
        condition = f"service matches 'a-rather-long-name-of-service-{number}'"
        edges += [
            Edge(routing, service, f"…{condition}", f"event.custom_details.{condition}"),
            Edge(service, Ref("escalation_policy", f"t{home}")),
            Edge(service, Ref("channel", f"t{home}"), "if high urgency" if number % 3 else ""),
        ]
        if number % 5 == 0:
            edges.append(Edge(Ref("integration", f"t{home}/Datadog"), service))
        if number % 11 == 0:
            edges.append(Edge(service, Ref("escalation_policy", "t0"), "At night"))
    edges.append(Edge(routing, unrouted, "otherwise"))
    names = {Ref("team", f"t{number}"): f"Team {number}" for number in range(teams)}
    return Topology("acme", tuple(nodes), tuple(edges), names)


def tricky() -> Topology:
    """Names and labels that mean something to Mermaid, XML or HTML, one after the other."""
    team = Ref("team", "a--b")
    stages = list(Stage)
    nodes = [
        GraphNode(Ref("service", name), stages[place % len(stages)], name, team, (("description", name),))
        for place, name in enumerate(TRICKY)
    ]
    ordered = sorted(nodes, key=lambda node: node.stage)
    edges = [
        Edge(a.ref, b.ref, a.name, f"{a.name}: in full") for a, b in pairwise(ordered) if a.stage < b.stage
    ]
    return Topology("acme", tuple(ordered), tuple(edges), {team: TRICKY[0]})


def compared() -> Topology:
    """One node and one edge for each of what a plan can do, and one that it leaves alone."""
    service = Ref("service", "api")
    actions = (Action.CREATE, Action.UPDATE, Action.DELETE, None)
    policies = [Ref("escalation_policy", f"p{place}") for place in range(4)]
    return Topology(
        "acme",
        (
            GraphNode(service, Stage.SERVICE, "api"),
            *(
                GraphNode(ref, Stage.ANSWER, ref.key, action=action)
                for ref, action in zip(policies, actions, strict=True)
            ),
        ),
        tuple(
            Edge(service, ref, f"to {ref.key}", action=action)
            for ref, action in zip(policies, actions, strict=True)
        ),
        compared=True,
    )
