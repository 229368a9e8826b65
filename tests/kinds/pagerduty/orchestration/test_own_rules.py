"""Whose the rules of an object are: ours where its mark says that the file managed them before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.marking import plan_adopt, plan_release
from pdslack_cli.kinds import MANAGED
from pdslack_cli.model import RULE_LISTS
from tests.kinds.pagerduty.account import Account, file, service

pytestmark = pytest.mark.slow_after(2)

SERVICES = "services: {api: {escalation_policy: first}, auth: {escalation_policy: first}}"


def _routing(*fields: str) -> Stack:
    return file("\n".join(["routing:", "  production:", "    description: x", *fields]), SERVICES)


@dataclass(frozen=True)
class RuleList:
    """A field that holds rules: the stack with it, where it lies, and three lists that share nothing."""

    stack: Callable[..., Stack]
    path: Callable[[Account], str]
    lists: tuple[str, str, str]


def _of_routing(document: str) -> Callable[[Account], str]:
    return lambda account: f"/event_orchestrations/{account.orchestration('production')['id']}/{document}"


def _rules(field: str) -> tuple[str, str, str]:
    return tuple(  # type: ignore[return-value]
        f"{field}: [{{label: {label}, if: event.{name} exists, then: {{severity: {severity}}}}}]"
        for label, name, severity in (
            ("a", "class", "info"),
            ("b", "group", "error"),
            ("c", "source", "warning"),
        )
    )


ROUTES = tuple(
    f"    routes: [{{label: {label}, if: event.{name} exists, to: {to}}}]"
    for label, name, to in (("a", "class", "api"), ("b", "group", "auth"), ("c", "source", "api"))
)

LISTS = {
    "rules of a service": RuleList(
        lambda *fields: service(*fields), lambda account: account.service_path("api"), _rules("rules")
    ),
    "global rules": RuleList(
        _routing, _of_routing("global"), tuple(f"    {text}" for text in _rules("rules"))
    ),
    "unrouted": RuleList(
        _routing, _of_routing("unrouted"), tuple(f"    {text}" for text in _rules("unrouted"))
    ),
    "routes": RuleList(_routing, _of_routing("router"), ROUTES),
}

every_list = pytest.mark.parametrize("one", LISTS.values(), ids=LISTS)


def labels(account: Account, one: RuleList) -> list[str]:
    return [rule["label"] for rule in account.rules(one.path(account))]


def foreign_rule(account: Account, one: RuleList) -> dict:
    actions = (
        {"route_to": account.service("api")["id"]} if one is LISTS["routes"] else {"severity": "critical"}
    )
    return {"label": "theirs", "conditions": [{"expression": "event.component exists"}], "actions": actions}


def by_hand(account: Account, one: RuleList) -> None:
    """Somebody replaces the rules by one that nobody here knows."""
    account.replace_rules(one.path(account), foreign_rule(account, one))


def test_each_field_of_rules_can_stand_in_a_mark():
    fields = {field for kind in MANAGED for field in kind.rule_fields}
    assert fields == set(RULE_LISTS)


@every_list
def test_the_only_rule_may_change_altogether(account, one):
    first, second, _ = one.lists
    account.made(one.stack(first))
    account.made(one.stack(second))
    assert labels(account, one) == ["b"]


@every_list
def test_rules_that_were_changed_by_hand_are_brought_back(account, one):
    first, second, _ = one.lists
    account.made(one.stack(first))
    by_hand(account, one)
    account.made(one.stack(second))
    assert labels(account, one) == ["b"]


@pytest.mark.slow_after(1)
@every_list
def test_rules_that_the_file_left_to_others_are_not_ours_any_more(account, one):
    first, second, third = one.lists
    account.made(one.stack(first))
    account.made(one.stack())
    by_hand(account, one)
    (problem,) = account.problems(one.stack(second))
    assert "`--adopt` replaces them" in problem
    account.made(one.stack(second), adopt=True)
    account.made(one.stack(third))


@pytest.mark.slow_after(1)
@every_list
def test_rules_that_were_adopted_as_they_are_become_ours(account, one):
    first, second, _ = one.lists
    wanted = one.stack(first)
    account.made(wanted)
    for plan in (
        lambda live: plan_release(wanted, live, ["*"]),
        lambda live: plan_adopt(wanted, live, ["*"]),
    ):
        assert account.carry_out(plan(read_live(wanted, account.clients(wanted))), wanted).complete
    assert account.plan(wanted).changes == ()
    account.made(one.stack(second))


@pytest.mark.slow_after(1)
@every_list
def test_an_object_that_was_adopted_for_itself_does_not_bring_its_rules(account, one):
    first, second, _ = one.lists
    account.made(one.stack(first))
    wanted = one.stack()
    for plan in (
        lambda live: plan_release(wanted, live, ["*"]),
        lambda live: plan_adopt(wanted, live, ["*"]),
    ):
        assert account.carry_out(plan(read_live(wanted, account.clients(wanted))), wanted).complete
    (problem,) = account.problems(one.stack(second))
    assert "`--adopt` replaces them" in problem


@pytest.mark.slow_after(1)
@every_list
def test_rules_of_a_mark_of_the_first_version_become_ours_with_its_next(account, one):
    first, second, _ = one.lists
    wanted = one.stack(first)
    account.made(wanted)
    with account.sandbox.store.transaction():
        for kind in ("service", "orchestration"):
            for found in account.sandbox.store.find(f"pagerduty.{kind}"):
                text = found.get("description") or ""
                if "[pdslack:" in text:
                    plain = text[: text.rindex(":")] + "]"
                    account.sandbox.store.replace(
                        f"pagerduty.{kind}", found["id"], {**found, "description": plain}
                    )
    account.made(wanted)
    account.made(one.stack(second))


@pytest.mark.slow
def test_rules_of_one_list_do_not_make_those_of_another_ours(account):
    rules, routes = LISTS["global rules"], LISTS["routes"]
    account.made(_routing(rules.lists[0], routes.lists[0]))
    account.made(_routing(rules.lists[0]))
    (problem,) = account.problems(_routing(rules.lists[1], routes.lists[1]))
    assert problem.startswith("routing/production: routes: ")


@pytest.mark.slow_after(1)
@every_list
def test_rules_become_ours_only_once_they_are_written(account, one):
    first, second, _ = one.lists
    account.made(one.stack(first))
    account.made(one.stack())
    path = one.path(account)
    account.replace_rules(path)
    plan = account.plan(one.stack(second))
    assert [change.action for change in plan.changes] == [Action.UPDATE]
    by_hand(account, one)

    assert not account.carry_out(plan, one.stack(second)).complete

    (problem,) = account.problems(one.stack(second))
    assert "`--adopt` replaces them" in problem
