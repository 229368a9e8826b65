from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.config.defaults import with_defaults


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
