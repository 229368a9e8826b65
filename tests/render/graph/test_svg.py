"""Pictures as SVG."""

from __future__ import annotations

import re
from xml.etree.ElementTree import fromstring

import pytest

from pdslack_cli.analysis.graph import Edge, GraphNode, Stage, Topology
from pdslack_cli.engine.change import Action
from pdslack_cli.model import Ref
from pdslack_cli.render.graph.svg import svg
from tests.render.pictures import compared, large, tricky

SVG = "{http://www.w3.org/2000/svg}"


def drawn(topology: Topology):
    return fromstring(svg(topology))


def boxes(root):
    return [group for group in root.iter(f"{SVG}g") if "data-node" in group.attrib]


def wires(root):
    return [path for path in root.iter(f"{SVG}path") if "data-edge" in path.attrib]


@pytest.mark.parametrize("topology", [large(1, 3), large(), tricky()], ids=["3", "60", "tricky"])
def test_every_node_and_every_edge_appears_once(topology):
    root = drawn(topology)
    assert sorted(int(box.get("data-node")) for box in boxes(root)) == list(range(len(topology.nodes)))
    places = {node.ref: place for place, node in enumerate(topology.nodes)}
    ends = {
        int(wire.get("data-edge")): (int(wire.get("data-from")), int(wire.get("data-to")))
        for wire in wires(root)
    }
    assert len(wires(root)) == len(topology.edges)
    assert ends == {
        number: (places[edge.source], places[edge.target]) for number, edge in enumerate(topology.edges)
    }


def test_names_come_out_as_they_went_in():
    topology = tricky()
    titles = {
        int(box.get("data-node")): box.find(f"{SVG}text[@class='title']").text
        for box in boxes(drawn(topology))
    }
    assert titles == {number: node.name for number, node in enumerate(topology.nodes)}


def test_what_xml_cannot_hold_is_left_out():
    node = GraphNode(Ref("service", "api"), Stage.SERVICE, "a\x00b\x1b[31m\ud800c\ufffe")
    (box,) = boxes(drawn(Topology("acme", (node,))))
    assert box.find(f"{SVG}text").text == "a b [31m c"


@pytest.mark.slow
def test_the_file_needs_nothing_else():
    text = svg(large())
    # The namespace is a name, not a place.
    assert re.findall(r"https?://[^\s\"']+", text) == ["http://www.w3.org/2000/svg"]
    for word in ("<script", "<image", "<foreignObject", "@import", "@font-face", "url(", "href"):
        assert word not in text


def test_it_has_colours_for_dark_paper_too():
    style = drawn(large(1, 3)).find(f"{SVG}style").text
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    painted = re.compile(r"^(\S.*?) \{ (?:fill|stroke): ", re.MULTILINE)
    assert set(painted.findall(light)) == set(painted.findall(dark))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("paper", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_every_box(paper):
    rules = drawn(large(1, 3)).find(f"{SVG}style").text.split("@media")[paper]
    inks = re.findall(r"^(?:text|\.heading, .*) \{ fill: (#\w+); \}", rules, re.MULTILINE)
    papers = re.findall(r"rect \{ fill: (#\w+);", rules) + re.findall(r"\.paper \{ fill: (#\w+);", rules)
    assert len(inks) == 2
    assert len(papers) > 10
    assert min(contrast(ink, fill) for ink in inks for fill in papers) > 4.5


def test_a_plan_colours_what_it_changes():
    root = drawn(compared())
    statuses = [
        box.get("class").split()[-1] for box in sorted(boxes(root), key=lambda box: box.get("data-node"))
    ]
    assert statuses == ["untouched", "created", "changed", "deleted", "untouched"]
    assert [wire.get("class").split()[-1] for wire in wires(root)] == [
        "created", "changed", "deleted", "untouched",
    ]  # fmt: skip
    rows = [text for text in root.iter(f"{SVG}text") if "data-edges" in text.attrib]
    assert [row.get("class") for row in rows] == [
        "row created", "row changed", "row deleted", "row untouched",
    ]  # fmt: skip


def test_a_row_whose_edges_come_and_go_is_changed():
    policy, people = Ref("escalation_policy", "p"), [Ref("person", "maya"), Ref("person", "tom")]
    topology = Topology(
        "acme",
        (GraphNode(policy, Stage.ANSWER, "p"), *(GraphNode(ref, Stage.PERSON, ref.key) for ref in people)),
        (
            Edge(policy, people[0], "1 · at once", action=Action.CREATE),
            Edge(policy, people[1], "1 · at once", action=Action.DELETE),
        ),
        compared=True,
    )
    (row,) = [text for text in drawn(topology).iter(f"{SVG}text") if "data-edges" in text.attrib]
    assert row.get("class") == "row changed"


def test_a_closer_look_says_more():
    topology = tricky()
    tooltips = {int(box.get("data-node")): box.find(f"{SVG}title").text for box in boxes(drawn(topology))}
    for number, node in enumerate(topology.nodes):
        assert f"description: {node.name}" in tooltips[number].splitlines()
    assert [wire.find(f"{SVG}title").text for wire in wires(drawn(topology))] == [
        edge.detail for edge in topology.edges
    ]
