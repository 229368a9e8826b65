"""A topology as a self-contained SVG: no external fonts, no scripts, no network."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement, tostring

from pdslack_cli.analysis.graph import Edge, Topology
from pdslack_cli.render.graph.captions import HEADINGS, classes, clause, facts, heading
from pdslack_cli.render.graph.layout import (
    PADDING,
    TITLE_HEIGHT,
    Band,
    Box,
    Frame,
    Picture,
    Point,
    Wire,
    lay_out,
)
from pdslack_cli.render.graph.palette import CHANGED, status, stylesheet
from pdslack_cli.render.graph.text import clean

RADIUS = 6
BASELINE = 4.5  # from the middle of a line of text down to what its letters stand on
ARROW = 5


def svg(topology: Topology) -> str:
    """Return the picture as a standalone file."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + svg_element(topology) + "\n"


def svg_element(topology: Topology) -> str:
    """Return the picture as an element that HTML can embed.

    Nodes and edges are numbered in the order of the topology (`data-node`, `data-edge`), for scripts.
    """
    return tostring(_Drawing(topology).root, encoding="unicode")


class _Drawing:
    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.node_numbers = {node.ref: str(number) for number, node in enumerate(topology.nodes)}
        self.edge_numbers = {edge: str(number) for number, edge in enumerate(topology.edges)}
        picture = lay_out(topology)
        self.root = self._root(picture)
        self._headings(picture)
        for band in picture.bands:
            self._band(band)
        for wire in picture.wires:
            self._wire(wire)
        for box in picture.boxes:
            self._box(box)

    def _root(self, picture: Picture) -> Element:
        size = {"width": _number(picture.width), "height": _number(picture.height)}
        root = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {size['width']} {size['height']}",
                **size,
                "role": "img",
                "aria-label": clean(heading(self.topology)),
            },
        )
        SubElement(root, "style").text = stylesheet()
        SubElement(root, "rect", {"class": "paper", **size})
        return root

    def _headings(self, picture: Picture) -> None:
        for column in picture.columns:
            place = {"x": _number(column.x), "y": "20", "class": "heading"}
            SubElement(self.root, "text", place).text = HEADINGS[column.stage]

    def _band(self, band: Band) -> None:
        group = SubElement(self.root, "g", {"class": "band"})
        SubElement(group, "rect", _rectangle(band.frame))
        place = {"x": _number(band.frame.x + PADDING), "y": _number(band.frame.y + 19)}
        SubElement(group, "text", place).text = band.name

    def _wire(self, wire: Wire) -> None:
        path = SubElement(
            self.root,
            "path",
            {
                "class": " ".join(("wire", *classes(wire.edge, self.topology))),
                "d": _path(wire.points),
                "data-edge": self.edge_numbers[wire.edge],
                "data-from": self.node_numbers[wire.edge.source],
                "data-to": self.node_numbers[wire.edge.target],
            },
        )
        if clause(wire.edge):
            SubElement(path, "title").text = clean(clause(wire.edge))

    def _box(self, box: Box) -> None:
        group = SubElement(
            self.root,
            "g",
            {
                "class": " ".join(("box", *classes(box.node, self.topology))),
                "data-node": self.node_numbers[box.node.ref],
            },
        )
        SubElement(group, "title").text = "\n".join(
            [
                clean(box.node.name),
                *(f"{name}: {clean(value)}" for name, value in facts(box.node, self.topology)),
            ]
        )
        SubElement(group, "rect", _rectangle(box.frame))
        x = _number(box.frame.x + PADDING)
        title = {"class": "title", "x": x, "y": _number(box.frame.y + TITLE_HEIGHT / 2 + BASELINE)}
        SubElement(group, "text", title).text = box.title
        for row in box.rows:
            place = {
                "class": " ".join(self._row_classes(row.edges)),
                "x": x,
                "y": _number(row.y + BASELINE - 1),
                "data-edges": " ".join(self.edge_numbers[edge] for edge in row.edges),
            }
            text = SubElement(group, "text", place)
            text.text = row.text
            SubElement(text, "title").text = "\n".join(clean(clause(edge)) for edge in row.edges)

    def _row_classes(self, edges: Iterable[Edge]) -> tuple[str, ...]:
        """Return the classes of a row: those of its edges; mixed changes count as an update."""
        statuses = {status(edge.action) for edge in edges}
        if not self.topology.compared:
            return ("row",)
        return ("row", statuses.pop() if len(statuses) == 1 else CHANGED)


def _rectangle(frame: Frame) -> dict[str, str]:
    names = ("x", "y", "width", "height")
    return {**{name: _number(value) for name, value in zip(names, frame, strict=True)}, "rx": str(RADIUS)}


def _path(points: Iterable[Point]) -> str:
    """Return the path of a wire: curves between columns, straight lines through them, an open arrowhead."""
    start, *others = points
    steps, level = [f"M{_pair(start)}"], False
    for before, point in pairwise((start, *others)):
        half = (point.x - before.x) / 2
        if level:
            steps.append(f"H{_number(point.x)}")
        else:
            turns = Point(before.x + half, before.y), Point(point.x - half, point.y)
            steps.append(f"C{_pair(turns[0])} {_pair(turns[1])} {_pair(point)}")
        level = not level
    end = others[-1]
    steps.append(f"m{-ARROW} {-ARROW / 2 - 1}L{_pair(end)}l{-ARROW} {ARROW / 2 + 1}")
    return "".join(steps)


def _pair(point: Point) -> str:
    return f"{_number(point.x)} {_number(point.y)}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
