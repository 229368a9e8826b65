"""No input makes PCL fail in any other way than PclError, and printing loses nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.routing.pcl.conditions import Condition, PclError, Verdict, parse
from tests.conftest import examples

_WORDS = r"""
event . x raw_event cache_var variables [ ] ( ) 0 5 -1 2.5 1.0e9 'text' 'it\'s' '\\d+' '(' now in exists
matches part regex exactly and or not true false == != > >= < <= && || ! trigger_count over 5 minutes 1 hour
resetting_trigger_count Mon,Tue Mon 09:00:00 17:00:00 to Etc/UTC Europe/Berlin 2022-01-01 , { } " ' \
severity custom_details ['x'] [0] namespace contains alert.title é
"""
WORDS = st.sampled_from([*_WORDS.split(), "\ud800"])
SPACE = st.sampled_from(["", " ", " ", " ", "\n"])
SALAD = st.lists(st.tuples(WORDS, SPACE), max_size=40).map(lambda pairs: "".join(a + b for a, b in pairs))

KEYS = st.sampled_from(["x", "a b", "severity", "0", "custom_details"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
ROOTS = st.dictionaries(st.sampled_from(["event", "raw_event", "cache_var", "trigger_count"]), JSON)

PATHS = st.builds(
    lambda root, keys: root + "".join(keys),
    st.sampled_from(["event", "raw_event", "cache_var", "x"]),
    st.lists(
        st.sampled_from([".x", ".severity", "[0]", "['a b']", "['namespace']", "['it\\'s']"]), max_size=3
    ),
)
STRINGS = st.text(alphabet="ab*é'\\ ", max_size=5).map(
    lambda text: "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: f"{number:.3f}")
COUNTS = st.sampled_from(["trigger_count over 5 minutes", "resetting_trigger_count over 1 day 1 second"])
LITERALS = (
    STRINGS
    | st.integers(-(2**63), 2**63 - 1).map(str)
    | FLOATS
    | st.sampled_from(
        ["true", "false", "now", "2022-01-01 08:00:00 Europe/Berlin", "2021-10-31 02:30:00 CET"]
    )
    | COUNTS
)
OPERANDS = PATHS | LITERALS
MATCHING = st.sampled_from(
    ["matches", "matches exactly", "matches part", "matches part exactly", "==", ">", ">=", "<", "<="]
)
WINDOWS = st.sampled_from(
    ["now in Mon 09:00:00 to 17:00:00 Etc/UTC", "now in Sat,Sun 22:00:00 to 06:00:00 Asia/Tokyo"]
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operand = OPERANDS | inner.map("({})".format)
    return (
        st.builds("{} {} {}".format, operand, MATCHING, operand)
        | st.builds(
            "{} matches regex {}".format, operand, st.sampled_from(["'a|b'", "'^\\\\d+$'", "'(?-i)x'"])
        )
        | st.builds("not ({})".format, inner)
        | st.builds("not {}".format, PATHS)
        | st.lists(inner.map("({})".format) | inner, min_size=2, max_size=3).map(" and ".join)
        | st.lists(inner.map("({})".format) | inner, min_size=2, max_size=3).map(" or ".join)
    )


CONDITIONS = st.recursive(OPERANDS | PATHS.map("{} exists".format) | WINDOWS, _grown, max_leaves=12)


def parsed(text: str) -> Condition | None:
    try:
        return parse(text)
    except PclError as refused:
        error = refused
    assert 0 <= error.position <= len(text)
    return None


@given(st.text() | SALAD)
def test_parse_raises_nothing_but_pcl_error(text: str):
    parsed(text)


@pytest.mark.slow
@given(SALAD | CONDITIONS, ROOTS, st.datetimes(timezones=st.just(UTC)))
def test_evaluate_raises_nothing(text: str, roots: dict[str, object], now: datetime):
    if condition := parsed(text):
        verdict = condition.evaluate(roots, now)
        assert isinstance(verdict, Verdict)
        assert isinstance(verdict.value, bool)


@pytest.mark.slow
@given(CONDITIONS)
@examples(300)
def test_printed_condition_parses_to_the_same(text: str):
    condition = parsed(text)
    if condition is not None:
        assert parse(str(condition)) == condition


@pytest.mark.slow
@given(CONDITIONS, ROOTS)
def test_printed_condition_means_the_same(text: str, roots: dict[str, object]):
    now = datetime(2024, 1, 1, tzinfo=UTC)
    condition = parsed(text)
    if condition is not None:
        assert parse(str(condition)).evaluate(roots, now).value is condition.evaluate(roots, now).value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(" * 2000, id="parentheses"),
        pytest.param("not " * 511 + "a", id="negations"),
        pytest.param("a" + ".a" * 1000, id="path elements"),
        pytest.param("a['" * 600, id="open brackets"),
        pytest.param("'" + "\\\\" * 1000, id="escapes"),
        pytest.param("a and " * 340, id="factors"),
        pytest.param("-" * 2000, id="signs"),
        pytest.param("9" * 2000, id="digits"),
        pytest.param("trigger_count over " + "1 day " * 300, id="durations"),
        pytest.param("now in " + "Mon," * 500, id="days"),
        pytest.param("a " + " " * 2000, id="spaces"),
        pytest.param("x" * 10_000_000, id="far too much text"),
    ],
)
def test_longest_texts_end_too(text: str):
    """A parser that backtracks, or recurses by the length of the text, would hang or fail here."""
    condition = parsed(text)
    if condition:
        condition.evaluate({}, datetime(2024, 1, 1, tzinfo=UTC))
        assert parse(str(condition)) == condition


def test_pattern_that_hangs_backtracking_engines_ends():
    condition = parse("event.x matches regex '^(a+)+$'")
    assert not condition.evaluate(
        {"event": {"x": "a" * 60_000 + "b"}}, datetime(2024, 1, 1, tzinfo=UTC)
    ).value
