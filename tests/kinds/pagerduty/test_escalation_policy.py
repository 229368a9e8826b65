"""Escalation policies, over the sandbox's PagerDuty."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from pdslack_cli.errors import ConfigError, ProblemsError
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.escalation_policy import EscalationPolicies, Level
from pdslack_cli.model import Ref
from tests.support.factories import stack

HEAD = """
owner: payments
people: {maya: maya@acme.example, tom: tom@acme.example}
teams: {payments: {members: {responder: [maya, tom]}}}
escalation_policies:
"""
PLAIN = "notify: [person/maya], escalate_after: 15m"
PATH = "/escalation_policies"


def policy(*levels: str, fields: str = "name: On call"):
    said = ", ".join(f"{{{level}}}" for level in levels)
    return stack(f"{HEAD}  on-call: {{{fields}, levels: [{said}]}}\n")


@pytest.fixture
def people(account):
    account.seed(policy(PLAIN))
    return account


def live(account, **params):
    found = account.pagerduty.list(PATH, "escalation_policies", **params)
    return next(each for each in found if each["name"] == "On call")


def asked_for_strategies(account):
    """For each list of policies since the last `forget_calls`, whether it asked for their strategies."""
    lists = [call for call in account.sandbox.calls if call.path == PATH and call.method == "GET"]
    return ["strategies" in call.query for call in lists]


@pytest.mark.parametrize(
    ("levels", "fields", "message"),
    [
        pytest.param(["notify: []"], "name: A", "at least one is required", id="nobody"),
        pytest.param(["notify: [maya]"], "name: A", "'maya' is not a reference", id="of which kind"),
        pytest.param(
            ["notify: [person/maya], escalate_after: 30s"], "name: A", "out of range", id="too soon"
        ),
        pytest.param(
            ["notify: [person/maya], escalate_after: 90s"], "name: A", "is not a multiple of 1m", id="seconds"
        ),
        pytest.param([PLAIN], "name: 'A & B'", "'A & B' is not a valid name", id="name"),
        pytest.param([PLAIN], "repeat: 10", "repeat", id="repeat"),
        pytest.param([], "name: A", "levels", id="no level"),
    ],
)
def test_a_policy_that_pagerduty_would_refuse_is_a_problem(levels, fields, message):
    with pytest.raises(ConfigError) as caught:
        policy(*levels, fields=fields)
    (problem,) = caught.value.problems
    assert message in f"{problem.message} ({problem.hint})"


def test_a_level_notifies_at_most_ten():
    everybody = tuple(Ref("person", f"p{number}") for number in range(11))
    assert len(Level(notify=everybody[:10]).notify) == 10
    with pytest.raises(ValidationError, match="at most 10 are allowed, got 11"):
        Level(notify=everybody)


def test_a_level_is_sent_without_the_strategy_that_is_the_default(people):
    people.made(policy(PLAIN, "notify: [person/tom], escalate_after: 2h"))
    (sent,) = [
        call.request_body for call in people.sandbox.calls if call.method == "POST" and call.path == PATH
    ]
    assert [set(rule) for rule in sent["escalation_policy"]["escalation_rules"]] == [
        {"escalation_delay_in_minutes", "targets"}
    ] * 2
    assert [rule["escalation_delay_in_minutes"] for rule in live(people)["escalation_rules"]] == [15, 120]


@pytest.mark.slow
def test_the_team_is_taken_off(people):
    people.made(policy(PLAIN, fields="name: On call, team: payments"))
    assert [team["summary"] for team in live(people)["teams"]] == ["payments"]
    people.made(policy(PLAIN, fields="name: On call, team: null"))
    assert live(people)["teams"] == []


def test_one_list_tells_the_strategies_too(people):
    people.made(policy(PLAIN))
    people.forget_calls()
    people.plan(policy(PLAIN))
    assert asked_for_strategies(people) == [True]


@pytest.mark.slow
def test_a_strategy_that_the_file_leaves_out_stays_with_its_level(people):
    people.made(policy(f"{PLAIN}, assign: round_robin", fields="name: On call, repeat: 1"))
    people.made(policy(PLAIN, fields="name: On call, repeat: 2"))
    people.made(policy("notify: [person/tom], escalate_after: 5m", PLAIN))
    strategies = {"include[]": ["escalation_rule_assignment_strategies"]}
    rules = live(people, **strategies)["escalation_rules"]
    kinds = [rule["escalation_rule_assignment_strategy"]["type"] for rule in rules]
    assert kinds == ["assign_to_everyone", "round_robin"]


@pytest.mark.slow
def test_round_robin_comes_and_goes(people):
    strategies = {"include[]": ["escalation_rule_assignment_strategies"]}
    people.made(policy(f"{PLAIN}, assign: round_robin"))
    (rule,) = live(people, **strategies)["escalation_rules"]
    assert rule["escalation_rule_assignment_strategy"] == {"type": "round_robin"}
    people.made(policy(f"{PLAIN}, assign: everyone"))
    (rule,) = live(people, **strategies)["escalation_rules"]
    assert rule["escalation_rule_assignment_strategy"] == {"type": "assign_to_everyone"}


def test_round_robin_is_made_in_the_order_of_the_file_and_another_order_is_no_change(people):
    """PagerDuty's answers keep no order of targets (pagerduty.md 4.3): a plan for it would never end."""
    people.made(policy("notify: [person/tom, person/maya], assign: round_robin"))
    (sent,) = (call.sent for call in people.sandbox.calls if (call.method, call.path) == ("POST", PATH))
    (rule,) = json.loads(sent)["escalation_policy"]["escalation_rules"]
    ids = {user["email"]: user["id"] for user in people.pagerduty.list("/users", "users")}
    assert [target["id"] for target in rule["targets"]] == [ids["tom@acme.example"], ids["maya@acme.example"]]

    assert people.plan(policy("notify: [person/maya, person/tom], assign: round_robin")).changes == ()


def test_a_plan_without_round_robin_is_enough_for_everyone_else(people):
    people.take_away("round_robin")
    people.made(policy(f"{PLAIN}, assign: everyone"))


def test_round_robin_on_a_plan_without_it_is_a_problem_before_anything_is_written(people):
    people.take_away("round_robin")
    with pytest.raises(ProblemsError) as caught:
        people.plan(policy(f"{PLAIN}, assign: round_robin"))
    (problem,) = caught.value.problems
    assert problem.message == "this account's plan has no round robin"
    assert "take `assign: round_robin` out" in problem.hint


@pytest.mark.parametrize("type_", ["schedule", "schedule_reference", "schedule_v3_reference"])
def test_a_schedule_stays_the_same_when_pagerduty_upgrades_it(type_):
    kind = EscalationPolicies()
    names = IdIndex({Ref("schedule", "primary"): "PSCHED"})
    rules = [{"escalation_delay_in_minutes": 5, "targets": [{"id": "PSCHED", "type": type_}]}]
    decoded = kind.decode(kind.live({"id": "PEP", "name": "On call", "escalation_rules": rules}), names)
    assert decoded.levels[0].notify == (Ref("schedule", "primary"),)


def test_a_level_with_an_upgraded_schedule_is_written_back_as_it_was_read(people):
    """PagerDuty upgrades a schedule in place: the policy names it by another type from then on."""
    people.made(policy(PLAIN))
    (stored,) = (
        raw for raw in people.sandbox.store.all("pagerduty.escalation_policy") if raw["name"] == "On call"
    )
    upgraded = {"id": "PV3SCHED", "type": "schedule_v3_reference"}
    stored["escalation_rules"][0]["targets"] = [upgraded]
    people.sandbox.store.replace("pagerduty.escalation_policy", stored["id"], stored)

    answered = live(people)
    people.pagerduty.update(f"{PATH}/{stored['id']}", {"escalation_policy": dict(answered)})

    (rule,) = live(people)["escalation_rules"]
    assert [(target["id"], target["type"]) for target in rule["targets"]] == [tuple(upgraded.values())]
