"""What a picture of alerts is made of: nodes that they pass or reach, and edges that they take."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from pdslack_cli.engine.change import Action
from pdslack_cli.errors import Problem, ProblemsError
from pdslack_cli.model import Ref


class Stage(IntEnum):
    """How far an alert has come, from left to right."""

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
    """That alerts go from one node to the next: when, in few words (`label`), and in full where that is more
    (`detail`). `said_by` is the object that says so where it is neither end.
    """

    source: Ref
    target: Ref
    label: str = ""
    detail: str = ""
    said_by: Ref | None = None
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
        """The same with no other nodes than these, and no teams that are then empty."""
        nodes = tuple(node for node in self.nodes if node.ref in refs)
        used = {node.team for node in nodes}
        teams = {ref: name for ref, name in self.teams.items() if ref in used}
        return Topology(self.owner, nodes, tuple(edges), teams, self.compared)


def narrowed(topology: Topology, refs: Collection[Ref]) -> Topology:
    """Every way that alerts take through these objects, through the nodes of these teams, or because of
    these rules; raises ProblemsError for one that alerts do not come by."""
    starts, ends, own = set[Ref](), set[Ref](), set[Edge]()
    problems = []
    for ref in refs:
        nodes = {node.ref for node in topology.nodes if ref in (node.ref, node.team)}
        edges = {edge for edge in topology.edges if edge.said_by == ref}
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
    """The seeds and all that edges lead to from there, read in one direction."""
    found, fresh = set(seeds), set(seeds)
    while fresh:
        fresh = {far for near, far in map(ends, topology.edges) if near in fresh} - found
        found |= fresh
    return found
