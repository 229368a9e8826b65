"""Adopt and release write the mark and nothing else; from one owner's file to another's, too."""

from __future__ import annotations

from functools import partial

import pytest

from pdslack_cli.engine.change import Action
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.marking import plan_adopt, plan_release, plan_rotate
from pdslack_cli.sandbox.server import Sandbox
from tests.support.census import ANNOUNCEMENTS, documents
from tests.support.factories import mark, stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow_after(2)

FILE = """
    owner: {owner}
    slack: {{workspace: T0SANDBOX}}
    teams: {{payments: {{name: Payments, description: Takes money}}}}
    schedules:
      primary:
        time_zone: Europe/Berlin
        layers: [{{name: All, start: "2026-01-05T09:00:00", rotate: 1 week, people: [maya]}}]
    people: {{maya: maya@acme.example}}
    channels: {{payments: {{purpose: Incidents}}}}
"""
MARKED = ("description", "purpose")


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        mine = stack(FILE.format(owner="mine"))
        runner.seed(mine)
        assert runner.apply(mine).complete
        yield runner


def without_marks(sandbox):
    """Everything there is, the marks taken out."""
    kept = {}
    for key, document in documents(sandbox).items():
        if key[0].split(".")[-1] in {"team", "schedule", "channel"}:
            document = {name: value for name, value in document.items() if name not in {*MARKED, "updated"}}
        if key[0] != ANNOUNCEMENTS and not key[0].startswith("sandbox."):
            kept[key] = document
    return kept


def marks(runner) -> set[str]:
    texts = [
        text["value"] if isinstance(text, dict) else text
        for (kind, _), document in documents(runner.sandbox).items()
        if kind != ANNOUNCEMENTS
        for text in (document.get("description"), document.get("purpose"))
        if text
    ]
    return {
        text[text.index("[pdslack:") :] for text in texts if isinstance(text, str) and "[pdslack:" in text
    }


def test_release_takes_the_mark_off_and_changes_nothing_else(runner):
    mine = stack(FILE.format(owner="mine"))
    before = without_marks(runner.sandbox)
    clients = runner.clients(mine)

    plan = plan_release(mine, read_live(mine, clients), ["team/*", "schedule/primary"])

    assert [change.action for change in plan.changes] == [Action.RELEASE] * 2
    assert runner.carry_out(plan, mine).complete
    assert marks(runner) == {mark("mine/payments")}  # the channel's
    assert without_marks(runner.sandbox) == before


@pytest.mark.slow
def test_adopt_puts_the_mark_on_and_changes_nothing_else(runner):
    mine = stack(FILE.format(owner="mine"))
    everything = ["team/*", "schedule/*", "channel/*"]
    assert runner.carry_out(
        plan_release(mine, read_live(mine, runner.clients(mine)), everything), mine
    ).complete
    assert marks(runner) == set()
    before = without_marks(runner.sandbox)
    edited = stack(FILE.format(owner="mine").replace("Takes money", "Other words"))

    plan = plan_adopt(edited, read_live(edited, runner.clients(edited)), ["team/*", "schedule/*"])

    assert [(change.action, change.fields) for change in plan.changes] == [(Action.ADOPT, ())] * 2
    assert runner.carry_out(plan, edited).complete
    assert marks(runner) == {mark("mine/payments", "Payments"), mark("mine/primary")}
    assert without_marks(runner.sandbox) == before


def test_adopt_from_another_owner_moves_the_mark_and_touches_nothing_else(runner):
    theirs = stack(FILE.format(owner="theirs"))
    before = without_marks(runner.sandbox)
    live = read_live(theirs, runner.clients(theirs))

    refused = plan_adopt(theirs, live, ["team/payments"])
    plan = plan_adopt(theirs, live, ["team/payments"], from_owner="mine")

    assert [problem.hint for problem in refused.problems] == ["`--from mine` takes it over"]
    assert runner.carry_out(plan, theirs).complete
    assert marks(runner) == {
        mark("theirs/payments", "Payments"),
        mark("mine/primary"),
        mark("mine/payments"),
    }
    assert without_marks(runner.sandbox) == before


@pytest.mark.parametrize(
    ("make", "pattern", "message"),
    [
        pytest.param(plan_adopt, "team/nothing", "have no entry 'team/nothing'", id="unknown"),
        pytest.param(plan_release, "service/*", "have no entry 'service/*'", id="a pattern of none"),
        pytest.param(plan_rotate, "team/payments", "has no secret", id="nothing to rotate"),
    ],
)
def test_what_cannot_be_is_a_problem(runner, make, pattern, message):
    mine = stack(FILE.format(owner="mine"))

    plan = make(mine, read_live(mine, runner.clients(mine)), [pattern])

    assert plan.changes == ()
    assert [problem for problem in plan.problems if message in problem.message], plan.problems


def test_an_entry_that_left_the_files_is_not_only_taken_for_another_one(runner):
    mine = stack(FILE.format(owner="mine"))

    (problem,) = plan_release(mine, read_live(mine, runner.clients(mine)), ["team/payment"]).problems

    assert problem.hint.startswith("did you mean 'team/payments'? ")
    assert problem.hint.endswith("once its entry is added")


def test_adopting_what_is_ours_already_does_nothing(runner):
    mine = stack(FILE.format(owner="mine"))

    plan = plan_adopt(mine, read_live(mine, runner.clients(mine)), ["*"])

    assert (plan.changes, plan.problems) == ((), ())


@pytest.mark.parametrize(
    ("owner", "make"), [("theirs", partial(plan_adopt, from_owner="mine")), ("mine", plan_release)]
)
def test_what_does_not_exist_yet_keeps_no_pattern_from_the_others(runner, owner, make):
    """A new team, and windows whose time has not come, which no apply would make now either."""
    often = "repeat: {every: 1 week, until: 2090-03-01T00:00:00}"
    wanted = stack(
        FILE.format(owner=owner).replace("teams: {", "teams: {new: {}, ")
        + f"""
    escalation_policies: {{p: {{levels: [{{notify: [person/maya]}}]}}}}
    services: {{s: {{escalation_policy: p}}}}
    maintenance_windows:
      w: {{from: 2090-01-05T09:00:00, to: 2090-01-05T11:00:00, time_zone: UTC, services: [s], {often}}}
    """
    )
    live = read_live(wanted, runner.clients(wanted))

    plan = make(wanted, live, ["*/*"])

    assert plan.problems == ()
    there = {"team/payments", "schedule/primary", "channel/payments"}
    assert {str(change.ref) for change in plan.changes} == there
    assert "team/new does not exist, and is left out" in plan.notices
    (problem,) = make(wanted, live, ["team/new"]).problems
    assert problem.message == "team/new: it does not exist"
