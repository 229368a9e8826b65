"""A policy in which nobody is on call at times: told with the gap, unless a level or a layer fills it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pdslack_cli.analysis.lints import lint_stack
from tests.support.factories import stack

HEAD = "owner: acme\npeople: {ada: ada@acme.example}\n"
LAYER = "{start: 2026-01-05T09:00:00, rotate: 1 week, people: [ada]"


NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def gaps(layers: str, levels: str = "[{notify: [schedule/s]}]", rest: str = "") -> list[str]:
    text = HEAD + (
        f"schedules: {{s: {{time_zone: Europe/Berlin, layers: [{layers}]}}}}\n"
        f"escalation_policies: {{ep: {{levels: {levels}{rest}}}}}\n"
    )
    return [problem.message for problem in lint_stack(stack(text), NOW) if problem.lint == "coverage-gap"]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (
            '{days: mon-fri, from: "09:00", to: "17:00"}',
            "128 hours a week, first from Mon 17:00 to Tue 09:00, the longest from Fri 17:00 to Mon 09:00",
        ),
        ('{from: "09:00", to: "17:00"}', "112 hours a week, first from Mon 17:00 to Tue 09:00"),
        ('{from: "00:00", to: "23:30"}', "3.5 hours a week, first from Mon 23:30 to Tue 00:00"),
        ("{from: mon 00:00, to: sun 12:00}", "12 hours a week, first from Sun 12:00 to Mon 00:00"),
    ],
)
def test_the_first_gap_the_longest_and_the_hours_of_all_are_told(only, expected):
    assert gaps(f"{LAYER}, only: [{only}]}}") == [
        f"escalation_policy/ep: nobody is on call {expected}, Europe/Berlin"
    ]


def test_a_layer_that_ends_in_the_coming_days_leaves_a_gap():
    ending = "{start: 2026-01-05T09:00:00, rotate: 1 week, people: [ada], end: 2026-12-10T09:00:00}"
    following = "{start: 2026-12-11T09:00:00, rotate: 1 week, people: [ada], end: 2027-12-10T09:00:00}"
    assert gaps(f"{ending}, {following}") == [
        "escalation_policy/ep: nobody is on call 24 hours in the coming 14 days, "
        "first from Thu 2026-12-10 09:00 to Fri 2026-12-11 09:00, Europe/Berlin"
    ]
    override = "overrides: [{from: 2026-12-10T09:00:00, to: 2026-12-11T09:00:00, who: ada}]"
    assert gaps(f"{ending}, {following}], {override}, teams: [") == []


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        pytest.param(
            "",
            "336 hours in the coming 14 days, first from Tue 2026-12-01 13:00 to Tue 2026-12-15 13:00",
            id="none",
        ),
        pytest.param(
            "{start: 2026-12-03T13:00:00, rotate: 1 week, people: [ada]}",
            "48 hours in the coming 14 days, first from Tue 2026-12-01 13:00 to Thu 2026-12-03 13:00",
            id="later",
        ),
    ],
)
def test_layers_that_are_not_there_yet_leave_a_gap(layers, expected):
    assert gaps(layers) == [f"escalation_policy/ep: nobody is on call {expected}, Europe/Berlin"]


@pytest.mark.parametrize(
    ("layers", "levels", "rest"),
    [
        pytest.param(f"{LAYER}}}", "[{notify: [schedule/s]}]", "", id="always"),
        pytest.param(
            f'{LAYER}, only: [{{from: "09:00", to: "17:00"}}]}}, '
            f'{LAYER}, only: [{{from: "17:00", to: "09:00"}}]}}',
            "[{notify: [schedule/s]}]",
            "",
            id="two layers",
        ),
        pytest.param(
            f'{LAYER}, only: [{{from: "09:00", to: "17:00"}}]}}',
            "[{notify: [schedule/s]}, {notify: [person/ada]}]",
            "",
            id="a last level with a person",
        ),
        pytest.param(
            f'{LAYER}, only: [{{from: "09:00", to: "17:00"}}]}}',
            "[{notify: [schedule/s]}]",
            ", ignore: [coverage-gap]",
            id="switched off",
        ),
    ],
)
def test_nothing_is_told_where_somebody_is_on_call_or_it_is_meant(layers, levels, rest):
    assert gaps(layers, levels, rest) == []


def test_a_schedule_that_is_only_looked_up_may_have_anybody():
    text = (
        HEAD
        + "schedules: {s: {lookup: true}}\nescalation_policies: {ep: {levels: [{notify: [schedule/s]}]}}\n"
    )
    assert lint_stack(stack(text)) == ()
