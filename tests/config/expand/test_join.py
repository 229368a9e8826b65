from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.config.expand.join import join
from pdslack_cli.config.sources.source import StackSource
from pdslack_cli.config.yaml.nodes import MappingItem, MappingNode, Node, ScalarNode, SequenceNode
from pdslack_cli.errors import Location, Problem

Read = Callable[..., StackSource]
Complain = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [
        pytest.param("s: {a: 1}", "t: {b: 2}", {"s": {"a": 1}, "t": {"b": 2}}, id="different sections"),
        pytest.param("s: {a: 1}", "s: {b: 2}", {"s": {"a": 1, "b": 2}}, id="one section"),
        pytest.param("s:", "s: {b: 2}", {"s": {"b": 2}}, id="a section that is empty in the first"),
        pytest.param("s: {a: 1}", "s:", {"s": {"a": 1}}, id="a section that is empty in the second"),
        pytest.param("owner: x", "owner: x", {"owner": "x"}, id="the same owner"),
        pytest.param(
            "pagerduty: {region: us}\nslack: {workspace: T0}",
            "pagerduty: {region: us}\nslack: {workspace: T0}",
            {"pagerduty": {"region": "us"}, "slack": {"workspace": "T0"}},
            id="the same settings",
        ),
        pytest.param("tests: [1]", "tests: [1, 2]", {"tests": [1, 1, 2]}, id="lists"),
        pytest.param("vars: {a: 1}", "vars: {b: 2}", {"vars": {"a": 1, "b": 2}}, id="vars"),
        pytest.param(
            "defaults: {s: {a: 1}, t: {a: 1}}",
            "defaults: {s: {b: 2}, u: {a: 1}}",
            {"defaults": {"s": {"a": 1, "b": 2}, "t": {"a": 1}, "u": {"a": 1}}},
            id="defaults, field by field",
        ),
        pytest.param(
            "routing: {r: {team: t, routes: [1]}}",
            "routing: {r: {routes: [2]}}",
            {"routing": {"r": {"team": "t", "routes": [1, 2]}}},
            id="routes after the orchestration",
        ),
        pytest.param(
            "routing: {r: {routes: [1]}}",
            "routing: {r: {otherwise: unrouted}}",
            {"routing": {"r": {"routes": [1], "otherwise": "unrouted"}}},
            id="routes before the orchestration",
        ),
    ],
)
def test_files_are_one_stack(one: str, other: str, joined: dict[str, Any], read: Read) -> None:
    assert read({"a.yaml": one, "b.yaml": other}).data == joined


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(
            "s: {a: 1}",
            "s: {a: 1}",
            "b.yaml:1:5: 's.a' is defined twice, first at a.yaml:1:5"
            " (keep one of the two, or give them different names)",
            id="an entry, though it is the same",
        ),
        pytest.param("vars: {a: 1}", "vars: {a: 1}", "b.yaml:1:8: 'vars.a' is defined twice", id="variable"),
        pytest.param(
            "defaults: {s: {a: {x: 1}}}",
            "defaults: {s: {a: {y: 1}}}",
            "b.yaml:1:16: 'defaults.s.a' is defined twice, first at a.yaml:1:16",
            id="default",
        ),
        pytest.param("defaults: {s: {a: 1}}", "defaults: {s: 1}", "b.yaml:1:12: 'defaults.s' is", id="kinds"),
        pytest.param(
            "owner: x",
            "\nowner: y",
            "b.yaml:2:8: 'owner' has a different value at a.yaml:1:8"
            " (all files together are one stack: keep one)",
            id="another owner",
        ),
        pytest.param(
            "slack: {workspace: T0}",
            "slack: {workspace: T1}",
            "b.yaml:1:20: 'workspace' has a different value at a.yaml:1:20",
            id="another workspace",
        ),
        pytest.param("s: {a: 1}", "s: [1]", "b.yaml:1:1: 's' is defined twice, first", id="mapping and list"),
        pytest.param("s: {a: 1}", "s: 1", "b.yaml:1:1: 's' is defined twice, first", id="mapping and text"),
        pytest.param(
            "routing: {r: {team: t, routes: [1]}}",
            "routing: {r: {otherwise: x, routes: [2]}}",
            "b.yaml:1:11: 'routing.r' is defined twice, first at a.yaml:1:11"
            " (only its `routes` may come from several files)",
            id="orchestration",
        ),
        pytest.param(
            "routing: {r: {routes: [1]}}",
            "routing: {r: {routes: 5}}",
            "b.yaml:1:15: 'routing.r.routes' is defined twice, first at a.yaml:1:15",
            id="routes that are no list",
        ),
    ],
)
def test_what_is_defined_twice_is_a_problem_at_both_places(
    one: str, other: str, expected: str, complaints: Complain
) -> None:
    (found,) = complaints({"a.yaml": one, "b.yaml": other})
    assert found.startswith(expected)


def test_the_other_fields_of_an_orchestration_stay_in_one_file(complaints: Complain) -> None:
    files = {
        "a.yaml": "routing: {r: {routes: [1]}}",
        "b.yaml": "routing: {r: {team: t}}",
        "c.yaml": "routing: {r: {otherwise: x}}",
    }
    (found,) = complaints(files)
    assert found.startswith("c.yaml:1:11: 'routing.r' is defined twice")


def node(value: Any, file: str) -> Node:
    location = Location(file, 1, 1)
    if isinstance(value, dict):
        return MappingNode(
            {key: MappingItem(location, node(inner, file)) for key, inner in value.items()}, location
        )
    if isinstance(value, list):
        return SequenceNode([node(item, file) for item in value], location)
    return ScalarNode(value, location, 0, 0, "")


def plain(tree: Node) -> Any:
    if isinstance(tree, MappingNode):
        return {key: plain(entry.node) for key, entry in tree.entries.items()}
    return [plain(item) for item in tree.items] if isinstance(tree, SequenceNode) else tree.value


stacks = st.dictionaries(
    st.sampled_from(["services", "teams", "vars", "people"]),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(), min_size=1),
    min_size=1,
)


@pytest.mark.slow
@given(stacks, st.data())
def test_however_entries_are_spread_over_files_the_stack_is_the_same(
    stack: dict[str, dict[str, int]], data: st.DataObject
) -> None:
    files: list[dict[str, dict[str, int]]] = [{}, {}, {}]
    for section, entries in stack.items():
        for key, value in entries.items():
            chosen = data.draw(st.integers(0, 2))
            files[chosen].setdefault(section, {})[key] = value
    roots = [node(content, f"{number}.yaml") for number, content in enumerate(files)]
    problems: list[Problem] = []
    joined = join(data.draw(st.permutations(roots)), problems)
    assert problems == []
    assert plain(joined) == stack
    for section, entry in joined.entries.items():
        assert isinstance(entry.node, MappingNode)
        for key, inner in entry.node.entries.items():
            number = next(number for number in range(3) if key in files[number].get(section, {}))
            assert inner.key.file == f"{number}.yaml"
