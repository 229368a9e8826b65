"""What a plan costs: the calls that the README promises, and no others."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from pdslack_cli.sandbox.server import Sandbox
from tests.factories import stack
from tests.runs import Runner

HEAD = """
owner: acme
people: {maya: maya@acme.example}
escalation_policies:
  on-call: {levels: [{notify: [person/maya], escalate_after: 15m}]}
"""
SERVICE = """
  service-{number}:
    escalation_policy: on-call
"""
RULES = """    rules: [{{label: All, then: {{severity: critical}}}}]
"""

# Every kind that can carry our mark, and the people whom the policy calls.
LISTS = {
    "/users": 1,
    "/teams": 1,
    "/schedules": 1,
    "/escalation_policies": 1,
    "/event_orchestrations": 1,
    "/webhook_subscriptions": 1,
    "/incident_workflows": 1,
}


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        yield Runner(sandbox)


def services(count: int, template: str) -> str:
    return HEAD + "services:" + "".join(template.format(number=number) for number in range(count))


def paths(runner) -> Counter[str]:
    """PagerDuty's calls since the last `forget_calls`, ids left out."""
    calls = [call for call in runner.sandbox.calls if call.provider == "pagerduty"]
    assert {call.method for call in calls} == {"GET"}
    return Counter(re.sub(r"/P[A-Z0-9]{6}(?=/|$)", "/ID", call.path) for call in calls)


def test_services_without_rules_cost_one_call_for_each_hundred(runner):
    wanted = stack(services(300, SERVICE))
    runner.seed(wanted)
    assert runner.apply(wanted).complete
    runner.forget_calls()

    plan = runner.plan(wanted)

    assert plan.changes == ()
    assert paths(runner) == {**LISTS, "/services": 3}
    assert plan.calls == len(runner.sandbox.calls)


def test_services_with_rules_cost_two_more_calls_each(runner):
    wanted = stack(services(50, SERVICE + RULES))
    runner.seed(wanted)
    assert runner.apply(wanted).complete
    runner.forget_calls()

    plan = runner.plan(wanted)

    assert plan.changes == ()
    assert paths(runner) == {
        **LISTS,
        "/services": 1,
        "/event_orchestrations/services/ID": 50,
        "/event_orchestrations/services/ID/active": 50,
    }


def test_unrelated_objects_cost_only_their_lists(runner):
    """A hundred services of others add no call but the pages of their list."""
    others = stack(services(100, SERVICE).replace("owner: acme", "owner: others"))
    runner.seed(others)
    assert runner.apply(others).complete
    mine = stack("owner: acme\nteams: {payments: {name: Payments}}")
    assert runner.apply(mine).complete
    runner.forget_calls()

    assert runner.plan(mine).changes == ()

    expected = {**LISTS, "/services": 1}
    del expected["/users"]  # nobody is referred to
    assert paths(runner) == expected
