"""Keys come from names: readable, always the same, and never twice."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.export.keys import refs_of, slug
from pdslack_cli.kinds.fields.scalars import KEY_PATTERN
from tests.support.factories import live_person, live_team


@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param("Payments API", "payments-api", id="words"),
        pytest.param("Straße & Söhne", "strasse-sohne", id="umlauts"),
        pytest.param("v1.2_beta", "v1.2_beta", id="what a key may hold"),
        pytest.param(" -- odd -- ", "odd", id="edges"),
        pytest.param("x" * 60, "x" * 40, id="too long"),
        pytest.param("日本語", "", id="nothing left"),
        pytest.param("xoxb-123456789-abcdef", "", id="a token"),
    ],
)
def test_a_key_is_what_is_left_of_a_name(text, key):
    assert slug(text) == key


@given(st.lists(st.text(max_size=50), max_size=8))
def test_every_object_has_a_key_of_its_own_that_a_file_can_hold(names):
    lives = [live_team(f"P{number}", name) for number, name in enumerate(names)]

    keys = [ref.key for ref in refs_of({"team": lives}, "acme").values()]

    assert len(set(keys)) == len(names)
    assert all(re.fullmatch(KEY_PATTERN, key) for key in keys)


def test_keys_do_not_depend_on_the_order_of_a_list():
    lives = [live_team(id_, "Payments") for id_ in ("P3", "P1", "P2")]

    forth, back = refs_of({"team": lives}, "acme"), refs_of({"team": lives[::-1]}, "acme")

    assert forth == back
    assert forth["team", "P1"].key == "payments"


def test_a_mark_of_ours_decides_and_that_of_others_does_not():
    lives = [
        live_team("P1", "Payments", "[pdslack:others/kept]"),
        live_team("P2", "Other", "[pdslack:acme/payments]"),
    ]

    keys = {id_: ref.key for (_, id_), ref in refs_of({"team": lives}, "acme").items()}

    assert keys == {"P1": "payments-2", "P2": "payments"}


def test_who_has_no_address_that_a_file_can_hold_has_no_key():
    people = [live_person("P1", "root@localhost"), live_person("P2", "maya@acme.example")]

    assert {ref.key for ref in refs_of({"person": people}, "acme").values()} == {"maya"}
