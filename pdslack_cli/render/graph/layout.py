"""Layout of a topology: columns from left to right, a lane per team, boxes, and wires between them.

All lengths are pixels; y grows downwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from pdslack_cli.analysis.graph import Edge, GraphNode, Stage, Topology
from pdslack_cli.model import Ref
from pdslack_cli.render.graph.ordering import Cell, Lane, Link, Slot, arrange, stacked
from pdslack_cli.render.graph.text import BOLD, clean, clip, width

TITLE_SIZE, ROW_SIZE = 13.0, 11.0
TITLE_HEIGHT, ROW_HEIGHT, PADDING = 28.0, 17.0, 12.0
LONGEST_TITLE, LONGEST_ROW = 230.0, 250.0
MARGIN, HEADINGS, FOOT = 20.0, 34.0, 8.0
LANE_HEAD, LANE_FOOT, LANE_GAP = 30.0, 14.0, 14.0
NARROWEST_GAP, WIDEST_GAP, SLOPE = 56.0, 190.0, 0.09

WHOLE = -1  # the lane of what serves all teams


class Point(NamedTuple):
    x: float
    y: float


class Frame(NamedTuple):
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class LayoutRow:
    """A line of a box: the condition of the edges that start here. `y` is its middle."""

    text: str
    y: float
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Box:
    node: GraphNode
    title: str
    frame: Frame
    rows: tuple[LayoutRow, ...]


@dataclass(frozen=True)
class Wire:
    """An edge as a line: curves between columns, horizontal through them."""

    edge: Edge
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Band:
    team: Ref
    name: str
    frame: Frame


@dataclass(frozen=True)
class Column:
    stage: Stage
    x: float
    width: float


@dataclass(frozen=True)
class Picture:
    width: float
    height: float
    columns: tuple[Column, ...]
    bands: tuple[Band, ...]
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]


def lay_out(topology: Topology) -> Picture:
    """Calculate the layout. Nothing overlaps, and equal topologies have equal layouts."""
    return _Layout(topology).picture()


def box_title(node: GraphNode) -> str:
    """Return the name, after the symbol of its change in a plan."""
    return clean(f"{node.action.value} {node.name}" if node.action else node.name)


@dataclass(frozen=True)
class _Content:
    """The content of a box: its title, and a row for each label of outgoing edges."""

    title: str
    rows: Mapping[str, tuple[Edge, ...]]

    @property
    def width(self) -> float:
        # What a plan changes is printed bold.
        rows = (
            width(text, ROW_SIZE) * (BOLD if any(edge.action for edge in edges) else 1)
            for text, edges in self.rows.items()
        )
        return max([width(self.title, TITLE_SIZE) * BOLD, *rows]) + 2 * PADDING

    @property
    def height(self) -> float:
        return TITLE_HEIGHT + (len(self.rows) * ROW_HEIGHT + PADDING / 2 if self.rows else 0)

    def port(self, edge: Edge) -> float:
        """The distance from the top at which the edge starts."""
        for index, edges in enumerate(self.rows.values()):
            if edge in edges:
                return TITLE_HEIGHT + (index + 0.5) * ROW_HEIGHT
        return TITLE_HEIGHT / 2


def _content(node: GraphNode, edges: Iterable[Edge]) -> _Content:
    rows: dict[str, tuple[Edge, ...]] = {}
    for edge in edges:
        if edge.label:
            text = clip(clean(edge.label), ROW_SIZE, LONGEST_ROW)
            rows[text] = (*rows.get(text, ()), edge)
    return _Content(clip(box_title(node), TITLE_SIZE * BOLD, LONGEST_TITLE), rows)


class _Layout:
    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.nodes = {node.ref: node for node in topology.nodes}
        self.stages = sorted({node.stage for node in topology.nodes})
        self.teams = self._teams()
        leaving: dict[Ref, list[Edge]] = defaultdict(list)
        for edge in topology.edges:
            leaving[edge.source].append(edge)
        self.contents = {ref: _content(node, leaving[ref]) for ref, node in self.nodes.items()}
        self.slots = {
            ref: Slot(self._cell(node), self.contents[ref].height) for ref, node in self.nodes.items()
        }
        self.bends: dict[Edge, list[Slot]] = {edge: self._bends(edge) for edge in topology.edges}
        self.links = [link for edge in topology.edges for link in self._links(edge)]
        self.lanes, self.bottom = self._lanes()

    def picture(self) -> Picture:
        arrange(self._all_slots(), self.links, self.lanes)
        columns = self._columns()
        boxes = [self._box(node, columns) for node in self.topology.nodes]
        right = columns[-1].x + columns[-1].width if columns else 0.0
        return Picture(
            width=right + MARGIN,
            height=self.bottom + FOOT,
            columns=columns,
            bands=tuple(self._bands(columns)),
            boxes=tuple(sorted(boxes, key=lambda box: box.frame)),
            wires=tuple(Wire(edge, self._points(edge, columns)) for edge in self.topology.edges),
        )

    # --- lanes and cells -----------------------------------------------------------------------------

    def _teams(self) -> list[Ref]:
        """Return the teams in the order in which routing reaches them, to reduce crossings."""
        first: dict[Ref, list[int]] = {ref: [] for ref in self.topology.teams}
        for place, edge in enumerate(self.topology.edges):
            team = self.nodes[edge.target].team
            if self.nodes[edge.source].stage is Stage.ROUTING and team:
                first[team].append(place)
        last = len(self.topology.edges)
        return sorted(first, key=lambda team: sum(first[team]) / len(first[team]) if first[team] else last)

    def _cell(self, node: GraphNode) -> Cell:
        return Cell(self.stages.index(node.stage), self._lane(node))

    def _lane(self, node: GraphNode) -> int:
        if node.stage <= Stage.ROUTING:
            return WHOLE
        return self.teams.index(node.team) if node.team else len(self.teams)

    def _bends(self, edge: Edge) -> list[Slot]:
        """Yield the points at which the edge passes columns, in the lane of its target."""
        source, target = self.slots[edge.source].cell, self.slots[edge.target].cell
        return [
            Slot(Cell(column, self._passing(column, target.lane)))
            for column in range(source.column + 1, target.column)
        ]

    def _passing(self, column: int, lane: int) -> int:
        return WHOLE if self.stages[column] <= Stage.ROUTING else lane

    def _links(self, edge: Edge) -> list[Link]:
        stops = [self.slots[edge.source], *self.bends[edge], self.slots[edge.target]]
        heights = [self.contents[edge.source].port(edge), *(0.0 for _ in self.bends[edge]), TITLE_HEIGHT / 2]
        ends = zip(stops, heights, strict=True)
        return [Link(*left, *right) for left, right in pairwise(ends)]

    def _all_slots(self) -> list[Slot]:
        return [*self.slots.values(), *(slot for bends in self.bends.values() for slot in bends)]

    def _lanes(self) -> tuple[dict[int, Lane], float]:
        cells: dict[Cell, list[Slot]] = defaultdict(list)
        for slot in self._all_slots():
            cells[slot.cell].append(slot)
        tallest: dict[int, float] = defaultdict(float)
        for cell, slots in cells.items():
            tallest[cell.lane] = max(tallest[cell.lane], stacked(slots))
        lanes, y = {}, HEADINGS
        for lane in sorted(tallest.keys() - {WHOLE}):
            framed = lane < len(self.teams)
            top = y + (LANE_HEAD if framed else 0.0)
            lanes[lane] = Lane(top, top + tallest[lane])
            y = lanes[lane].bottom + (LANE_FOOT if framed else 0.0) + LANE_GAP
        bottom = max(y, HEADINGS + tallest[WHOLE] + LANE_GAP)
        lanes[WHOLE] = Lane(HEADINGS, bottom - LANE_GAP)
        return lanes, bottom

    # --- frames --------------------------------------------------------------------------------------

    def _columns(self) -> tuple[Column, ...]:
        steepest = [0.0] * len(self.stages)
        for link in self.links:
            left, right = link.heights
            column = link.right.cell.column
            steepest[column] = max(steepest[column], abs(right - left))
        columns: list[Column] = []
        x = MARGIN
        for index, stage in enumerate(self.stages):
            if columns:
                x += min(max(NARROWEST_GAP, SLOPE * steepest[index]), WIDEST_GAP)
            widest = max(self.contents[node.ref].width for node in self.topology.nodes if node.stage is stage)
            columns.append(Column(stage, x, widest))
            x += widest
        return tuple(columns)

    def _box(self, node: GraphNode, columns: Sequence[Column]) -> Box:
        slot, content = self.slots[node.ref], self.contents[node.ref]
        column = columns[slot.cell.column]
        rows = tuple(
            LayoutRow(text, slot.top + TITLE_HEIGHT + (index + 0.5) * ROW_HEIGHT, edges)
            for index, (text, edges) in enumerate(content.rows.items())
        )
        return Box(node, content.title, Frame(column.x, slot.top, column.width, content.height), rows)

    def _points(self, edge: Edge, columns: Sequence[Column]) -> tuple[Point, ...]:
        source, target = self.slots[edge.source], self.slots[edge.target]
        start = columns[source.cell.column]
        points = [Point(start.x + start.width, source.top + self.contents[edge.source].port(edge))]
        for bend in self.bends[edge]:
            column = columns[bend.cell.column]
            points += [Point(column.x, bend.top), Point(column.x + column.width, bend.top)]
        return (*points, Point(columns[target.cell.column].x, target.top + TITLE_HEIGHT / 2))

    def _bands(self, columns: Sequence[Column]) -> Iterable[Band]:
        inner = [column for column in columns if column.stage > Stage.ROUTING]
        for index, team in enumerate(self.teams):
            if index in self.lanes:
                lane = self.lanes[index]
                left, right = inner[0].x - MARGIN, inner[-1].x + inner[-1].width + MARGIN / 2
                frame = Frame(
                    left, lane.top - LANE_HEAD, right - left, lane.bottom - lane.top + LANE_HEAD + LANE_FOOT
                )
                yield Band(team, clean(self.topology.teams[team]), frame)
