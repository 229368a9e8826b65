"""Texts that nobody is shown."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from pdslack_cli.kinds.fields.secret import SecretText


@pytest.mark.parametrize(
    "show",
    [
        pytest.param(str, id="str"),
        pytest.param(repr, id="repr"),
        pytest.param(lambda secret: f"{secret}", id="format"),
        pytest.param(lambda secret: str({"key": secret}), id="inside a mapping"),
        pytest.param(lambda secret: TypeAdapter(SecretText).dump_json(secret).decode(), id="JSON"),
        pytest.param(
            lambda secret: TypeAdapter(SecretText).dump_python(secret, mode="json"), id="plain data"
        ),
    ],
)
def test_a_secret_is_never_shown(show):
    shown = show(SecretText("hush-hush"))
    assert "hush" not in shown
    assert "(sensitive value)" in shown


def test_secrets_are_equal_where_their_texts_are():
    assert SecretText("a") == SecretText("a")
    assert SecretText("a") != SecretText("b")
