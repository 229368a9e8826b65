"""A user group adds its members to its channels: an `exact` channel that lacks them is warned of."""

from __future__ import annotations

import pytest

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

STACK = """
owner: acme
slack: {{workspace: T0ACME}}
people: {{ana: ana@acme.example, bo: bo@acme.example}}
teams: {{t: {{members: {{manager: [bo]}}}}}}
channels: {{c: {{members: [{members}], exact: {exact}}}}}
user_groups: {{g: {{members: [ana, team/t], channels: [c]}}}}
"""


@pytest.mark.parametrize(
    ("members", "exact", "expected"),
    [
        pytest.param("ana", "true", ["Slack adds bo to channel/c, which is `exact` and removes them again"]),
        pytest.param("ana, bo", "true", []),
        pytest.param("ana", "false", []),
    ],
)
def test_members_that_an_exact_channel_lacks_are_warned_of(members, exact, expected):
    found = lint_stack(stack(STACK.format(members=members, exact=exact)))
    assert [problem.message for problem in found if "exact" in problem.message] == expected


def test_a_group_may_be_a_member_of_its_own_channel():
    wanted = stack(STACK.format(members="user_group/g", exact="true"))
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        assert runner.apply(wanted).complete
        plan = make_plan(wanted, runner.read(wanted, runner.clients(wanted)))
    assert (plan.problems, plan.changes) == ((), ())
