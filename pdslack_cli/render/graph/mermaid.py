"""A topology as a Mermaid flowchart, which GitHub and GitLab render in comments and READMEs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from pdslack_cli.analysis.graph import Edge, GraphNode, Topology
from pdslack_cli.engine.change import Action
from pdslack_cli.masking import mask_secrets
from pdslack_cli.model import Ref
from pdslack_cli.render.graph.captions import classes, heading
from pdslack_cli.render.graph.layout import box_title
from pdslack_cli.render.graph.palette import DEAD_ENDS, DELETED, LIGHT, UNTOUCHED, Paint
from pdslack_cli.render.graph.text import ELLIPSIS, clean

LONGEST_LABEL = 70
LANE = "lane"  # the class of a team's frame

# Mermaid's defaults (maxEdges, maxTextSize). A text cannot raise them, and GitHub keeps them.
MOST_EDGES, MOST_CHARACTERS = 500, 50_000

_SOURCE, _OBJECT, _ROUND = ("([", "])"), ("[", "]"), ("(", ")")
_SHAPES = {
    "sender": _SOURCE,
    "integration": _SOURCE,
    "routing": ("{{", "}}"),
    **dict.fromkeys(("service", "team", "dynamic", "unrouted"), _OBJECT),
}

# Everything that Mermaid, or the Markdown and the HTML that it makes of labels, could take for its own:
# a sign or a number with a dot makes a list of a line, and a colon spoils an entity further on.
_SPECIAL = re.compile(
    r"^[+=-] | ^\d+[.)] | [^\w\ \-.,/()'=@+\u0080-\U0010ffff] | (?<![^\W_])_ | _(?![^\W_])", re.VERBOSE
)


def mermaid(topology: Topology) -> str:
    """Return the flowchart, with a subgraph per team; equal topologies have equal texts."""
    lines = [f"%% {clean(heading(topology))}", "flowchart LR"]
    lines += [f"  {line}" for line in (*_nodes(topology), *_edges(topology), *_paint(topology))]
    return "\n".join(lines) + "\n"


def too_large(topology: Topology, text: str) -> str | None:
    """Return why GitHub would refuse to render it, or ""."""
    if len(topology.edges) > MOST_EDGES:
        return f"{len(topology.edges)} edges are more than the {MOST_EDGES} that Mermaid draws"
    if len(text) > MOST_CHARACTERS:
        return f"{len(text)} characters are more than the {MOST_CHARACTERS} that Mermaid reads"
    return None


def escaped(text: str) -> str:
    """Escape text for a quoted label, as numbered entities."""
    return _SPECIAL.sub(lambda found: "".join(_entity(character) for character in found[0]), clean(text))


def _entity(character: str) -> str:
    return character if character.isdigit() else f"#{ord(character)};"


def _label(text: str) -> str:
    text = clean(text)
    return escaped(text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1].rstrip() + ELLIPSIS)


def _id(ref: Ref) -> str:
    """Return a unique node id that does not depend on other nodes."""
    key = mask_secrets(str(ref.key), ref.kind)  # that of an integration is its name
    return f"{ref.kind}__" + re.sub(r"[^a-zA-Z0-9]", lambda found: f"_{ord(found[0]):x}_", key)


def _nodes(topology: Topology) -> Iterator[str]:
    by_team: dict[Ref | None, list[GraphNode]] = defaultdict(list)
    for node in topology.nodes:
        by_team[node.team].append(node)
    yield from (_node(node, topology) for node in by_team[None])
    for team, name in topology.teams.items():
        yield f'subgraph {_id(team)}["{_label(name)}"]'
        yield from (f"  {_node(node, topology)}" for node in by_team[team])
        yield "end"


def _node(node: GraphNode, topology: Topology) -> str:
    opening, closing = _SHAPES.get(node.ref.kind, _ROUND)
    return f'{_id(node.ref)}{opening}"{_label(box_title(node))}"{closing}:::{classes(node, topology)[-1]}'


def _edges(topology: Topology) -> Iterator[str]:
    for edge in topology.edges:
        arrow = "-.->" if edge.action is Action.DELETE else "-->"
        label = f'|"{_label(edge.label)}"|' if edge.label else ""
        yield f"{_id(edge.source)} {arrow}{label} {_id(edge.target)}"


def _paint(topology: Topology) -> Iterator[str]:
    paints = {**LIGHT.kinds, **LIGHT.actions}
    for name in sorted({classes(node, topology)[-1] for node in topology.nodes}):
        paint = paints.get(name, LIGHT.plain)
        dashes = ",stroke-dasharray:5 3" if name in {DELETED, *DEAD_ENDS} else ""
        yield f"classDef {name} fill:{paint.fill},stroke:{paint.line},color:{LIGHT.ink}{dashes}"
    if topology.teams:
        yield f"classDef {LANE} fill:none,stroke:{LIGHT.plain.line}"
        yield f"class {','.join(map(_id, topology.teams))} {LANE}"
    if topology.compared:
        yield from _link_styles(topology, topology.edges, LIGHT.actions.items())


def _link_styles(
    topology: Topology, edges: Iterable[Edge], paints: Iterable[tuple[str, Paint]]
) -> Iterator[str]:
    statuses = [classes(edge, topology)[-1] for edge in edges]
    for name, paint in paints:
        numbers = [str(number) for number, status in enumerate(statuses) if status == name]
        if numbers and name != UNTOUCHED:
            yield f"linkStyle {','.join(numbers)} stroke:{paint.line},stroke-width:2px"
