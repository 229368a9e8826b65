"""What a plan costs: the calls that the docs promise, and no others."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

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


@pytest.mark.slow
def test_services_without_rules_cost_one_call_for_each_hundred(runner):
    wanted = stack(services(300, SERVICE))
    runner.seed(wanted)
    assert runner.apply(wanted).complete
    runner.forget_calls()

    plan = runner.plan(wanted)

    assert plan.changes == ()
    assert paths(runner) == {**LISTS, "/services": 3}
    assert plan.calls == len(runner.sandbox.calls)


@pytest.mark.slow
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


@pytest.mark.slow
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


# --- what an apply costs -----------------------------------------------------------------------------

WHOLE = """
  service-{number}:
    escalation_policy: on-call
    integrations: [events-api-v2]
    rules: [{{label: All, then: {{severity: critical}}}}]
"""


def writes(runner) -> Counter[str]:
    """The calls since the last `forget_calls`, ids left out."""
    words = (f"{call.method} {call.path}" for call in runner.sandbox.calls)
    return Counter(re.sub(r"/P[A-Z0-9]{6}(?=/|$)", "/ID", word) for word in words)


def applied_calls(runner, wanted) -> Counter[str]:
    runner.seed(wanted)
    plan = runner.plan(wanted)
    runner.forget_calls()
    assert runner.carry_out(plan, wanted).complete
    return writes(runner)


@pytest.mark.slow
def test_new_service_with_integration_and_rules_costs_four_calls(runner):
    assert applied_calls(runner, stack(services(20, WHOLE))) == {
        "POST /escalation_policies": 1,
        "POST /services": 20,
        "POST /services/ID/integrations": 20,
        "PUT /event_orchestrations/services/ID": 20,
        "PUT /event_orchestrations/services/ID/active": 20,
        # The policy's name is not unique.
        "GET /escalation_policies": 2,
    }


@pytest.mark.slow
def test_objects_whose_names_are_not_unique_cost_two_lists_for_all_of_a_kind(runner):
    teams = "".join(f"  t{number}: {{name: T{number}}}\n" for number in range(150))

    assert applied_calls(runner, stack("owner: acme\nteams:\n" + teams)) == {
        "POST /teams": 150,
        "GET /teams": 1 + 2,  # nothing before; two pages after
    }


MADE_OF_PARTS = """
    owner: acme
    slack: {workspace: T0SANDBOX}
    people: {maya: maya@acme.example}
    teams: {ops: {members: {manager: [maya]}}}
    escalation_policies: {p: {levels: [{notify: [person/maya]}]}}
    services:
      api:
        escalation_policy: p
        integrations: [events-api-v2, {name: Other, type: events-api-v2}]
        alert_grouping: {by: time, window: 10m}
        rules: [{label: All, then: {severity: critical}}]
    routing: {main: {integrations: [A, B], rules: [{label: All, then: {severity: critical}}], otherwise: api}}
    channels: {c: {topic: T, purpose: P, members: [maya], bookmarks: {Wiki: "https://wiki.acme.example"}}}
    workflows: {w: {triggers: [{manual: true, services: all}]}}
"""


def test_what_a_run_made_is_not_read_again_before_it_is_written_further(runner):
    calls = applied_calls(runner, stack(MADE_OF_PARTS))

    lists = {f"GET /{name}" for name in ("teams", "escalation_policies", "event_orchestrations")}
    lists |= {"GET /incident_workflows", "GET /incident_workflows/triggers"}
    reads = {call for call in calls if call.startswith("GET ") or ".list" in call or ".members" in call}
    assert reads == lists
