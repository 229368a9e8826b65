"""Pictures as Mermaid: read back by what the Mermaid documentation says of its syntax."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from pdslack_cli.analysis.graph import Edge, GraphNode, Stage, Topology
from pdslack_cli.model import Ref
from pdslack_cli.render.graph.mermaid import escaped, mermaid, too_large
from tests.render.pictures import TRICKY, compared, large, tricky

NODE = re.compile(r'\s+(\w+)(?:\(\[|\[|\(|\{\{)"([^"]*)"(?:\]\)|\]|\)|\}\}):::(\w+)')
EDGE = re.compile(r'  (\w+) (-->|-\.->)(?:\|"([^"]*)"\|)? (\w+)')
FRAME = re.compile(r'  subgraph (\w+)\["([^"]*)"\]')


def decoded(label: str) -> str:
    return re.sub(r"#(\d+);", lambda entity: chr(int(entity[1])), label)


def nodes(text: str) -> dict[str, tuple[str, str]]:
    found = [NODE.fullmatch(line) for line in text.splitlines()]
    lines = [match.groups() for match in found if match]
    assert len({id_ for id_, _, _ in lines}) == len(lines)
    return {id_: (decoded(label), class_) for id_, label, class_ in lines}


def edges(text: str) -> list[tuple[str, str, str, str]]:
    found = [EDGE.fullmatch(line) for line in text.splitlines()]
    return [(m[1], m[2], decoded(m[3] or ""), m[4]) for m in found if m]


@pytest.mark.parametrize("topology", [large(1, 3), large(), tricky()], ids=["3", "60", "tricky"])
def test_every_node_and_every_edge_appears_once(topology):
    text = mermaid(topology)
    names = {id_: name for id_, (name, _) in nodes(text).items()}
    assert Counter(names.values()) == Counter(node.name for node in topology.nodes)
    by_ref = {node.ref: node.name for node in topology.nodes}
    drawn = Counter((names[source], label, names[target]) for source, _, label, target in edges(text))
    said = Counter((by_ref[edge.source], edge.label, by_ref[edge.target]) for edge in topology.edges)
    assert drawn == said


def test_every_line_is_one_that_mermaid_knows():
    for line in mermaid(large()).splitlines():
        known = (NODE, EDGE, FRAME, re.compile(r"%% [\w ]+|flowchart LR|  end|  (classDef|class) .*"))
        assert any(pattern.fullmatch(line) for pattern in known), line


@pytest.mark.parametrize("text", TRICKY)
def test_nothing_in_a_label_means_anything_to_mermaid(text):
    label = escaped(text)
    assert decoded(label) == text
    bare = re.sub(r"#\d+;", "", label)
    assert not set(bare) & set('<>"&;|[]{}`*~%$#:\\^!?')
    assert not re.match(r"\d+[.)] |[-+=]", bare)


def test_underscores_are_only_kept_within_words():
    assert escaped("_under_ snake_case_") == "#95;under#95; snake_case#95;"


def test_names_are_put_on_one_line():
    assert escaped("two\nlines\x07 and\u202e a bell") == "two lines and a bell"


def test_long_labels_are_cut():
    node = GraphNode(Ref("service", "long"), Stage.SERVICE, "x" * 100)
    ((name, _),) = nodes(mermaid(Topology("acme", (node,)))).values()
    assert name == "x" * 69 + "…"


def test_each_team_is_a_frame_around_its_nodes():
    lines = mermaid(large(2, 4)).splitlines()
    frames = {match[2]: place for place, line in enumerate(lines) if (match := FRAME.fullmatch(line))}
    assert list(frames) == ["Team 0", "Team 1"]
    first = lines[frames["Team 0"] + 1 : lines.index("  end")]
    assert {decoded(NODE.fullmatch(line)[2]) for line in first} == {
        "Datadog", "Service number 0", "Service number 2", "Team 0", "#team-0-incidents", "Team 0 primary",
        "p0-0", "p0-1", "p0-2",
    }  # fmt: skip


def test_keys_that_differ_in_signs_alone_stay_apart():
    keys = ("a-b", "a_b", "a.b", "a_2d_b", "a--b")
    topology = Topology("acme", tuple(GraphNode(Ref("service", key), Stage.SERVICE, key) for key in keys))
    assert [name for name, _ in nodes(mermaid(topology)).values()] == list(keys)


def test_adding_a_service_changes_no_other_line_of_nodes():
    before, after = nodes(mermaid(large(4, 9))), nodes(mermaid(large(4, 10)))
    assert before.items() <= after.items()


def test_a_plan_colours_what_it_changes():
    text = mermaid(compared())
    assert list(nodes(text).values()) == [
        ("api", "untouched"),
        ("+ p0", "created"),
        ("~ p1", "changed"),
        ("- p2", "deleted"),
        ("p3", "untouched"),
    ]
    assert [arrow for _, arrow, _, _ in edges(text)] == ["-->", "-->", "-.->", "-->"]
    for number, name in enumerate(["created", "changed", "deleted"]):
        colour = re.search(rf"classDef {name} fill:\S+,stroke:(#\w+),", text)[1]
        assert f"linkStyle {number} stroke:{colour}," in text
    assert "linkStyle 3" not in text


@pytest.mark.parametrize(
    ("edges", "characters", "refused"),
    [
        pytest.param(500, 50_000, False, id="just right"),
        pytest.param(501, 10, True, id="too many edges"),
        pytest.param(1, 50_001, True, id="too long"),
    ],
)
def test_what_github_does_not_draw_is_known(edges, characters, refused):
    ref = Ref("service", "api")
    topology = Topology("acme", edges=tuple(Edge(ref, ref, str(number)) for number in range(edges)))
    assert bool(too_large(topology, "x" * characters)) is refused
