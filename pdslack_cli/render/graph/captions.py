"""Texts in pictures: headings, labels and tooltips."""

from __future__ import annotations

from collections.abc import Iterator

from pdslack_cli.analysis.graph import Edge, GraphNode, Stage, Topology
from pdslack_cli.render.graph.palette import status
from pdslack_cli.render.plan.wording import SENTENCES

HEADINGS = {
    Stage.SENDER: "Event sources",
    Stage.ROUTING: "Routing",
    Stage.INTEGRATION: "Event sources",
    Stage.SERVICE: "Services",
    Stage.ANSWER: "Escalation, channels",
    Stage.SCHEDULE: "Schedules",
    Stage.PERSON: "People",
}


def heading(topology: Topology) -> str:
    return f"Where the alerts of {topology.owner} go"


def classes(what: GraphNode | Edge, topology: Topology) -> tuple[str, ...]:
    """Return what decides the colour: the kind (of an edge, its target's), and the change in a plan."""
    kind = what.ref.kind if isinstance(what, GraphNode) else what.target.kind
    return (kind, status(what.action)) if topology.compared else (kind,)


def facts(node: GraphNode, topology: Topology) -> Iterator[tuple[str, str]]:
    """Return the tooltip of a node, without its edges."""
    yield node.ref.kind.replace("_", " "), node.ref.key
    if node.action:
        yield "plan", SENTENCES[node.action]
    if node.team:
        yield "team", topology.teams[node.team]
    yield from node.facts


def clause(edge: Edge) -> str:
    """Return the full condition of an edge; "" if it is unconditional."""
    return edge.detail or edge.label
