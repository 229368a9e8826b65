"""A plan refuses to post beside a connection of PagerDuty's Slack app that the file does not hold."""

from __future__ import annotations

import pytest

from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.engine.marking import plan_release
from pdslack_cli.engine.refusals import Allowed, with_refusals
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

BASE = """\
owner: payments
slack: {workspace: T0ACME}
people: {maya: maya@acme.example}
teams: {payments: {}}
escalation_policies: {p: {team: payments, levels: [{notify: [person/maya], escalate_after: 30m}]}}
services: {api: {escalation_policy: p}}
channels: {inc: {}}
"""
NATIVE = "notification_rules: {r: {from: %s, to: inc}}\n"
SYNC = "notification_rules: {r: {from: service/api, to: inc, via: sync}}\n"


@pytest.fixture(scope="module")
def runner():
    with Sandbox() as sandbox:
        yield Runner(sandbox)


def refused(runner: Runner, text: str) -> list[str]:
    wanted = stack(text)
    plan = runner.judged(wanted)
    return [problem.message for problem in plan.problems]


OTHERS = """\
owner: others
slack: {workspace: T0ACME}
services: {api: {lookup: true}}
teams: {payments: {lookup: true}}
channels: {war-room: {}}
notification_rules: {n: {from: team/payments, to: war-room, urgency: high}}
"""


@pytest.mark.slow
def test_a_connection_that_is_not_ours_is_refused(runner):
    ours = stack(BASE)
    runner.seed(ours)
    assert runner.apply(ours).complete
    assert runner.apply(stack(OTHERS)).complete

    text = (BASE + SYNC).replace("inc: {}", "war-room: {lookup: true}").replace("to: inc", "to: war-room")

    (message,) = refused(runner, text)
    assert "PagerDuty's Slack app already posts incidents of service/api to channel/war-room" in message
    assert refused(runner, text.replace("via: sync", "via: sync, urgency: low")) == []
    wanted = stack(text)
    live = runner.read(wanted, clients := runner.clients(wanted), everything=True)
    for plan in (plan_release(wanted, live, ["team/payments"]), plan_destroy(wanted, live)):
        assert plan.changes
        assert with_refusals(plan, wanted, live, clients, Allowed(99)).problems == ()


def test_a_rule_that_moves_to_the_service_takes_its_connection_away(runner):
    before = stack(BASE + NATIVE % "service/api")
    runner.seed(before)
    assert runner.apply(before).complete

    after = stack(BASE + SYNC)
    (problem,) = runner.judged(after, delete=False).problems
    assert problem.hint == "--no-delete leaves out its removal: apply without it"
    assert runner.judged(after, only=[Ref("team", "payments")]).problems == ()

    assert runner.apply(after).complete
    left = runner.read(after, runner.clients(after)).objects["notification_rule"]
    assert [live.name for live in left if live.name.endswith("→ inc")] == []
