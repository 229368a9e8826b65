"""`adopt --from`: the mark of the owner before tells which object an entry means, where its name does not."""

from __future__ import annotations

import pytest

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.marking import plan_adopt
from pdslack_cli.model import Live
from tests.config.plain import dump
from tests.kinds.examples import WORLD
from tests.kinds.laws.test_every_kind import in_two_worlds, runner, settle
from tests.kinds.laws.test_every_mark import (
    FIXED,
    MARKED,
    RENAMED,
    another_name,
    applied,
    entry_of,
    make_others,
    only_another_name,
    only_lives,
    ref_of,
)
from tests.support.factories import live_state, live_team, mark, stack

__all__ = ["runner"]


def file_of_others(kinds, **changes) -> Stack:
    """The same entries in a file of another owner; `changes` by the name of the kind."""
    file = {**WORLD, "owner": "others"}
    for kind in kinds:
        entry = {**entry_of(kind), **changes.get(kind.name, {})}
        file[kind.section] = {**WORLD.get(kind.section, {}), "one": entry}
    return stack(dump(file))


def assert_taken_over(runner, kinds, wanted: Stack, lives: list[Live]) -> None:
    """These very objects are taken over, and an apply goes on with them."""
    plan = plan_adopt(wanted, read_live(wanted, runner.clients(wanted)), ["*/*"], from_owner="payments")
    assert plan.problems == ()
    adopted = {change.ref: change.live.id for change in plan.changes if change.action is Action.ADOPT}
    assert {kind.name: adopted.get(ref_of(kind)) for kind in kinds} == {live.kind: live.id for live in lives}
    assert runner.carry_out(plan, wanted).complete
    settle(runner, wanted)
    id_index = runner.plan(wanted).id_index
    assert {kind.name: id_index.id(ref_of(kind)) for kind in kinds} == {live.kind: live.id for live in lives}


@pytest.mark.slow
@in_two_worlds(set(RENAMED) - set(FIXED))
def test_what_was_renamed_by_hand_is_taken_over(kinds, runner):
    renamed = only_another_name(kinds, runner)

    assert_taken_over(runner, kinds, file_of_others(kinds), renamed)


@pytest.mark.slow
@in_two_worlds(set(RENAMED) - set(FIXED))
def test_what_the_new_file_renames_is_taken_over(kinds, runner):
    applied(kinds, runner)
    names = {kind.name: {kind.named_by: another_name(kind)} for kind in kinds}

    assert_taken_over(runner, kinds, file_of_others(kinds, **names), only_lives(kinds, runner))


@pytest.mark.slow
@in_two_worlds(MARKED)
def test_the_original_is_taken_over_and_not_its_copy(kinds, runner):
    applied(kinds, runner)
    originals = only_lives(kinds, runner)
    make_others(kinds, runner, copies=True)

    assert_taken_over(runner, kinds, file_of_others(kinds), originals)


OPS = "owner: acme\nteams: {ops: {name: Ops}}"


@pytest.mark.parametrize(
    ("lives", "taken"),
    [
        pytest.param(
            [live_team("PA", "Ops", mark("old/other", "Ops")), live_team("PB", "B", mark("old/ops", "B"))],
            "PA",
            id="that of the name before that of the key",
        ),
        pytest.param(
            [live_team("PA", "Ops"), live_team("PB", "B", mark("old/ops", "B"))],
            "PB",
            id="that of the key before what nobody marked",
        ),
        pytest.param(
            [live_team("PA", "A", mark("old/ops", "B")), live_team("PB", "B", mark("old/ops", "B"))],
            "PB",
            id="of those of the key, the one whose name fits",
        ),
        pytest.param(
            [live_team("PA", "A", mark("else/ops", "A"))], "", id="none where another owner marked it"
        ),
    ],
)
def test_object_that_is_taken_over(lives, taken):
    plan = plan_adopt(stack(OPS), live_state(*lives), ["team/ops"], from_owner="old")

    assert [change.live.id for change in plan.changes] == ([taken] if taken else [])


def test_several_that_could_be_meant_are_told():
    unfit = [live_team(f"P{name}", name, mark("old/ops", "Before")) for name in "AB"]

    (problem,) = plan_adopt(stack(OPS), live_state(*unfit), ["team/ops"], from_owner="old").problems

    assert "PA" in problem.message
    assert "PB" in problem.message
    assert "`id:`" in problem.hint
