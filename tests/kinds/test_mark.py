"""The mark at the end of a text: split off and put back without a trace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.kinds.mark import join_mark, room_beside_mark, split_mark
from pdslack_cli.model import Owned

owners = st.from_regex(r"[a-z0-9-]{1,24}", fullmatch=True)
keys = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,39}", fullmatch=True)
checks = st.from_regex(r"[a-z2-7]{4}|\?|", fullmatch=True)
marks = st.builds(Owned, owners, keys, checks, st.booleans())
texts = st.text(st.characters(exclude_categories=["C"]), max_size=80).map(str.strip)


@given(texts.filter(lambda text: not split_mark(text)[1]), marks)
def test_mark_is_split_off_as_it_was_put_on(text, owned):
    assert split_mark(join_mark(text, owned)) == (text, owned)


@given(texts.filter(lambda text: not split_mark(text)[1]))
def test_text_without_mark_stays_as_it_is(text):
    assert split_mark(text) == (text, None)
    assert join_mark(text, None) == text


@given(st.integers(100, 2000), marks)
def test_text_that_fills_the_room_fits_the_limit(limit, owned):
    room = room_beside_mark(limit, owned)
    assert len(join_mark("x" * room, owned)) == limit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(None, ("", None), id="null"),
        pytest.param("[pdslack:a/b]", ("", Owned("a", "b")), id="nothing but the mark"),
        pytest.param("Words [pdslack:a/b] ", ("Words", Owned("a", "b")), id="on the same line"),
        pytest.param("[pdslack:a/b] words", ("[pdslack:a/b] words", None), id="not at the end"),
        pytest.param(
            "x\n[pdslack:a/b]\n[pdslack:c/d]",
            ("x\n[pdslack:a/b]", Owned("c", "d")),
            id="two: the last counts",
        ),
        pytest.param("[pdslack:a/b:2kd7]", ("", Owned("a", "b", "2kd7")), id="with its check"),
        pytest.param("[pdslack:a/b:2kd7!]", ("", Owned("a", "b", "2kd7", protected=True)), id="protected"),
        pytest.param("[pdslack:a/b:?]", ("", Owned("a", "b", "?")), id="unfinished"),
        pytest.param("[pdslack:a/b:2k]", ("[pdslack:a/b:2k]", None), id="a check that is cut short"),
        pytest.param("[pdslack:A/b]", ("[pdslack:A/b]", None), id="no owner of ours"),
    ],
)
def test_what_counts_as_a_mark(text, expected):
    assert split_mark(text) == expected


@given(owners, keys, st.text(max_size=40))
def test_mark_fits_the_name_that_it_is_bound_to(owner, key, name):
    owned = Owned.bound(owner, key, name)

    assert owned.fits(name)
    assert owned.fits(f" {name} ")  # a vendor may trim
    assert not owned.fits(f"{name} (copy)")
    assert not owned._replace(key=f"{key}-2").fits(name)
    assert split_mark(str(owned)) == ("", owned)
