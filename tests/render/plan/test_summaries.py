"""The summary lines: that all matches is said where it is true, and what was done is counted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pdslack_cli.engine.apply import Report, Result, StepOutcome
from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.engine.order import Phase, PlanStep
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.kinds import KIND_NAMED
from pdslack_cli.model import Live, OwnershipMark, Ref
from pdslack_cli.render.output.console import as_text
from pdslack_cli.render.plan.as_json import plan_json
from pdslack_cli.render.plan.as_markdown import plan_markdown
from pdslack_cli.render.plan.shown import ShownPlan
from pdslack_cli.render.plan.text import print_plan
from pdslack_cli.render.plan.wording import is_archived, matches, sentence, summary
from pdslack_cli.render.report.text import apply_summary, result_line
from tests.support.factories import live_state, live_team, stack

MATCHES = "No changes. PagerDuty and Slack match the files."
TEAM = "owner: acme\nteams: {payments: {name: Payments}}"
NONE = "owner: acme\nteams: {}"
OURS = live_team(description="[pdslack:acme/payments]")
RAW = {
    "id": "C1", "name": "war", "creator": "B", "is_private": False,
    "purpose": {"value": ""}, "topic": {"value": ""},
}  # fmt: skip
CHANNEL = Live("channel", "C1", "war", RAW, OwnershipMark("acme", "war"), retired=True)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        pytest.param(lambda: make_plan(stack(TEAM), live_state(OURS)), MATCHES, id="all as the files say"),
        pytest.param(
            lambda: make_plan(stack(TEAM), live_state(live_team())),
            "No changes are planned because of the problems.",
            id="a problem",
        ),
        pytest.param(
            lambda: make_plan(stack(NONE), live_state(OURS), delete=False),
            "No other changes. Left out by --no-delete: a removal (team/payments).",
            id="a delete left out",
        ),
        pytest.param(
            lambda: make_plan(stack(TEAM), live_state(OURS), only=[Ref("team", "payments")]),
            "No changes to what --only names.",
            id="narrowed",
        ),
        pytest.param(
            lambda: make_plan(
                stack("owner: acme\nteams: {payments: {name: Payments}, a: {}, b: {}}"),
                live_state(OURS),
                only=[Ref("team", "payments")],
            ),
            "No changes to what --only names. Left out by --only: 2 changes (team/a, team/b).",
            id="narrowed, with changes elsewhere",
        ),
        pytest.param(
            lambda: make_plan(stack("owner: acme"), live_state(OURS)),
            "No changes to what the files name. Left behind: team/payments.",
            id="an object of ours without its section",
        ),
        pytest.param(
            lambda: make_plan(stack("owner: acme"), live_state(replace(OURS, name="Other"))),
            "No changes to what the files name. Left behind: team/payments.",
            id="one that may be a copy",
        ),
        pytest.param(
            lambda: replace(make_plan(stack(TEAM), live_state(OURS)), unread=frozenset({"slack_app"})),
            "No changes to what could be read.",
            id="something that could not be read",
        ),
        pytest.param(
            lambda: plan_destroy(stack(NONE), live_state()),
            "Nothing to destroy: no active object carries the owner's mark.",
            id="destroy",
        ),
    ],
)
def test_that_all_matches_is_said_only_where_it_is_true(plan, expected):
    made = plan()

    assert summary(made).startswith(expected)
    assert matches(made) == (expected == MATCHES)
    assert json.loads(json.dumps(plan_json(made)))["matches"] == (expected == MATCHES)
    for shown in (
        as_text(lambda console: print_plan(ShownPlan.of(made), console)),
        plan_markdown(ShownPlan.of(made)),
    ):
        assert expected in shown
        assert (MATCHES in shown) == (expected == MATCHES)


def test_a_channel_that_was_archived_by_hand_is_no_match():
    wanted = stack("owner: acme\nslack: {workspace: T0ACME}\nchannels: {war: {}}")
    made = make_plan(wanted, live_state(CHANNEL))
    assert made.problems
    assert not matches(made)


def change(action: Action, kind: str = "team", fields: tuple[str, ...] = ()) -> Change:
    return Change(
        Ref(kind, action.name.lower()), action, KIND_NAMED[kind], fields=fields, read_at=datetime.now(UTC)
    )  # type: ignore[arg-type]


def report(*results: tuple[Change, Phase, StepOutcome]) -> Report:
    return Report(tuple(Result(PlanStep(change, phase), outcome) for change, phase, outcome in results))


ADOPTED = change(Action.ADOPT, fields=("description",))
REPLACED = change(Action.REPLACE, "webhook")


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        pytest.param(
            [(ADOPTED, Phase.GROW, StepOutcome.DONE)],
            "Apply complete! Resources: 1 imported, 0 added, 1 changed, 0 destroyed.",
            id="an adoption that updates",
        ),
        pytest.param(
            [(REPLACED, Phase.GROW, StepOutcome.DONE), (REPLACED, Phase.REMOVE, StepOutcome.FAILED)],
            "Apply incomplete. Resources: 1 added, 0 changed, 0 destroyed.",
            id="half of a replacement",
        ),
        pytest.param(
            [
                (change(Action.DELETE, "channel"), Phase.REMOVE, StepOutcome.DONE),
                (change(Action.DELETE), Phase.REMOVE, StepOutcome.DONE),
                (change(Action.UPDATE), Phase.GROW, StepOutcome.FAILED),
            ],
            "Apply incomplete. Resources: 0 added, 0 changed, 1 destroyed, 1 archived.",
            id="an archived channel, and a failure",
        ),
    ],
)
def test_an_apply_counts_what_was_done_in_the_words_of_its_plan(done, expected):
    assert apply_summary(report(*done)) == expected


def test_a_channel_is_archived_not_destroyed_in_every_format():
    gone = change(Action.DELETE, "channel")
    live = Live("channel", "C1", "war", RAW)
    made = Plan("acme", (replace(gone, live=live),))

    assert is_archived(gone)
    assert sentence(gone) == "will be archived"
    assert result_line(Result(PlanStep(gone, Phase.REMOVE), StepOutcome.DONE)) == "channel/delete: Archived"
    for shown in (
        as_text(lambda console: print_plan(ShownPlan.of(made), console)),
        plan_markdown(ShownPlan.of(made)),
    ):
        assert "will be archived" in shown
        assert "0 to destroy, 1 to archive." in shown
        assert "will be destroyed" not in shown
    document = plan_json(made)
    assert (document["change_summary"]["remove"], document["change_summary"]["archive"]) == (0, 1)
    assert document["resource_changes"][0]["action_reason"] == "archive_because_no_resource_config"
