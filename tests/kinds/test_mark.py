"""The mark at the end of a text: split off and put back without a trace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.kinds.mark import LONGEST_KEY, LONGEST_OWNER, join_mark, room_beside_mark, split_mark
from pdslack_cli.model import OwnershipMark

owners = st.from_regex(r"[a-z0-9-]{1,24}", fullmatch=True)
keys = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,39}", fullmatch=True)
checks = st.from_regex(r"[a-z2-7]{4}|\?|", fullmatch=True)
marks = st.builds(OwnershipMark, owners, keys, checks, st.booleans())
texts = st.text(st.characters(exclude_categories=["C"]), max_size=80).map(str.strip)


@given(texts.filter(lambda text: not split_mark(text)[1]), marks)
def test_mark_is_split_off_as_it_was_put_on(text, owned):
    assert split_mark(join_mark(text, owned)) == (text, owned)


@given(texts.filter(lambda text: not split_mark(text)[1]))
def test_text_without_mark_stays_as_it_is(text):
    assert split_mark(text) == (text, None)
    assert join_mark(text, None) == text


@pytest.mark.slow
@given(st.integers(100, 2000), marks)
def test_text_that_fills_the_room_fits_the_limit(limit, owned):
    room = room_beside_mark(limit, owned)
    assert len(join_mark("x" * room, owned)) == limit


def test_the_longest_mark_is_read_and_a_longer_one_is_text():
    owned = OwnershipMark("o" * LONGEST_OWNER, "k" * LONGEST_KEY, "2kd7", protected=True)
    assert len(str(owned)) == 121
    assert split_mark(str(owned)) == ("", owned)
    for longer in (owned._replace(owner=f"{owned.owner}o"), owned._replace(key=f"{owned.key}k")):
        assert split_mark(str(longer)) == (str(longer), None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(None, ("", None), id="null"),
        pytest.param("[pdslack:a/b]", ("", OwnershipMark("a", "b")), id="nothing but the mark"),
        pytest.param("Words [pdslack:a/b] ", ("Words", OwnershipMark("a", "b")), id="on the same line"),
        pytest.param("[pdslack:a/b] words", ("[pdslack:a/b] words", None), id="not at the end"),
        pytest.param(
            "x\n[pdslack:a/b]\n[pdslack:c/d]",
            ("x\n[pdslack:a/b]", OwnershipMark("c", "d")),
            id="two: the last counts",
        ),
        pytest.param("[pdslack:a/b:2kd7]", ("", OwnershipMark("a", "b", "2kd7")), id="with its check"),
        pytest.param(
            "[pdslack:a/b:2kd7!]", ("", OwnershipMark("a", "b", "2kd7", protected=True)), id="protected"
        ),
        pytest.param("[pdslack:a/b:?]", ("", OwnershipMark("a", "b", "?")), id="unfinished"),
        pytest.param("[pdslack:a/b:2k]", ("[pdslack:a/b:2k]", None), id="a check that is cut short"),
        pytest.param("[pdslack:A/b]", ("[pdslack:A/b]", None), id="no owner of ours"),
    ],
)
def test_what_counts_as_a_mark(text, expected):
    assert split_mark(text) == expected


@given(owners, keys, st.text(max_size=40))
def test_mark_fits_the_name_that_it_is_bound_to(owner, key, name):
    owned = OwnershipMark.bound(owner, key, name)

    assert owned.fits(name)
    assert owned.fits(f" {name} ")  # a vendor may trim
    assert not owned.fits(f"{name} (copy)")
    assert not owned._replace(key=f"{key}-2").fits(name)
    assert split_mark(str(owned)) == ("", owned)
