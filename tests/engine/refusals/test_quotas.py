"""What a vendor takes only so many of, and what would stand below itself, the plan tells."""

from __future__ import annotations

import pytest

from pdslack_cli.engine.report import StepOutcome
from pdslack_cli.kinds import MANAGED
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.refusals.test_names import HEAD, POLICY, applied, messages, planned
from tests.support.factories import stack
from tests.support.runs import Runner

SERVICE = HEAD + POLICY + "services: {api: {escalation_policy: p}}\n"


def hook(number: int, source: str) -> str:
    return f"{{url: 'https://acme.example/{number}', from: {source}, events: [incident.triggered]}}"


def client(number: int) -> str:
    return f"{{client_id: pd, client_secret: x, token_url: 'https://acme.example/{number}'}}"


def many(section: str, entries: list[str]) -> str:
    return f"{section}:\n" + "".join(f"  e{number}: {entry}\n" for number, entry in enumerate(entries))


OF_SERVICE = [hook(number, "service/api") for number in range(11)]
OF_ACCOUNT = [hook(number, "account") for number in range(11)]
CLIENTS = [client(number) for number in range(11)]
KEYS = [f"I{number}" for number in range(11)]


def orchestration(keys: list[str]) -> str:
    return f"routing: {{r: {{integrations: [{', '.join(keys)}], otherwise: unrouted}}}}\n"


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(HEAD))
        yield runner


@pytest.mark.slow
@pytest.mark.parametrize(
    ("most", "above", "told"),
    [
        pytest.param(
            many("webhooks", OF_SERVICE[:10]),
            many("webhooks", OF_SERVICE),
            "webhook/e10: PagerDuty takes at most 10 webhooks of service/api",
            id="webhooks of a service",
        ),
        pytest.param(
            many("webhooks", OF_SERVICE[:10]),
            many("webhooks", [OF_SERVICE[10], *OF_SERVICE[1:10]]),
            "webhook/e0: PagerDuty takes at most 10 webhooks of service/api",
            id="a webhook that is replaced",
        ),
        pytest.param(
            many("oauth_clients", CLIENTS[:10]),
            many("oauth_clients", CLIENTS),
            "oauth_client/e10: PagerDuty takes at most 10 OAuth clients",
            id="OAuth clients",
        ),
        pytest.param(
            orchestration(KEYS[:10]),
            orchestration(KEYS[1:]),  # what is no longer listed stays
            "routing/r: an orchestration has at most 10 integrations, and this one gets 11",
            id="integrations of an orchestration",
        ),
    ],
)
def test_more_than_the_vendor_takes_is_told(runner, most, above, told):
    applied(runner, SERVICE + most)
    assert messages(planned(runner, SERVICE + above)) == [told]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("most", "after", "entry"),
    [
        pytest.param(
            many("webhooks", OF_SERVICE[:10]),
            many("webhooks", OF_SERVICE[:9]) + f"  new: {OF_SERVICE[10]}\n",
            "webhook/new",
            id="a webhook in place of another",
        ),
        pytest.param(
            many("webhooks", OF_SERVICE[:10]),
            many("webhooks", [OF_SERVICE[10], *OF_SERVICE[1:9]]),
            "webhook/e0",
            id="a webhook that is replaced, beside one that goes",
        ),
        pytest.param(
            many("oauth_clients", CLIENTS[:10]),
            many("oauth_clients", CLIENTS[:9]) + f"  new: {CLIENTS[10]}\n",
            "oauth_client/new",
            id="an OAuth client in place of another",
        ),
    ],
)
def test_what_is_deleted_makes_room(runner, most, after, entry):
    applied(runner, SERVICE + most)
    plan = planned(runner, SERVICE + after)
    assert messages(plan) == []
    assert entry in {str(change.ref) for change in plan.changes}
    applied(runner, SERVICE + after)
    assert planned(runner, SERVICE + after).changes == ()


@pytest.mark.slow
def test_deletion_that_fails_keeps_nothing_from_being_made_where_there_is_room(runner):
    applied(runner, SERVICE + many("webhooks", OF_SERVICE[:2]))
    after = stack(SERVICE + many("webhooks", OF_SERVICE[:1]) + f"  new: {OF_SERVICE[2]}\n")
    plan = runner.plan(after)
    runner.sandbox.faults.add(Fault("403", method="DELETE"))
    report = runner.carry_out(plan, after)
    assert [(str(result.ref), result.outcome) for result in report.results] == [
        ("webhook/e1", StepOutcome.FAILED),
        ("webhook/new", StepOutcome.DONE),
    ]


@pytest.mark.slow
def test_what_is_deleted_only_after_its_successor_makes_no_room(runner):
    def clients(entries: str, used: str) -> str:
        url = "url: 'https://acme.example', from: account, events: [incident.triggered]"
        return SERVICE + entries + f"webhooks: {{hook: {{{url}, oauth_client: {used}}}}}\n"

    applied(runner, clients(many("oauth_clients", CLIENTS[:10]), "e9"))
    successor = many("oauth_clients", CLIENTS[:9]) + f"  new: {CLIENTS[10]}\n"
    assert messages(planned(runner, clients(successor, "new"))) == [
        "oauth_client/new: PagerDuty takes at most 10 OAuth clients"
    ]


def test_more_than_the_vendor_may_take_is_warned_of(runner):
    plan = planned(runner, HEAD + many("webhooks", OF_ACCOUNT))
    assert plan.problems == ()
    assert [(str(change.ref), change.warnings) for change in plan.changes if change.warnings] == [
        ("webhook/e10", ("PagerDuty may take no more than 10 webhooks of account",))
    ]


def test_a_team_below_itself_over_one_of_others_is_told(runner):
    assert [kind.name for kind in MANAGED if kind.parent_field] == ["team"]
    applied(runner, HEAD + "teams: {t: {}}")
    pagerduty = runner.clients(stack(HEAD)).pagerduty
    (team,) = pagerduty.list("/teams", "teams")
    other = {"type": "team", "name": "other", "parent": {"id": team["id"], "type": "team_reference"}}
    pagerduty.create("/teams", {"team": other})

    plan = planned(runner, HEAD + "teams: {t: {parent: other}, other: {lookup: true}}")

    (told,) = messages(plan)
    assert told.startswith("team/t would be below itself: team/")
