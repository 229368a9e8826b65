"""People whom PagerDuty refuses in a team, or may refuse in a policy, are told by the plan."""

from __future__ import annotations

from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

HEAD = "owner: acme\npeople: {ana: ana@acme.example, bo: bo@acme.example}\n"


def planned(runner: Runner, text: str):
    wanted = stack(HEAD + text)
    runner.seed(wanted)
    return runner.judged(wanted)


def test_a_reader_is_let_into_no_team():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(HEAD))
        (bo,) = sandbox.store.find("pagerduty.user", email="bo@acme.example")
        sandbox.store.replace("pagerduty.user", bo["id"], {**bo, "role": "read_only_user"})

        plan = planned(runner, "teams: {t: {members: {observer: [ana, bo]}}}")

        (problem,) = plan.problems
        assert problem.message.startswith("team/t: person/bo has the role read_only_user")


def test_people_of_a_policy_whose_team_is_new_and_empty_are_warned_of():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        text = "teams: {t: {}}\nescalation_policies: {p: {team: t, levels: [{notify: [person/bo]}]}}"

        plan = planned(runner, text)

        assert plan.problems == ()
        assert [change.ref.key for change in plan.changes if change.warnings] == ["p"]
        runner.carry_out(plan, stack(HEAD + text))
        assert [change for change in planned(runner, text).changes if change.warnings] == []
