"""What an apply refuses unless it is told twice."""

from __future__ import annotations

import pytest

from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.refusals.deletes import too_many_deletes
from pdslack_cli.engine.refusals.incidents import open_incidents
from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import live_state, live_team, stack
from tests.support.runs import Runner


def teams(count: int) -> list:
    return [live_team(f"PTEAM{n}", f"Team {n}", f"[pdslack:acme/team-{n}]") for n in range(count)]


def keeping(count: int) -> str:
    """A file that wants the first `count` of these teams."""
    if not count:
        return "owner: acme\nteams: {}"
    return "owner: acme\nteams:\n" + "".join(f"  team-{n}: {{name: Team {n}}}\n" for n in range(count))


@pytest.mark.parametrize(
    ("live", "kept", "allowed", "refused"),
    [
        pytest.param(3, 0, None, [], id="all of a small kind"),
        pytest.param(4, 3, None, [], id="a quarter"),
        pytest.param(4, 2, None, ["deletes 2 of 4 team objects (50 %, limit 30 %)"], id="half of a kind"),
        pytest.param(40, 29, None, ["the plan deletes 11 (limit 10)"], id="more than ten, less than a third"),
        pytest.param(40, 29, 11, [], id="as many as allowed"),
        pytest.param(40, 29, 10, ["the plan deletes 11, --max-deletes allows 10"], id="more than allowed"),
        pytest.param(1, 0, 0, ["the plan deletes 1, --max-deletes allows 0"], id="none allowed"),
    ],
)
def test_many_deletes_are_refused(live, kept, allowed, refused):
    plan = make_plan(stack(keeping(kept)), live_state(*teams(live)))

    messages = [problem.message for problem in too_many_deletes(plan, allowed)]

    assert len(messages) == len(refused)
    assert all(words in message for words, message in zip(refused, messages, strict=True)), messages


def test_leftovers_are_no_deletes():
    twins = [live_team(f"PTWIN{n}", "Team 0", "[pdslack:acme/team-0]") for n in range(20)]

    plan = make_plan(stack(keeping(1)), live_state(*twins))

    assert len(plan.changes) >= 19
    assert list(too_many_deletes(plan, 0)) == []


RULES = """
    owner: acme
    people: {{maya: maya@acme.example, tom: tom@acme.example}}
    escalation_policies: {{on-call: {{levels: [{{notify: [person/maya], escalate_after: {after}}}]}}}}
    services:
      api:
        escalation_policy: on-call
        rules: [{rules}]
"""


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        yield Runner(sandbox)


def rules(count: int) -> str:
    return ", ".join(f"{{label: Rule {n}, if: event.class matches '{n}'}}" for n in range(count))


@pytest.mark.slow
def test_removed_children_count_as_deletes_and_changed_ones_do_not(runner):
    before = stack(RULES.format(after="5m", rules=rules(13)))
    runner.seed(before)
    assert runner.apply(before).complete

    fewer = runner.plan(stack(RULES.format(after="9m", rules=rules(2))))
    other = runner.plan(stack(RULES.format(after="9m", rules=rules(13).replace("matches '", "matches 'x"))))

    assert [problem.message for problem in too_many_deletes(fewer, None)] == [
        "the plan deletes 11 (limit 10)"
    ]
    assert list(too_many_deletes(other, 0)) == []


def test_service_with_open_incidents_is_refused(runner):
    before = stack(RULES.format(after="5m", rules=""))
    runner.seed(before)
    assert runner.apply(before).complete
    clients = runner.clients(before)
    service = clients.pagerduty.list("/services", "services")[0]
    sender = "maya@acme.example"
    body = {
        "incident": {
            "type": "incident",
            "title": "Down",
            "service": {"id": service["id"], "type": "service_reference"},
        }
    }
    clients.pagerduty.create("/incidents", body, sender=sender)

    plan = runner.plan(stack("owner: acme\nservices: {}\nescalation_policies: {}"))

    (problem,) = open_incidents(plan, clients)
    assert problem.message == "service/api has 1 open incident"
    assert "--delete-with-open-incidents" in problem.hint
