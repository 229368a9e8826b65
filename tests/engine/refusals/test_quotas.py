"""What a vendor takes only so many of, and what would stand below itself, the plan tells."""

from __future__ import annotations

import pytest

from pdslack_cli.kinds import MANAGED
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.refusals.test_names import HEAD, POLICY, applied, messages, planned
from tests.factories import stack
from tests.runs import Runner

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


@pytest.mark.slow_after(1)
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
    assert told.startswith("team/t would stand below itself: team/")
