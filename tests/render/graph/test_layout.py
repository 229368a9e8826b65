"""The geometry of pictures."""

from __future__ import annotations

from itertools import combinations

import pytest

from pdslack_cli.analysis.graph import Edge, GraphNode, Stage, Topology
from pdslack_cli.model import Ref
from pdslack_cli.render.graph.layout import ROW_HEIGHT, ROW_SIZE, TITLE_SIZE, Frame, lay_out
from pdslack_cli.render.graph.ordering import rising
from pdslack_cli.render.graph.text import clip, width
from tests.render.pictures import large, tricky

SIZES = [
    pytest.param(large(1, 3), id="3 services"),
    pytest.param(large(3, 17), id="17 services"),
    pytest.param(large(), id="60 services"),
    pytest.param(tricky(), id="tricky names"),
    pytest.param(Topology("acme"), id="nothing"),
]


def overlap(one: Frame, other: Frame) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@pytest.mark.parametrize("topology", SIZES)
def test_no_two_boxes_and_no_two_bands_overlap(topology):
    picture = lay_out(topology)
    for one, other in combinations(picture.boxes, 2):
        assert not overlap(one.frame, other.frame), (one.title, other.title)
    for one, other in combinations(picture.bands, 2):
        assert not overlap(one.frame, other.frame), (one.name, other.name)


@pytest.mark.parametrize("topology", SIZES)
def test_everything_lies_within_the_picture(topology):
    picture = lay_out(topology)
    for frame in [item.frame for item in (*picture.boxes, *picture.bands)]:
        assert frame.x >= 0
        assert frame.y >= 0
        assert frame.x + frame.width <= picture.width
        assert frame.y + frame.height <= picture.height


@pytest.mark.parametrize("topology", SIZES)
def test_a_box_lies_in_the_band_of_its_team_and_in_no_other(topology):
    picture = lay_out(topology)
    for box in picture.boxes:
        around = [band.team for band in picture.bands if overlap(band.frame, box.frame)]
        inside = box.node.team is not None and box.node.stage > Stage.ROUTING
        assert around == ([box.node.team] if inside else [])


@pytest.mark.parametrize("topology", SIZES)
def test_wires_run_from_box_to_box_and_through_none(topology):
    picture = lay_out(topology)
    frames = {box.node.ref: box.frame for box in picture.boxes}
    for wire in picture.wires:
        start, end = frames[wire.edge.source], frames[wire.edge.target]
        assert wire.points[0].x == start.x + start.width
        assert start.y < wire.points[0].y < start.y + start.height
        assert wire.points[-1].x == end.x
        assert end.y < wire.points[-1].y < end.y + end.height
        for left, right in zip(wire.points[1::2], wire.points[2::2], strict=False):
            assert left.y == right.y
            level = Frame(left.x, left.y, right.x - left.x, 0.001)
            assert not any(overlap(level, frame) for frame in frames.values())


@pytest.mark.parametrize("topology", SIZES)
def test_text_fits_its_box(topology):
    for box in lay_out(topology).boxes:
        assert width(box.title, TITLE_SIZE) < box.frame.width
        for row in box.rows:
            assert width(row.text, ROW_SIZE) < box.frame.width
            assert box.frame.y < row.y - ROW_HEIGHT / 2
            assert row.y + ROW_HEIGHT / 2 < box.frame.y + box.frame.height


def test_rows_stand_in_the_order_in_which_they_are_tried():
    topology = large(3, 9)
    routing = next(box for box in lay_out(topology).boxes if box.node.stage is Stage.ROUTING)
    targets = [edge.target.key for row in sorted(routing.rows, key=lambda row: row.y) for edge in row.edges]
    assert targets == [*(f"s{number}" for number in range(9)), "production"]


def test_edges_of_one_label_leave_by_one_row():
    service, channels = Ref("service", "api"), [Ref("channel", "a"), Ref("channel", "b")]
    nodes = [
        GraphNode(service, Stage.SERVICE, "api"),
        *(GraphNode(ref, Stage.ANSWER, ref.key) for ref in channels),
    ]
    edges = [Edge(service, ref, "if high urgency") for ref in channels]
    box = next(
        box for box in lay_out(Topology("acme", tuple(nodes), tuple(edges))).boxes if box.node.ref == service
    )
    assert [row.edges for row in box.rows] == [tuple(edges)]


def test_wires_that_need_not_cross_do_not():
    services = [Ref("service", key) for key in "abcd"]
    policies = [Ref("escalation_policy", key) for key in "dcba"]
    nodes = [GraphNode(ref, Stage.SERVICE, ref.key) for ref in services]
    nodes += [GraphNode(ref, Stage.ANSWER, ref.key) for ref in policies]
    edges = [Edge(ref, Ref("escalation_policy", ref.key)) for ref in services]
    wires = lay_out(Topology("acme", tuple(nodes), tuple(edges))).wires
    for one, other in combinations(wires, 2):
        assert (one.points[0].y < other.points[0].y) == (one.points[-1].y < other.points[-1].y)


@pytest.mark.slow
def test_the_same_topology_gives_the_same_picture():
    assert lay_out(large()) == lay_out(large())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([1, 2, 2, 5], [1, 2, 2, 5], id="rising already"),
        pytest.param([3, 1], [2, 2], id="one step down"),
        pytest.param([4, 3, 2, 9], [3, 3, 3, 9], id="a fall before a rise"),
        pytest.param([1, 9, 2, 4], [1, 5, 5, 5], id="a peak"),
    ],
)
def test_rising_is_the_nearest_sequence_that_never_falls(values, expected):
    assert rising(values) == expected


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        pytest.param("short", 500, "short", id="it fits"),
        pytest.param("abcdefghij", 50, "abcdefg…", id="it does not"),
        pytest.param("日本語サービス", 50, "日本語…", id="wide letters"),
        pytest.param("", 0, "", id="nothing"),
    ],
)
def test_text_is_cut_where_there_is_no_more_room(text, room, expected):
    assert clip(text, 10, room) == expected
    assert width(expected, 10) <= room
