"""Objects outside of the stack: known by id, so that two of one name never change places."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

KINDS = Path(__file__).parents[3] / "pdslack_cli" / "kinds"
HEAD = "owner: acme\npeople: {maya: maya@acme.example}\n"


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(HEAD))
        yield runner


def namesakes(clients) -> list[str]:
    """The ids of two people of one name whom no file mentions."""
    users = [
        {"user": {"type": "user", "name": "John Smith", "email": f"john.{letter}@acme.example"}}
        for letter in "ab"
    ]
    return [
        clients.pagerduty.create("/users", user, sender="admin@sandbox.example")["user"]["id"]
        for user in users
    ]


def test_members_of_one_name_are_shown_apart_and_removed(runner):
    wanted = stack(HEAD + "teams: {t: {members: {responder: [maya]}}}")
    assert runner.apply(wanted).complete
    clients = runner.clients(wanted)
    (team,) = clients.pagerduty.list("/teams", "teams")
    ids = namesakes(clients)
    for id_ in ids:
        clients.pagerduty.update(f"/teams/{team['id']}/users/{id_}", {"role": "responder"})

    (change,) = runner.plan(wanted).changes

    assert set(change.before_content["members"]["responder"]) - {"maya"} == {
        f"John Smith {id_} (not in the stack)" for id_ in ids
    }
    assert runner.carry_out(runner.plan(wanted), wanted).complete
    assert runner.plan(wanted).changes == ()


def test_targets_of_one_name_keep_their_places(runner):
    def wanted(repeat):
        levels = "create_only: [levels], levels: [{notify: [person/maya]}]"
        return stack(HEAD + f"escalation_policies: {{p: {{repeat: {repeat}, {levels}}}}}")

    assert runner.apply(wanted(1)).complete
    clients = runner.clients(wanted(1))
    (policy,) = clients.pagerduty.list("/escalation_policies", "escalation_policies")
    rules = [
        {"escalation_delay_in_minutes": 10, "targets": [{"id": id_, "type": "user_reference"}]}
        for id_ in namesakes(clients)
    ]
    body = {"type": "escalation_policy", "name": policy["name"], "escalation_rules": rules}
    clients.pagerduty.update(f"/escalation_policies/{policy['id']}", {"escalation_policy": body})

    assert runner.apply(wanted(2)).complete

    (policy,) = clients.pagerduty.list("/escalation_policies", "escalation_policies")
    targets = [rule["targets"][0]["id"] for rule in policy["escalation_rules"]]
    assert targets == [rule["targets"][0]["id"] for rule in rules]


@pytest.mark.slow
def test_only_what_a_file_says_is_validated():
    """These read the file (the last two: a mapping in it); everything else may meet what a vendor has."""
    validating = {
        (path.name, function.name)
        for path in KINDS.rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and node.attr in {"model_validate", "validate_python"}
    }

    assert {name for _, name in validating} <= {"entries", "pairs", "_ordered"}, validating
