from __future__ import annotations

import pytest

from pdslack_cli.suggest import suggest

KEYS = ["payments", "payments-api", "auth", "On-Call"]


@pytest.mark.parametrize(
    ("word", "guess"),
    [
        pytest.param("paymets", "did you mean 'payments'?", id="a letter is missing"),
        pytest.param("payment-api", "did you mean 'payments-api'?", id="the nearest of two"),
        pytest.param("AUTH", "did you mean 'auth'?", id="case"),
        pytest.param("on-cal", "did you mean 'On-Call'?", id="as it is spelled"),
        pytest.param("billing", "", id="nothing near"),
        pytest.param("", "", id="nothing"),
        pytest.param("payments" * 1000, "", id="a text"),
    ],
)
def test_a_misspelt_word_gets_a_guess(word: str, guess: str) -> None:
    assert suggest(word, KEYS) == guess


@pytest.mark.parametrize(
    ("address", "guess"),
    [
        ("maya.lnd@acme.example", "maya.lind@acme.example"),
        ("tom@acme.exmaple", "tom@acme.example"),
        ("tim@acme.example", ""),
        ("ann@acme.example", ""),
    ],
)
def test_an_address_is_guessed_by_what_stands_before_the_domain(address: str, guess: str) -> None:
    found = suggest(address, ["maya.lind@acme.example", "tom@acme.example", "Tim"])
    assert found == (f"did you mean '{guess}'?" if guess else "")
