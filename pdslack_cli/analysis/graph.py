"""Data types of the alert graph: nodes that alerts pass or reach, and edges that they take."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from pdslack_cli.engine.change import Action
from pdslack_cli.errors import Problem, ProblemsError
from pdslack_cli.model import Ref


class Stage(IntEnum):
    """The column of a node, from left to right in the order in which alerts pass."""

    SENDER = 0  # sends events to an orchestration
    ROUTING = 1
    INTEGRATION = 2  # sends events straight to a service
    SERVICE = 3
    ANSWER = 4  # escalation policies, and channels that are told
    SCHEDULE = 5
    PERSON = 6


@dataclass(frozen=True)
class GraphNode:
    """An object that alerts pass or reach.

    What is only a part of other objects (a sender of events, the end of what no route took) has a ref of a
    kind that no file knows. `team` is the team it is drawn with; `facts` are names and values for people who
    look closer; `action` is what a plan does to it.
    """

    ref: Ref
    stage: Stage
    name: str
    team: Ref | None = None
    facts: tuple[tuple[str, str], ...] = ()
    action: Action | None = None


@dataclass(frozen=True)
class Edge:
    """A step of alerts from one node to the next: its condition in short (`label`) and in full (`detail`).

    `declared_by` is the object that declares it, where that is neither end.
    """

    source: Ref
    target: Ref
    label: str = ""
    detail: str = ""
    declared_by: Ref | None = None
    action: Action | None = None


@dataclass(frozen=True)
class Topology:
    """Nodes from left to right, edges in the order in which they are tried; no two edges are equal.

    `teams` are the names of the teams that nodes are drawn with; `compared` tells that actions are those of
    a plan.
    """

    owner: str
    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[Edge, ...] = ()
    teams: Mapping[Ref, str] = field(default_factory=dict)
    compared: bool = False

    def keeping(self, refs: Collection[Ref], edges: Iterable[Edge]) -> Topology:
        """A copy with only these nodes and edges, without teams that have none."""
        nodes = tuple(node for node in self.nodes if node.ref in refs)
        used = {node.team for node in nodes}
        teams = {ref: name for ref, name in self.teams.items() if ref in used}
        return Topology(self.owner, nodes, tuple(edges), teams, self.compared)


def narrowed(topology: Topology, refs: Collection[Ref]) -> Topology:
    """Keep the paths that lead through given objects, teams or rules.

    Raises ProblemsError for an object that no alert reaches.
    """
    starts, ends, own = set[Ref](), set[Ref](), set[Edge]()
    problems = []
    for ref in refs:
        nodes = {node.ref for node in topology.nodes if ref in (node.ref, node.team)}
        edges = {edge for edge in topology.edges if edge.declared_by == ref}
        if not nodes and not edges:
            hint = "name a service, a team, or anything else that alerts pass"
            problems.append(Problem(f"{ref} is not in the graph", hint=hint))
        starts |= nodes | {edge.target for edge in edges}
        ends |= nodes | {edge.source for edge in edges}
        own |= edges
    if problems:
        raise ProblemsError(problems)
    after = _reached(topology, starts, lambda edge: (edge.source, edge.target))
    before = _reached(topology, ends, lambda edge: (edge.target, edge.source))
    kept = [edge for edge in topology.edges if edge.source in after or edge.target in before or edge in own]
    return topology.keeping(after | before, kept)


def _reached(topology: Topology, seeds: set[Ref], ends: Callable[[Edge], tuple[Ref, Ref]]) -> set[Ref]:
    """The seeds and all nodes reachable from them in one direction."""
    found, fresh = set(seeds), set(seeds)
    while fresh:
        fresh = {far for near, far in map(ends, topology.edges) if near in fresh} - found
        found |= fresh
    return found
