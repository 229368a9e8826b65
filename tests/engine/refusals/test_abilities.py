"""What the account's plan lacks is told by the plan, at the price of one call where it matters."""

from __future__ import annotations

import pytest

from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.refusals import Allowed, with_refusals
from pdslack_cli.sandbox.server import Sandbox
from pdslack_cli.sandbox.settings import save_abilities
from tests.support.factories import stack
from tests.support.runs import Runner

STACK = """
    owner: acme
    people: {{ana: ana@acme.example}}
    escalation_policies: {{p: {{levels: [{{notify: [person/ana]}}]}}}}
    services: {{web: {{escalation_policy: p{more}}}}}
"""
HOURS = ", support_hours: {time_zone: Etc/UTC, days: mon-fri, from: '08:00', to: '20:00'}"


def planned(runner: Runner, more: str):
    wanted = stack(STACK.format(more=more))
    clients = runner.clients(wanted)
    live = read_live(wanted, clients)
    runner.forget_calls()
    return with_refusals(make_plan(wanted, live), wanted, live, clients, Allowed())


@pytest.mark.parametrize(
    ("more", "has", "lacks"),
    [
        pytest.param(
            ", urgency: low", ["teams"], "urgencies other than high (ability urgencies)", id="urgency"
        ),
        pytest.param(
            HOURS, ["urgencies"], "support hours (ability service_support_hours)", id="support hours"
        ),
    ],
)
def test_feature_that_the_account_lacks_is_told(more, has, lacks):
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(STACK.format(more="")))
        save_abilities(sandbox.store, has)

        (problem,) = planned(runner, more).problems

        assert problem.message == f"service/web: this account's plan lacks {lacks}"
        assert [count for call, count in runner.calls().items() if "abilities" in call] == [1]


def test_nothing_is_asked_where_nothing_begins():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        wanted = stack(STACK.format(more=", urgency: low"))
        runner.seed(wanted)
        assert runner.apply(wanted).complete

        planned(runner, ", urgency: low, description: D")
        assert runner.calls() == {}
        planned(runner, "")
        assert runner.calls() == {}
