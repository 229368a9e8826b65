"""The scalar words of the file: read as people write them, printed as they would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from pdslack_cli.kinds.fields.durations import Duration, parse_duration
from pdslack_cli.kinds.fields.references import KnownRefs, RefTo
from pdslack_cli.kinds.fields.scalars import Email, Url, printable
from pdslack_cli.kinds.fields.times import parse_days, print_days
from pdslack_cli.model import Ref


@given(st.integers(0, 10_000_000))
def test_printed_duration_reads_as_the_same(seconds):
    assert parse_duration(str(Duration(seconds))) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("15m", 900),
        ("4h", 14_400),
        ("2d", 172_800),
        ("1 week", 604_800),
        ("1h30m", 5_400),
        ("1 hour", 3600),
    ],
)
def test_duration_is_read(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "m", "15 bananas", "-5m", "1.5h", 15, None])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(PydanticCustomError, match="is not a duration"):
        parse_duration(text)


@given(st.sets(st.integers(1, 7), min_size=1))
def test_printed_days_read_as_the_same(days):
    assert set(parse_days(print_days(days))) == days


@pytest.mark.parametrize(("days", "text"), [((0, 1), "0,mon"), ((1, 2, 3, 8), "mon,tue,wed,8"), ((), "")])
def test_days_that_are_none_are_shown_as_a_vendor_answers_them(days, text):
    assert print_days(days) == text


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", (1, 2, 3, 4, 5)),
        ("sat,sun", (6, 7)),
        ("fri-mon", (1, 5, 6, 7)),
        ("all", (1, 2, 3, 4, 5, 6, 7)),
        (["mon", "wed"], (1, 3)),
        ("Monday", (1,)),
        ("Monday-Friday", (1, 2, 3, 4, 5)),
        ("Tues, thurs", (2, 4)),
        ("1-5", (1, 2, 3, 4, 5)),
        (7, (7,)),
        ([6, "7"], (6, 7)),
        ("weekdays", (1, 2, 3, 4, 5)),
        ("weekend", (6, 7)),
    ],
)
def test_days_are_read(text, days):
    assert parse_days(text) == days


@pytest.mark.parametrize("text", ["mo", "mon-", "mon-xyz", "", "0", 8, True, 1.5, "montag", ["mon", None]])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(PydanticCustomError, match="is not a day"):
        parse_days(text)


HIDDEN = ["\x00", "\x1b", "\x7f", "\x9b", "\xa0", "\u200b", "\u202e"]


@pytest.mark.parametrize("hidden", HIDDEN, ids=ascii)
@pytest.mark.parametrize(
    ("type_", "text"),
    [(Email, "ma{}ya@acme.example"), (Url, "https://acme.example/{}x")],
    ids=["mail", "web"],
)
def test_no_address_has_hidden_characters(type_, text, hidden):
    assert TypeAdapter(type_).validate_python(text.format(""))
    with pytest.raises(ValidationError):
        TypeAdapter(type_).validate_python(text.format(hidden))


@pytest.mark.parametrize(
    "name", ["👩🏽‍💻 desk", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🇩🇪", "🐦‍🔥", "\U0001faea newer than any Python", "日本語"]
)
def test_a_name_may_have_any_emoji(name):
    assert printable(name) == name


@pytest.mark.parametrize(
    "name", ["tab\there", "a\u202eb", "zero\u200bwidth", "line\u2028", "bell\x07", " around "]
)
def test_a_name_has_no_hidden_characters(name):
    with pytest.raises(PydanticCustomError):
        printable(name)


def test_an_unknown_reference_does_not_write_all_known_ones_into_its_error():
    known = KnownRefs(frozenset(Ref("service", f"s{number}") for number in range(1000)))
    with pytest.raises(PydanticCustomError) as raised:
        RefTo("service").read("gone", known)
    assert len(str(raised.value.context)) < 500
