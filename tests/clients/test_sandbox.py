"""The clients against the sandbox, whose answers were written by other hands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pdslack_cli.clients import Clients, connect
from pdslack_cli.clients.create_once import create_once
from pdslack_cli.clients.settings import Settings
from pdslack_cli.errors import NotFoundError, OutcomeUnknownError
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox

pytestmark = pytest.mark.wire

PAYMENTS = {"team": {"type": "team", "name": "Payments", "description": ""}}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def clients(sandbox: Sandbox, clock) -> Clients:
    return connect(Settings.read(sandbox.environment()), clock=clock)


def team_names(clients: Clients) -> list[str]:
    return [team["name"] for team in clients.pagerduty.list("/teams", "teams")]


def channel_named(clients: Clients, name: str):
    channels = clients.slack.list("conversations.list", "channels")
    return next((channel for channel in channels if channel["name"] == name), None)


@pytest.mark.slow
def test_a_list_costs_a_call_per_hundred(clients):
    names = [f"Team {number:03}" for number in range(250)]
    for name in names:
        clients.pagerduty.create("/teams", {"team": {"type": "team", "name": name}})
    before = clients.calls
    assert sorted(team_names(clients)) == names
    assert clients.calls - before == 3


@pytest.mark.parametrize("kind", ["500", "429", "reset", "lost"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_one_fault_at_a_repeatable_call_is_not_noticed(sandbox, clients, kind, method):
    team = clients.pagerduty.create("/teams", PAYMENTS)["team"]
    path = f"/teams/{team['id']}"
    sandbox.faults.add(Fault(kind, provider="pagerduty", method=method))
    if method == "PUT":
        clients.pagerduty.update(path, {"team": {**PAYMENTS["team"], "name": "Cards"}})
    if method == "DELETE":
        clients.pagerduty.delete(path)
    assert team_names(clients) == {"GET": ["Payments"], "PUT": ["Cards"], "DELETE": []}[method]


@pytest.mark.parametrize("kind", ["500", "reset", "lost"])
def test_a_team_is_never_made_twice(sandbox, clients, clock, kind):
    def find():
        return next(iter(clients.pagerduty.list("/teams", "teams")), None)

    def post():
        return clients.pagerduty.create("/teams", PAYMENTS)["team"]

    sandbox.faults.add(Fault(kind, provider="pagerduty", method="POST"))
    if kind == "reset":
        with pytest.raises(OutcomeUnknownError):
            create_once(post, find, unique=False, clock=clock)
    else:
        assert create_once(post, find, unique=False, clock=clock)["name"] == "Payments"
    assert team_names(clients) == ([] if kind == "reset" else ["Payments"])


@pytest.mark.parametrize("kind", ["500", "429", "reset", "lost"])
def test_a_channel_is_made_exactly_once(sandbox, clients, clock, kind):
    sandbox.faults.add(Fault(kind, provider="slack", path="conversations.create"))
    channel = create_once(
        lambda: clients.slack.call("conversations.create", name="payments")["channel"],
        lambda: channel_named(clients, "payments"),
        unique=True,
        clock=clock,
    )
    assert channel_named(clients, "payments")["id"] == channel["id"]


@pytest.mark.parametrize("kind", ["500", "429", "reset", "lost"])
@pytest.mark.parametrize("method", ["conversations.setTopic", "conversations.archive"])
def test_one_fault_at_a_channel_is_not_noticed(sandbox, clients, method, kind):
    channel = clients.slack.call("conversations.create", name="payments")["channel"]["id"]
    arguments = {"topic": "Cards"} if method.endswith("setTopic") else {}
    sandbox.faults.add(Fault(kind, provider="slack", path=method))
    clients.slack.call(method, channel=channel, **arguments)
    found = channel_named(clients, "payments")
    assert found["is_archived"] if method.endswith("archive") else found["topic"]["value"] == "Cards"


def test_what_is_gone_is_not_found(clients):
    with pytest.raises(NotFoundError):
        clients.pagerduty.get("/teams/PNOSUCH")


def test_the_bot_knows_its_scopes(clients):
    clients.slack.call("auth.test")
    assert "channels:manage" in clients.slack.scopes["bot"]
