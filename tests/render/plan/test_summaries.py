"""The summary lines: that all matches is said where it is true, and what was done is counted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.engine.order import Phase, PlanStep
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.report import Report, Result, StepOutcome
from pdslack_cli.kinds import KIND_NAMED, MANAGED_NAMED
from pdslack_cli.model import Live, OwnershipMark, Ref
from pdslack_cli.render.output.console import as_text
from pdslack_cli.render.plan.as_json import plan_json
from pdslack_cli.render.plan.as_markdown import plan_markdown
from pdslack_cli.render.plan.shown import ShownPlan
from pdslack_cli.render.plan.text import print_plan
from pdslack_cli.render.plan.wording import matches, meaning, sentence, summary, tally
from pdslack_cli.render.report.as_json_lines import plan_events, report_events
from pdslack_cli.render.report.as_markdown import report_markdown
from pdslack_cli.render.report.text import apply_summary, report_json, result_line
from tests.support.factories import live_state, live_team, stack

MATCHES = "No changes. PagerDuty and Slack match the files."
TEAM = "owner: acme\nteams: {payments: {name: Payments}}"
NONE = "owner: acme\nteams: {}"
OURS = live_team(description="[pdslack:acme/payments]")
PROTECTED = live_team(description=str(OwnershipMark.bound("acme", "payments", "Payments", protected=True)))
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
        pytest.param(
            lambda: plan_destroy(stack(NONE), live_state(replace(OURS, name="Other"))),
            "Nothing to destroy. Left behind: team/payments.",
            id="destroy, beside one that may be a copy",
        ),
        pytest.param(
            lambda: plan_destroy(stack(NONE), live_state(PROTECTED)),
            "Nothing to destroy. Left behind: team/payments.",
            id="destroy, beside a protected one",
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


RETIRED = {"channel": "archive", "user_group": "disable", "incident_type": "disable"}


@pytest.mark.parametrize("kind", MANAGED_NAMED)
def test_what_can_be_brought_back_is_not_destroyed_in_any_format(kind):
    gone = change(Action.DELETE, kind)
    made = Plan("acme", (replace(gone, live=Live(kind, "X1", "war", RAW)),))
    verb = RETIRED.get(kind, "destroy")
    done = "destroyed" if verb == "destroy" else f"{verb}d"

    assert sentence(gone) == f"will be {done}"
    assert meaning(gone).startswith(verb)
    line = result_line(Result(PlanStep(gone, Phase.REMOVE), StepOutcome.DONE))
    assert line == f"{kind}/delete: {'Destruction complete' if verb == 'destroy' else done.capitalize()}"
    for shown in (
        as_text(lambda console: print_plan(ShownPlan.of(made), console)),
        plan_markdown(ShownPlan.of(made)),
    ):
        assert f"will be {done}" in shown
        assert f" 1 to {verb}." in shown
        assert ("will be destroyed" in shown) == (verb == "destroy")
    reason = plan_json(made)["resource_changes"][0]["action_reason"]
    assert reason == f"{'delete' if verb == 'destroy' else verb}_because_no_resource_config"


ONE_OF_EACH = [
    *(change(action) for action in Action if action is not Action.REPLACE),
    *(change(Action.DELETE, kind) for kind in RETIRED),
    replace(ADOPTED, after=KIND_NAMED["team"].spec(name="a", description="Words")),
    REPLACED,
]


@pytest.mark.parametrize("changes", [[one] for one in ONE_OF_EACH] + [ONE_OF_EACH], ids=len)
def test_all_formats_count_alike_before_and_after(changes):
    made = Plan("acme", tuple(changes))
    shown = ShownPlan.of(replace(made, changes=()))
    shown = shown.model_copy(update={"summary": summary(made), "tally": tally(made.changes)})
    phases = [(one, phase) for one in changes for phase in (Phase.GROW, Phase.REMOVE)]
    ended = report(*((one, phase, StepOutcome.DONE) for one, phase in phases))
    counted = plan_json(made)["change_summary"]

    def in_words(*words: str) -> str:
        named = zip(("import", "add", "change", "remove", "archive", "disable"), words, strict=True)
        always = ("add", "change", "remove")
        return ", ".join(f"{counted[name]} {word}" for name, word in named if counted[name] or name in always)

    planned = in_words("to import", "to add", "to change", "to destroy", "to archive", "to disable")
    done = in_words("imported", "added", "changed", "destroyed", "archived", "disabled")
    assert summary(made).startswith(f"Plan: {planned}. (")
    assert f"**Plan: {planned}. (" in plan_markdown(shown)
    assert apply_summary(ended) == f"Apply complete! Resources: {done}."
    assert apply_summary(ended) in report_markdown(ended, "acme", destroying=False)
    assert report_json(ended, destroying=False)["change_summary"] == counted
    for events, operation in (
        (plan_events(shown), "plan"),
        (report_events(ended, destroying=False), "apply"),
    ):
        (*_, last) = events
        assert last["changes"] == {**counted, "operation": operation}
