"""A user group adds its members to its channels: an `exact` channel that lacks them is warned of."""

from __future__ import annotations

import pytest

from pdslack_cli.analysis.lints import lint_stack
from tests.factories import stack

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
