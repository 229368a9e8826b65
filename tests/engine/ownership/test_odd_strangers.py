"""What others made may hold a value that nobody can read: the plans of a stack go on around it."""

from __future__ import annotations

import pytest

from pdslack_cli.analysis.impact import impact_of
from pdslack_cli.analysis.oncall.outlook import outlook_of
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.refusals import Allowed, with_refusals
from pdslack_cli.render.plan.as_json import plan_json
from pdslack_cli.sandbox.server import Sandbox
from tests.export.account import Accounts
from tests.export.test_hostile_answers import MISSING, Place, Tampering, with_value
from tests.kinds.full_account import full_account
from tests.support.factories import stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow

HEAD = """
owner: mine
slack: {workspace: T0SANDBOX0}
people: {maya: maya@acme.example, tom: tom@acme.example}
"""
BEFORE = """
teams: {mine: {members: {manager: [maya], responder: [tom]}}, two: {lookup: true}, up: {parent: two}}
schedules:
  mine: {time_zone: Etc/UTC, layers: [{start: "2026-01-05T09:00:00", rotate: 1 week, people: [maya]}]}
escalation_policies:
  mine: {team: mine, levels: [{notify: [person/maya, schedule/mine], escalate_after: 5m}]}
  gone: {levels: [{notify: [person/maya], escalate_after: 5m}]}
  one: {lookup: true}
services:
  mine: {escalation_policy: mine}
  other: {escalation_policy: one}
  one: {lookup: true}
routing: {mine: {routes: [{if: event.class exists, to: one}]}}
alert_groupings: {mine: {grouping: {by: content, fields: [component], window: 5m}, services: [mine, other]}}
"""
AFTER = f"""
{BEFORE.replace("Etc/UTC", "Europe/Berlin").replace(", responder: [tom]", "").replace("5m}]}", "9m}]}")}
oauth_clients: {{new: {{client_id: a, client_secret: "${{SECRET}}", token_url: "https://acme.example/t"}}}}
""".replace("  gone: {levels: [{notify: [person/maya], escalate_after: 9m}]}\n", "").replace(
    "{parent: two}", "{parent: two}, new: {parent: up}"
)

ODD: list[tuple[str, Place, object]] = [
    ("/services", ("support_hours", "end_time"), MISSING),
    ("/services", ("escalation_policy", "id"), {}),
    ("/schedules", ("schedule_layers", 1, "users", 0, "user"), {}),
    ("/schedules", ("schedule_layers",), None),
    ("/escalation_policies", ("escalation_rules", 0, "targets", 0), None),
    ("/escalation_policies", ("escalation_rules", 0, "targets", 0, "id"), {}),
    ("/escalation_policies", ("on_call_handoff_notifications",), 7),
    ("/teams", ("parent",), 7),
    ("/alert_grouping_settings", ("config",), 7),
    ("/incident_workflows", ("steps", 0, "action_configuration"), 7),
    ("/users", ("color",), {}),
]


@pytest.fixture(scope="module")
def world():
    """A full account of others, a stack of ours that was applied, and a vendor that can be odd."""
    with Sandbox() as sandbox:
        full_account(Accounts(sandbox))
        runner = Runner(sandbox)
        report = runner.apply(stack(HEAD + BEFORE))
        assert report.complete, [str(result.error) for result in report.results if result.error]
        answers = Tampering(sandbox.vendors["pagerduty"])
        sandbox.vendors = {**sandbox.vendors, "pagerduty": answers}
        yield runner, answers, addresses(planned(runner))


def planned(runner: Runner) -> Plan:
    """What `plan` makes of the changed stack: changes, refusals, who is on call, what is touched."""
    wanted = stack(HEAD + AFTER, PDSLACK_VAR_SECRET="hush")
    clients = runner.clients(wanted)
    live = runner.read(wanted, clients)
    plan = with_refusals(make_plan(wanted, live), wanted, live, clients, Allowed())
    outlook_of(plan, live, clients)
    impact_of(plan, wanted, live)
    return plan


def addresses(plan: Plan) -> list[str]:
    assert plan.problems == ()
    return [change["address"] for change in plan_json(plan)["resource_changes"]]


@pytest.mark.parametrize(("path", "place", "value"), ODD, ids=[f"{path} {place}" for path, place, _ in ODD])
def test_a_plan_goes_on_around_an_odd_object_of_others(world, path, place, value):
    runner, answers, expected = world
    changed = {}
    for call, body in answers.heard.items():
        if call.startswith(f"{path}?"):
            (wrapper,) = [name for name, found in body.items() if isinstance(found, list)]
            (number,) = [
                i for i, one in enumerate(body[wrapper]) if one["name"] in ("one", "maya@acme.example")
            ]
            changed[call] = with_value(body, (wrapper, number, *place), value)
    assert changed
    answers.changed = changed
    try:
        assert addresses(planned(runner)) == expected
    finally:
        answers.changed = {}
