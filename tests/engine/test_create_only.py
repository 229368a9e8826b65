"""`create_only`: set when an object is created, and then left to the product."""

from __future__ import annotations

import pytest

from pdslack_cli.engine.change import Action
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.errors import ConfigError
from pdslack_cli.model import Live
from tests.support.factories import live_person, live_state, live_team, mark, stack

TEAM = """
    owner: acme
    teams:
      payments: {name: Payments, description: Takes money, create_only: [description]}
"""
MARKED = "Their own words\n\n[pdslack:acme/payments]"


@pytest.mark.parametrize(
    ("lives", "options", "expected"),
    [
        pytest.param([], {}, [(Action.CREATE, ("name", "description"))], id="absent: set"),
        pytest.param([live_team(description=MARKED)], {}, [], id="another text: left alone"),
        pytest.param(
            [live_team(name="Old", description=MARKED)],
            {},
            [(Action.UPDATE, ("name",))],
            id="the rest is ours",
        ),
        pytest.param(
            [live_team(description="Their own words")],
            {"adopt": True},
            [(Action.ADOPT, ())],
            id="adopted: left alone",
        ),
    ],
)
def test_fields_of_an_object_that_exists_are_left_alone(
    lives: list[Live], options: dict[str, bool], expected: list[tuple[Action, tuple[str, ...]]]
) -> None:
    plan = make_plan(stack(TEAM), live_state(*lives), **options)
    assert plan.problems == ()
    assert [(change.action, change.fields) for change in plan.changes] == expected


def test_an_update_keeps_what_is_left_alone() -> None:
    (change,) = make_plan(stack(TEAM), live_state(live_team(name="Old", description=MARKED))).changes
    assert change.after is not None
    assert change.after_content == {"name": "Payments", "description": "Their own words"}


def test_a_schedule_may_leave_its_layers_alone() -> None:
    text = """
        owner: acme
        people: {maya: maya@acme.example}
        schedules:
          primary:
            time_zone: Etc/UTC
            layers: [{start: 2026-01-05T09:00:00, rotate: 1 week, people: [maya]}]
            create_only: [layers]
    """
    raw = {
        "id": "PSCHED1",
        "name": "primary",
        "time_zone": "Etc/UTC",
        "description": mark("acme/primary"),
        "teams": [],
        "schedule_layers": [],
    }
    wanted = stack(text)
    live = next(iter(wanted.wanted.values())).kind.live(raw)
    plan = make_plan(wanted, live_state(live_person("PMAYA", "maya@acme.example"), live))
    assert (plan.problems, plan.changes) == ((), ())


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("descripton", "unknown field 'descripton' (did you mean 'description'?)", id="misspelt"),
        pytest.param(
            "protect",
            "unknown field 'protect' (valid fields are default_role, description, ",
            id="about the entry",
        ),
    ],
)
def test_only_fields_of_the_object_can_be_left_alone(word: str, expected: str) -> None:
    with pytest.raises(ConfigError) as raised:
        stack(f"owner: acme\nteams:\n  payments: {{create_only: [name, {word}]}}\n")
    (problem,) = raised.value.problems
    assert str(problem).partition(":3:34: ")[2].startswith(f"create_only: {expected}")
