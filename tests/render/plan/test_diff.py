"""Differences as people read them: by name, rule by rule, without what did not change."""

from __future__ import annotations

import pytest

from pdslack_cli.engine.content import ABSENT
from pdslack_cli.render.plan.difference import difference
from pdslack_cli.render.plan.lines import lines_of


def text(name, before, after):
    return [
        "    " * line.depth + f"{line.symbol} {line.text}"
        for line in lines_of(difference((name,), name, before, after), 0)
    ]


RULES = [
    {"label": "Critical", "if": "event.severity matches 'critical'", "then": {"priority": "P1"}},
    {"label": "Rest", "then": {"priority": "P3"}},
]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("a", "b", ["~ field: a -> b"], id="a word"),
        pytest.param("", "b c", ['~ field: "" -> b c'], id="from nothing"),
        pytest.param(ABSENT, 3, ["+ field: 3"], id="a field that appears"),
        pytest.param(
            ["maya"],
            ["maya", "tom"],
            ["~ field:", "    + tom", "      # (1 unchanged hidden)"],
            id="a list that grows",
        ),
        pytest.param(
            ["maya", "tom"],
            ["tom", "maya"],
            ["~ field:", "    ~ tom (moved)", "      # (1 unchanged hidden)"],
            id="an order that changes",
        ),
        pytest.param(
            {"a": 1, "b": 2},
            {"a": 1, "b": 3},
            ["~ field:", "    ~ b: 2 -> 3"],
            id="a mapping, its change only",
        ),
        pytest.param(
            "one\ntwo", "one\nthree", ["~ field:", "      one", "    - two", "    + three"], id="long text"
        ),
    ],
)
def test_lines_show_what_differs(before, after, expected):
    assert text("field", before, after) == expected


def test_inserted_rule_does_not_change_the_later_ones():
    new = {"label": "Errors", "if": "event.severity matches 'error'", "then": {"priority": "P2"}}

    lines = text("rules", RULES, [RULES[0], new, RULES[1]])

    assert lines == [
        "~ rules:",
        "    + Errors",
        "        + if: event.severity matches 'error'",
        "        + then:",
        "            + priority: P2",
        "      # (2 unchanged hidden)",
    ]


def test_changed_rule_shows_its_own_change_only():
    after = [{**RULES[0], "then": {"priority": "P2"}}, RULES[1]]

    assert text("rules", RULES, after) == [
        "~ rules:",
        "    ~ Critical:",
        "        ~ then:",
        "            ~ priority: P1 -> P2",
        "      # (1 unchanged hidden)",
    ]


def test_removed_rule_is_shown_whole():
    assert text("rules", RULES, RULES[:1]) == [
        "~ rules:",
        "    - Rest",
        "        - then:",
        "            - priority: P3",
        "      # (1 unchanged hidden)",
    ]


@pytest.mark.slow
def test_a_long_text_is_compared_by_what_stands_in_it_once_though_other_lines_repeat():
    """Every second line is the same: looking for the longest block again and again took hours."""
    was = [line for number in range(20_000) for line in (f"step {number}", "fi")]
    now = [line if line == "fi" or number % 100 else f"{line}0" for number, line in enumerate(was)]

    lines = text("script", "\n".join(was), "\n".join(now))

    assert [line for line in lines if line.lstrip()[0] in "-+"][:2] == ["    - step 0", "    + step 00"]
    assert len(lines) == 1 + len(was) + 400
    other = text("script", "\n".join(was), "\n".join(line.replace("step", "do") for line in was))
    assert {"    - step 7", "    + do 7"} <= {*other}
