"""Teams over the sandbox: members one by one, and teams above teams."""

from __future__ import annotations

import pytest

from pdslack_cli.engine.change import Action
from pdslack_cli.errors import ConfigError
from tests.kinds.pagerduty.account import file

PEOPLE = "people: {maya: maya@acme.example, tom: tom@acme.example}\n"
WHOLE = PEOPLE + "teams: {crew: {members: {responder: [maya, tom]}}}"


def roles(account) -> dict[str, str]:
    (team,) = (each for each in account.pagerduty.list("/teams", "teams") if each["name"] == "crew")
    listed = account.pagerduty.list(f"/teams/{team['id']}/members", "members")
    return {each["user"]["summary"]: each["role"] for each in listed}


@pytest.mark.slow
def test_members_of_a_team_that_is_not_exact_are_only_added_or_given_another_role(account):
    account.seed(file(WHOLE))
    account.made(file(WHOLE))
    wanted = file(PEOPLE + "teams: {crew: {exact: false, members: {manager: [tom]}}}")
    (change,) = account.plan(wanted).changes
    assert change.fields == ("members",)
    account.made(wanted)
    assert sorted(roles(account).values()) == ["manager", "responder"]
    assert account.plan(file(PEOPLE + "teams: {crew: {exact: false, members: {}}}")).changes == ()


def test_a_team_goes_after_the_teams_below_it(account):
    below = "teams: {top: {}, middle: {parent: top}, low: {parent: middle}}"
    account.made(file(below))
    account.forget_calls()
    account.made(file("teams: {low: {parent: null}}"))
    steps = [call.method for call in account.sandbox.calls if call.method in {"PUT", "DELETE"}]
    assert steps == ["PUT", "DELETE", "DELETE"]
    (low,) = account.pagerduty.list("/teams", "teams")
    assert (low["name"], low["parent"]) == ("low", None)


def test_a_hierarchy_can_be_turned_round(account):
    account.made(file("teams: {top: {}, low: {parent: top}}"))
    turned = file("teams: {top: {parent: low}, low: {parent: null}}")
    assert {change.action for change in account.plan(turned).changes} == {Action.UPDATE}
    account.made(turned)


@pytest.mark.parametrize(
    ("teams", "message"),
    [
        ("{a: {parent: a}}", "in a cycle: team/a → team/a"),
        ("{a: {parent: b}, b: {parent: c}, c: {parent: a}}", "in a cycle: team/a → team/b → team/c → team/a"),
        ("{a: {exact: false}}", "needs `members`"),
    ],
)
def test_what_no_team_can_be(teams, message):
    with pytest.raises(ConfigError) as refused:
        file(f"teams: {teams}")
    assert message in str([problem.message for problem in refused.value.problems])
