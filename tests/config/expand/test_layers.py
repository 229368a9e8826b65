from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.config.expand.layers import with_layers
from pdslack_cli.config.expand.variables import Variables
from pdslack_cli.config.locations import Locations
from pdslack_cli.config.sources.source import StackSource
from pdslack_cli.config.yaml.nodes import MappingNode
from pdslack_cli.errors import Location, Problem
from pdslack_cli.model import DataPath


def with_defaults(data: dict[str, Any]) -> dict[str, Any]:
    problems: list[Problem] = []
    nowhere = Locations(MappingNode({}, Location("a.yaml", 1, 1)), {}, Variables({}, {}, problems))
    laid, _ = with_layers(data, nowhere, problems)
    assert problems == []
    return laid


@pytest.mark.parametrize(
    ("default", "entry", "laid"),
    [
        pytest.param({"a": 1}, {}, {"a": 1}, id="a field left out"),
        pytest.param({"a": 1}, {"a": 2}, {"a": 2}, id="a field that is set"),
        pytest.param({"a": 1}, {"a": None}, {"a": None}, id="null wins"),
        pytest.param({"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}, id="mapping into mapping"),
        pytest.param({"a": {"x": {"y": 1}}}, {"a": {"x": {"y": None}}}, {"a": {"x": {"y": None}}}, id="deep"),
        pytest.param({"a": {"x": 1}}, {"a": None}, {"a": None}, id="null over a mapping"),
        pytest.param({"a": {"x": 1}}, {"a": "text"}, {"a": "text"}, id="text over a mapping"),
        pytest.param({"a": "text"}, {"a": {"x": 1}}, {"a": {"x": 1}}, id="mapping over text"),
        pytest.param({"a": [1, 2]}, {"a": [3]}, {"a": [3]}, id="lists replace"),
        pytest.param({"a": [1, 2]}, {"a": []}, {"a": []}, id="an empty list replaces"),
        pytest.param({"a": 1}, None, {"a": 1}, id="an empty entry takes all"),
        pytest.param({"a": 1}, "x@acme.example", "x@acme.example", id="an entry that is text"),
        pytest.param({"a": 1}, {"lookup": True}, {"lookup": True}, id="an entry that is looked up"),
        pytest.param({"a": 1}, {"lookup": False}, {"lookup": False, "a": 1}, id="one that is not"),
        pytest.param("x", {"b": 1}, {"b": 1}, id="defaults of the wrong shape"),
    ],
)
def test_defaults_are_laid_under_every_entry(default: Any, entry: Any, laid: Any) -> None:
    data = {"defaults": {"services": default}, "services": {"one": entry, "two": entry}}
    assert with_defaults(data)["services"] == {"one": laid, "two": laid}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"services": {"api": {"a": 1}}}, id="no defaults"),
        pytest.param({"defaults": None, "services": {"api": {}}}, id="empty defaults"),
        pytest.param({"defaults": [1], "services": {"api": {}}}, id="defaults that are a list"),
        pytest.param({"defaults": {"teams": {"a": 1}}, "services": {"api": {}}}, id="of another section"),
        pytest.param({"defaults": {"services": {"a": 1}}, "services": [1]}, id="a section that is a list"),
        pytest.param({"defaults": {"services": {"a": 1}}}, id="a section that is absent"),
    ],
)
def test_nothing_else_is_touched(data: dict[str, Any]) -> None:
    assert with_defaults(data) == data


fields = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(
        st.none() | st.integers() | st.lists(st.integers(), max_size=2),
        lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        max_leaves=6,
    ),
)


def leaves(value: Any, *path: str) -> dict[tuple[str, ...], Any]:
    if not isinstance(value, dict) or not value:
        return {path: value}
    return {deep: leaf for key, inner in value.items() for deep, leaf in leaves(inner, *path, key).items()}


@pytest.mark.slow
@given(fields, fields)
def test_the_entry_wins_everywhere_and_defaults_fill_the_rest(
    default: dict[str, Any], entry: dict[str, Any]
) -> None:
    data = {"defaults": {"services": default}, "services": {"api": entry}}
    laid = with_defaults(data)
    found = leaves(laid["services"]["api"])
    for path, leaf in leaves(entry).items():
        assert found.get(path, leaf) == leaf or leaf == {}
    assert found.keys() <= leaves(entry).keys() | leaves(default).keys()
    assert with_defaults(laid) == laid
    assert data == {"defaults": {"services": default}, "services": {"api": entry}}


Read = Callable[..., StackSource]

BASES = """\
bases:
  services:
    standard: {urgency: high, hours: {from: "08:00", to: "17:00"}, tags: [a, b]}
    night:
      like: standard
      hours: {to: "23:00"}
      tags: null
  teams:
    night: {name: Night}
defaults:
  services: {urgency: low, window: 10m, hours: {zone: Etc/UTC}}
"""


def laid(text: str, read: Read) -> tuple[dict[str, Any], Locations, list[str]]:
    source = read({"a.yaml": BASES + text})
    problems: list[Problem] = []
    data, locations = with_layers(source.data, source.locations, problems)
    return data, locations, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(
            "{like: standard}",
            {
                "like": "standard",
                "urgency": "high",
                "window": "10m",
                "hours": {"from": "08:00", "to": "17:00", "zone": "Etc/UTC"},
                "tags": ["a", "b"],
            },
            id="a base over the defaults",
        ),
        pytest.param(
            "{like: night, urgency: null, hours: {from: '22:00'}}",
            {
                "like": "night",
                "urgency": None,
                "window": "10m",
                "hours": {"from": "22:00", "to": "23:00", "zone": "Etc/UTC"},
                "tags": None,
            },
            id="a base that is like another",
        ),
        pytest.param(
            "{like: standard, lookup: true, hours: null, tags: [c]}",
            {"like": "standard", "lookup": True, "urgency": "high", "hours": None, "tags": ["c"]},
            id="no defaults under what is looked up",
        ),
        pytest.param("text", "text", id="an entry that is text"),
    ],
)
def test_a_base_is_laid_under_the_entries_that_are_like_it(entry: str, expected: Any, read: Read) -> None:
    data, _, problems = laid(f"services: {{api: {entry}}}\n", read)
    assert problems == []
    assert data["services"]["api"] == expected


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param(("hours", "from"), 14, id="the entry's own"),
        pytest.param(("hours", "to"), 6, id="its base's"),
        pytest.param(("urgency",), 3, id="the base's base's"),
        pytest.param(("hours", "zone"), 11, id="the defaults'"),
        pytest.param(("tags",), 7, id="a null of the base"),
        pytest.param(("nowhere",), 13, id="nobody's: the entry"),
    ],
)
def test_what_is_laid_under_an_entry_has_its_place_where_it_is_written(
    path: DataPath, line: int, read: Read
) -> None:
    _, locations, _ = laid("services:\n  api:\n    hours: {from: x}\n    like: night\n", read)
    assert locations.key(("services", "api", *path)).line == line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "services: {api: {like: standrad}}",
            ["a.yaml:12:24: unknown base 'standrad' (did you mean 'standard'?)"],
            id="misspelt",
        ),
        pytest.param(
            "people: {maya: {like: standard}}",
            ["a.yaml:12:23: unknown base 'standard' (write it under `bases: {people: {standard: …}}`)"],
            id="of another section",
        ),
    ],
)
def test_an_unknown_base_is_a_problem(text: str, expected: list[str], read: Read) -> None:
    assert laid(text, read)[2] == expected


def test_bases_that_are_like_each_other_are_told_once(read: Read) -> None:
    text = """\
bases: {s: {c: {like: b}, a: {like: b}, b: {like: a}}}
s: {x: {like: a}, y: {like: b}, z: {like: c}}
"""
    source = read({"a.yaml": text})
    problems: list[Problem] = []
    with_layers(source.data, source.locations, problems)
    assert {str(problem) for problem in problems} == {
        "a.yaml:1:37: bases are `like` each other in a cycle: a → b → a (remove `like` from one of them)"
    }
