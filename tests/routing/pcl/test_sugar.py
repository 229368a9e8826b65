"""The shorter spellings, and the way back from PCL to what the user wrote."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.routing.pcl.conditions import PclError, parse
from pdslack_cli.routing.pcl.sugar import desugar, desugar_template, parse_sugared


@pytest.mark.parametrize(
    ("text", "pcl"),
    [
        pytest.param("a exists && b exists", "a exists and b exists", id="&&"),
        pytest.param("a exists || b exists", "a exists or b exists", id="||"),
        pytest.param(
            "a exists&&b exists||c exists", "a exists and b exists or c exists", id="without spaces"
        ),
        pytest.param("!a exists", "not a exists", id="! applies to the test"),
        pytest.param("!a matches 'x' && b exists", "not a matches 'x' and b exists", id="! ends before &&"),
        pytest.param("!(a exists || b exists)", "not (a exists or b exists)", id="! before parentheses"),
        pytest.param("! a exists", "not a exists", id="! with a space"),
        pytest.param("!!a exists", "not (not a exists)", id="!! gets parentheses"),
        pytest.param("!!!a exists", "not (not (not a exists))", id="!!! gets parentheses"),
        pytest.param("a != 'x'", "not a == 'x'", id="!="),
        pytest.param("a!='x'", "not a == 'x'", id="!= without spaces"),
        pytest.param("a != 'x' and b != 'y'", "not a == 'x' and not b == 'y'", id="!= twice"),
        pytest.param("not a != 'x'", "not (not a == 'x')", id="!= under not gets parentheses"),
        pytest.param("!a != 'x' || true", "not (not a == 'x') or true", id="!= under ! gets parentheses"),
        pytest.param("(a != 'x') == true", "(not a == 'x') == true", id="!= in parentheses"),
        pytest.param("(a or b) != c", "not (a or b) == c", id="!= behind parentheses"),
        pytest.param(
            "now != 2022-01-01 08:00:00 Etc/UTC",
            "not now == 2022-01-01 08:00:00 Etc/UTC",
            id="!= before a date",
        ),
        pytest.param(
            "trigger_count over 5 minutes != 2",
            "not trigger_count over 5 minutes == 2",
            id="!= behind a threshold",
        ),
        pytest.param("alert.severity == 'info'", "event.severity == 'info'", id="alert is event"),
        pytest.param("alert.title matches part 'x'", "event.summary matches part 'x'", id="alert.title"),
        pytest.param("alert.body.text exists", "event.custom_details.body.text exists", id="alert.body"),
        pytest.param("alert['service'] exists", "event.custom_details.service exists", id="alert['service']"),
        pytest.param("alert.titles exists", "event.titles exists", id="only the whole name"),
        pytest.param(
            "a.alert exists && alerts exists", "a.alert exists and alerts exists", id="only the root"
        ),
        pytest.param(
            "alert.body != alert.title", "not event.custom_details.body == event.summary", id="all at once"
        ),
    ],
)
def test_becomes_pcl(text: str, pcl: str):
    assert desugar(text).pcl == pcl
    parse(pcl)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a matches '&& || ! != alert.title'", id="sugar inside a string"),
        pytest.param(r"a matches 'it\'s alert.title'", id="sugar behind an escaped quote"),
        pytest.param(" a  exists\nand not not b exists ", id="odd white space and not not"),
        pytest.param("this is no condition", id="a text that cannot be read"),
        pytest.param("", id="nothing"),
    ],
)
def test_text_without_sugar_comes_back_byte_for_byte(text: str):
    assert desugar(text).pcl == text


@pytest.mark.parametrize(
    ("text", "result"),
    [
        pytest.param("{{alert.title}} {{ alert.class }}", "{{event.summary}} {{ event.class }}", id="paths"),
        pytest.param("alert.title is {{event.summary}}", "alert.title is {{event.summary}}", id="plain text"),
        pytest.param("{{alert.body.id}}", "{{event.custom_details.body.id}}", id="custom details"),
        pytest.param("{{variables.alert}}", "{{variables.alert}}", id="other roots"),
        pytest.param("{{alert.title", "{{event.summary", id="open braces"),
    ],
)
def test_template_becomes(text: str, result: str):
    assert desugar_template(text).pcl == result


@pytest.mark.parametrize(
    "marked",
    [
        # The place of the mistake is marked with ^.
        pytest.param("alert.title contains 'x'".replace("contains", "^contains"), id="unreadable sugar"),
        pytest.param("a != 'x' && alert.body matches regex ^'('", id="regex behind several edits"),
        pytest.param("!!a exists && now > ^2022-13-01 08:00:00 Etc/UTC", id="date behind parentheses"),
        pytest.param("a exists && ^alert.package exists".replace("^alert.", "alert.^"), id="reserved word"),
        pytest.param("^" + "alert.body.x exists || " * 63 + "alert.body.x exists", id="too long as PCL"),
    ],
)
def test_error_points_at_the_users_text(marked: str):
    with pytest.raises(PclError) as caught:
        parse_sugared(marked.replace("^", ""))
    assert caught.value.position == marked.index("^")


def test_every_kept_character_finds_its_way_back():
    text = "!!alert.title matches 'a' && b!='c' || alert.x > 5"
    desugared = desugar(text)
    for literal in ("'a'", "b", "'c'", "5", "matches"):
        assert desugared.offset(desugared.pcl.index(literal)) == text.index(literal)


ATOMS = st.sampled_from(["p", "q", "true", "false", "p == q", "p != q", "(p) != (q)", "p != true"])
SUGARED = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds("{}({})".format, st.sampled_from(["!", "! ", "not ", "!!"]), inner)
        | st.builds(
            "{}{}({})".format, ATOMS.map("({})".format), st.sampled_from(["&&", " || ", " != "]), inner
        )
        | st.lists(inner.map("({})".format) | ATOMS, min_size=2, max_size=3).map(" && ".join)
        | st.lists(inner.map("({})".format) | ATOMS, min_size=2, max_size=3).map("||".join)
    ),
    max_leaves=6,
)


def in_python(text: str, p: bool, q: bool) -> bool:
    """What the same text means where &&, ||, ! and != are at home."""
    text = text.replace("&&", " and ").replace("||", " or ").replace("true", "True").replace("false", "False")
    text = re.sub("!(?!=)", " not ", text)
    return bool(eval(text, {"p": p, "q": q}))


@given(SUGARED, st.booleans(), st.booleans())
def test_sugar_means_what_it_means_elsewhere(text: str, p: bool, q: bool):
    condition, _ = parse_sugared(text)
    assert condition.evaluate({"p": p, "q": q}, datetime(2024, 1, 1, tzinfo=UTC)).value is in_python(
        text, p, q
    )


PIECES = st.sampled_from(
    ["&&", "||", "!", "!=", "alert.title", "'", "(", ")", " ", "a", "exists", "not", "==", "\ud800"]
)


@given(st.text(alphabet="&|!=' ()ab.") | st.lists(PIECES, max_size=30).map(" ".join))
def test_desugar_raises_nothing_but_pcl_error(text: str):
    try:
        desugared = desugar(text)
    except PclError as refused:
        position = refused.position
    else:
        position = desugared.offset(len(desugared.pcl))
    assert 0 <= position <= len(text)
