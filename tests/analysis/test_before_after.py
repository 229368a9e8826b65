"""The live world and the one after an apply, and where past alerts went in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pdslack_cli.analysis.before_after import BeforeAfter, read_before_after
from pdslack_cli.errors import ProblemsError
from pdslack_cli.kinds.id_index import OUTSIDE
from pdslack_cli.model import Json
from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

HEAD = """
owner: payments
people: {maya: maya@acme.example}
escalation_policies: {first: {levels: [{notify: [person/maya], escalate_after: 30m}]}}
"""
STACK = (
    HEAD
    + """
services:
  api:
    name: Payments API
    description: Takes money
    escalation_policy: first
    integrations: [Datadog]
    rules: [{label: Cards, if: event.class matches 'card', then: {priority: P1}}]
  auth: {escalation_policy: first}
  mail: {escalation_policy: first}
routing:
  cards: {integrations: [Shop], routes: [{if: event.class matches 'card', to: api}], otherwise: auth}
  other: {routes: [{if: event.class matches 'other', to: auth}]}
"""
)
OTHERS = (
    HEAD.replace("payments", "others").replace("first", "theirs")
    + """
services:
  legacy: {escalation_policy: theirs, rules: [{label: Old, then: {suppress: true}}]}
  unseen: {escalation_policy: theirs, rules: [{label: Unseen, then: {suppress: true}}]}
routing:
  theirs: {routes: [{if: event.class matches 'old', to: legacy}]}
"""
)


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """Both stacks are live in one account."""
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        for text in (STACK, OTHERS):
            runner.seed(stack(text))
            runner.apply(stack(text))
        yield runner


def read(runner: Runner, text: str = STACK) -> BeforeAfter:
    wanted = stack(text)
    return read_before_after(wanted, runner.clients(wanted))


@pytest.mark.slow
def test_an_apply_that_changes_nothing_makes_the_same_world(runner):
    worlds = read(runner)
    assert worlds.before == worlds.after
    assert set(worlds.before.services) >= {"api", "auth", "mail", f"legacy{OUTSIDE}"}


@pytest.mark.slow
def test_what_the_file_leaves_out_stays_as_it_is_live(runner):
    rules = "    rules: [{label: Cards, if: event.class matches 'card', then: {priority: P1}}]\n"
    worlds = read(runner, STACK.replace(rules, "").replace(", otherwise: auth", ""))
    assert worlds.before == worlds.after


def test_what_the_file_deletes_is_gone_afterwards(runner):
    worlds = read(runner, STACK.replace("  mail: {escalation_policy: first}\n", ""))
    assert [key for key in worlds.before.services if "mail" in key] == ["mail"]
    assert "mail" not in worlds.after.services


def test_rules_are_read_of_services_that_the_stack_or_a_router_names(runner):
    services = read(runner).before.services
    assert [rule.label for rule in services[f"legacy{OUTSIDE}"].rules.sets["start"]] == ["Old"]
    assert services[f"unseen{OUTSIDE}"].rules.sets == {"start": ()}


def test_a_service_that_is_only_looked_up_has_its_live_rules(runner):
    text = HEAD.replace("payments", "third").replace("first", "more") + (
        "services: {unseen: {lookup: true}}\nrouting: {third: {otherwise: unseen}}\n"
    )
    worlds = read(runner, text)
    assert [rule.label for rule in worlds.after.services["unseen"].rules.sets["start"]] == ["Unseen"]
    assert worlds.after.orchestrations["third"].router.catch_all.route_to == "unseen"


def test_a_plan_with_problems_has_no_world(runner):
    with pytest.raises(ProblemsError, match="belongs to owner"):
        read(runner, STACK.replace("owner: payments", "owner: somebody"))


def alert(worlds: BeforeAfter, service: str, integration: str | None = None) -> Json:
    (id_,) = [id_ for id_, key in worlds.services.items() if key == service]
    return {"service": {"id": id_}, "integration": integration and {"id": integration}}


def test_an_alert_went_in_where_its_integration_is(runner):
    worlds = read(runner)
    by_target = {target: id_ for id_, target in worlds.senders.items()}
    assert worlds.sent_to(alert(worlds, "api", by_target["service/api"])) == "service/api"
    assert worlds.sent_to(alert(worlds, "api", by_target["routing/cards"])) == "routing/cards"


@pytest.mark.parametrize(
    ("service", "target"),
    [
        pytest.param("api", "routing/cards", id="the only orchestration that leads there"),
        pytest.param("auth", "service/auth", id="one of two"),
        pytest.param("mail", "service/mail", id="none leads there"),
    ],
)
def test_an_alert_without_an_integration_went_in_where_it_could(runner, service, target):
    worlds = read(runner)
    assert worlds.sent_to(alert(worlds, service)) == target
    assert worlds.sent_to(alert(worlds, service, "PGONE")) == target


def test_the_service_of_an_alert_may_be_gone(runner):
    gone = {"service": {"id": "PGONE", "summary": "Old"}, "integration": None}
    assert read(runner).sent_to(gone) == "service/Old"
