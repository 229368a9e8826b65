"""What differs is sent, and all else goes back as it was read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.kinds.lenses.merge import merged

KNOWN, UNKNOWN = ("name", "value", "items", "inner"), ("x-new", "x-self")
scalars = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["", "a", "b"]))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KNOWN + UNKNOWN), inner, max_size=4)
    ),
    max_leaves=12,
)
documents = st.dictionaries(st.sampled_from(KNOWN + UNKNOWN), values, max_size=5)


def known(value):
    """What a kind that knows no field beginning with `x-` would encode."""
    if isinstance(value, dict):
        return {name: known(inner) for name, inner in value.items() if name not in UNKNOWN}
    return [known(inner) for inner in value] if isinstance(value, list) else value


def unknown(value):
    """The other fields of an object, and of those below it that are not in a list."""
    if not isinstance(value, dict):
        return {}
    own = {name: inner for name, inner in value.items() if name in UNKNOWN}
    return own | {name: unknown(inner) for name, inner in value.items() if unknown(inner)}


@pytest.mark.slow
@given(documents)
def test_without_a_difference_it_is_what_was_read(raw):
    assert merged(known(raw), known(raw), raw) is raw


@pytest.mark.slow
@given(documents, documents)
def test_what_is_wanted_is_sent(raw, wanted):
    assert known(merged(known(wanted), known(raw), raw)) == known(wanted)


@given(documents, st.sampled_from(KNOWN), scalars)
def test_one_changed_field_leaves_all_others(raw, name, value):
    after = merged({**known(raw), name: value}, known(raw), raw)
    assert after == {**raw, name: value}


@pytest.mark.slow
@given(documents, documents)
def test_fields_that_no_kind_knows_stay_where_their_object_stays(raw, wanted):
    after = merged(known(wanted), known(raw), raw)
    assert {name: after.get(name) for name in UNKNOWN} == {name: raw.get(name) for name in UNKNOWN}


def item(name, value=0, **more):
    return {"name": name, "value": value, **more}


@pytest.mark.parametrize(
    ("wanted", "raw", "expected"),
    [
        pytest.param([item("a", 1)], [item("a", new=1)], [item("a", 1, new=1)], id="changed in place"),
        pytest.param(
            [item("b"), item("a", 1)],
            [item("a", new=1), item("b", new=2)],
            [item("b", new=2), item("a", 1, new=1)],
            id="moved, and one of them changed",
        ),
        pytest.param(
            [item("c"), item("a")], [item("a", new=1)], [item("c"), item("a", new=1)], id="one more before"
        ),
        pytest.param([item("b", 5)], [item("a", new=1)], [item("b", 5, new=1)], id="renamed and changed"),
        pytest.param([], [item("a", new=1)], [], id="taken out"),
        pytest.param(
            [{"id": "2"}], [{"id": "1", "summary": "one"}], [{"id": "2"}], id="another object is not the same"
        ),
        pytest.param(
            [{"user": {"id": "2"}}],
            [{"user": {"id": "1", "summary": "one"}}],
            [{"user": {"id": "2"}}],
            id="nor is one that an item refers to",
        ),
        pytest.param(["b", "c"], ["a", "b"], ["b", "c"], id="plain values"),
        pytest.param([{"v": 1}], [{"v": 1, "new": 1}] * 2, [{"v": 1, "new": 1}], id="one of two equals goes"),
    ],
)
def test_items_of_lists_continue_those_that_are_there(wanted, raw, expected):
    before = [{name: value for name, value in each.items() if name not in {"new", "summary"}}
              if isinstance(each, dict) and "user" not in each else each for each in raw]  # fmt: skip
    before = [{"user": {"id": each["user"]["id"]}} if isinstance(each, dict) and "user" in each else each
              for each in before]  # fmt: skip
    assert merged(wanted, before, raw) == expected


def test_an_order_of_the_vendors_own_is_kept_until_somebody_moves_an_item():
    raw = [{"id": name, "new": name} for name in "cab"]
    a, b, c, d = ({"id": name} for name in "abcd")
    assert [each["id"] for each in merged([a, b, c, d], [a, b, c], raw)] == ["c", "d", "a", "b"]
    assert [each["id"] for each in merged([b, a, c], [a, b, c], raw)] == ["b", "a", "c"]
