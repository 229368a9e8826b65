"""A topology as one HTML file that highlights the routes through a node under the pointer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files
from string import Template

from pdslack_cli.analysis.graph import Edge, GraphNode, Topology
from pdslack_cli.model import Ref
from pdslack_cli.render.graph.captions import clause, facts, heading
from pdslack_cli.render.graph.layout import box_title
from pdslack_cli.render.graph.palette import CHANGED, CREATED, DELETED, status
from pdslack_cli.render.graph.svg import svg_element
from pdslack_cli.render.graph.text import clean

PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$heading</title>
<style>
$style</style>
</head>
<body>
<header>
<h1>$heading</h1>
<p>$summary</p>
<label><input type="checkbox" id="fit"> fit to width</label>
</header>
<main>
<figure>
$drawing
</figure>
<aside><div aria-live="polite">
<p id="hint">Point at a box, or reach it with Tab, to see the ways that alerts take through it.
Click to keep them, Escape to let go.</p>
$details
</div></aside>
</main>
<script>
$script</script>
</body>
</html>
""")


def html(topology: Topology) -> str:
    """Return the page; it loads nothing from other hosts."""
    here = files("pdslack_cli.render.graph")
    return PAGE.substitute(
        heading=_text(heading(topology)),
        summary=_text(_summary(topology)),
        style=(here / "page.css").read_text("utf-8"),
        script=(here / "page.js").read_text("utf-8"),
        drawing=svg_element(topology),
        details="\n".join(_details(topology)),
    )


def _text(text: str) -> str:
    return escape(clean(text))


def _summary(topology: Topology) -> str:
    if topology.compared:
        counts = Counter(status(node.action) for node in topology.nodes)
        return ", ".join(f"{counts[word]} {word}" for word in (CREATED, CHANGED, DELETED))
    return f"{len(topology.nodes)} objects, {len(topology.edges)} ways between them"


def _details(topology: Topology) -> Iterator[str]:
    names = {node.ref: box_title(node) for node in topology.nodes}
    for number, node in enumerate(topology.nodes):
        come = [edge for edge in topology.edges if edge.target == node.ref]
        go = [edge for edge in topology.edges if edge.source == node.ref]
        yield (
            f'<section data-details="{number}" hidden><h2>{_text(box_title(node))}</h2>'
            f"<dl>{_facts(node, topology)}</dl>"
            f"{_ways('From', ((edge, edge.source) for edge in come), names)}"
            f"{_ways('To', ((edge, edge.target) for edge in go), names)}</section>"
        )


def _facts(node: GraphNode, topology: Topology) -> str:
    return "".join(f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in facts(node, topology))


def _ways(title: str, ends: Iterable[tuple[Edge, Ref]], names: dict[Ref, str]) -> str:
    items = [
        f"<li>{_text(names[end])}{f'<small>{_text(clause(edge))}</small>' if clause(edge) else ''}</li>"
        for edge, end in ends
    ]
    return f"<h3>{title}</h3><ul>{''.join(items)}</ul>" if items else ""
