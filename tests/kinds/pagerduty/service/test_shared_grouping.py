"""Alert grouping settings of several services: entries of their own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.refusals.exclusive import taken_members
from pdslack_cli.engine.report import StepOutcome
from pdslack_cli.errors import ConfigError
from pdslack_cli.kinds.mark import split_mark
from pdslack_cli.kinds.pagerduty.grouping.shared_grouping import SharedGrouping, SharedGroupings
from pdslack_cli.sandbox.faults import Fault
from tests.kinds.pagerduty.account import Account, file
from tests.kinds.strategies import id_index, names, texts
from tests.kinds.strategies_services import groupings

KIND = SharedGroupings()
CONTENT = "{by: content, fields: [class], window: 5m}"

shared_groupings = st.fixed_dictionaries(
    {
        "name": names,
        "services": st.sampled_from([["auth", "api"], ["api", "auth"]]),
        "grouping": groupings.filter(bool),
    },
    optional={"description": texts},
)


@given(shared_groupings, shared_groupings)
def test_a_written_grouping_reads_back_as_the_file_says(there, wanted):
    known, spec = id_index(), SharedGrouping.model_validate(wanted)
    blank = {"id": "PGRP", "description": None, "type": "time", "config": {"timeout": 0}, "services": []}
    before = KIND.live(blank | KIND.encode(SharedGrouping.model_validate(there), known, None))

    after = KIND.live(before.raw | KIND.encode(spec, known, before))

    expected = spec.merged_onto(KIND.decode(before, known), before.read_at)
    assert KIND.decode(after, known) == expected


def services(**fields: str) -> str:
    entries = [f"{key}: {{escalation_policy: first{more}}}" for key, more in fields.items()]
    return f"services: {{{', '.join(entries)}}}"


def group(*keys: str, how: str = CONTENT) -> str:
    return f"{{services: [{', '.join(keys)}], grouping: {how}}}"


def groups(**entries: str) -> str:
    written = ", ".join(f"{key}: {entry}" for key, entry in entries.items())
    return f"alert_groupings: {{{written}}}"


def settings(account: Account) -> list[dict]:
    return account.pagerduty.list("/alert_grouping_settings", "alert_grouping_settings")


def ids(account: Account, *names: str) -> set[str]:
    return {account.service(name)["id"] for name in names}


@pytest.mark.slow
def test_a_setting_outlives_changes_of_its_services(account):
    bank = groups(bank=group("api", "auth"))
    account.made(file(services(api="", auth="", web=""), bank))
    (before,) = settings(account)
    account.made(file(services(api=", alert_grouping: null, description: new", auth="", web=""), bank))
    assert settings(account) == [before]
    account.made(file(services(auth="", web=""), groups(bank=group("auth", "web"))))
    (after,) = settings(account)
    assert after["id"] == before["id"]
    assert {one["id"] for one in after["services"]} == ids(account, "auth", "web")


def test_services_go_into_a_new_setting_after_the_one_that_leaves_the_file(account):
    every = services(api="", auth="", web="")
    account.made(file(every, groups(bank=group("api", "auth"))))
    account.made(file(every, groups(cards=group("auth", "web"))))
    (after,) = settings(account)
    assert after["name"] == "cards"


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    "after",
    [
        {"bank": ("api", "web"), "cards": ("card", "desk")},
        {"bank": ("desk", "web"), "cards": ("api", "auth")},
        {"bank": ("card", "web"), "cash": ("api", "auth", "desk")},
    ],
    ids=["one moves", "all are exchanged", "into a new one"],
)
def test_services_move_between_settings_in_one_run(account, after):
    every = services(api="", auth="", web="", desk="", card="")
    account.made(file(every, groups(bank=group("api", "auth"), cards=group("web", "desk"))))
    account.made(file(every, groups(**{key: group(*services) for key, services in after.items()})))
    found = {one["name"]: {service["id"] for service in one["services"]} for one in settings(account)}
    assert found == {key: ids(account, *services) for key, services in after.items()}


def test_a_service_that_another_setting_has_is_told_by_the_plan(account):
    every = services(api="", auth="", web="")
    account.made(file(every, groups(bank=group("api", "auth"))))
    text = split_mark(settings(account)[0]["description"])[0]
    account.pagerduty.update(
        f"/alert_grouping_settings/{settings(account)[0]['id']}",
        {"alert_grouping_setting": {**settings(account)[0], "description": text}},
    )
    account.made(file(services(api="", auth="", web=", alert_grouping: {by: time, window: 10m}")))
    wanted = file(every, groups(cards=group("auth", "web")))
    clients = account.clients(wanted)
    live = account.read(wanted, clients)

    found = [*taken_members(make_plan(wanted, live), live.objects, wanted)]

    assert [problem.message.partition(" (")[0] for problem in found] == [
        "alert_grouping/cards: service/auth is in the alert grouping 'bank'",
        "alert_grouping/cards: service/web is in the alert grouping 'web'",
    ]


def test_a_service_in_a_setting_gets_none_beside_it(account):
    bank = groups(bank=group("api", "auth"))
    account.made(file(services(api="", auth=""), bank))
    own = services(api=", alert_grouping: {by: time, window: 10m}", auth="")
    with pytest.raises(ConfigError, match="service/api has an `alert_grouping` of its own"):
        file(own, bank)
    (problem,) = refused(account, file(own))
    assert problem.message == "service/api: it is in alert_grouping/bank: take it out there first"
    assert problem.location


def refused(account, wanted):
    live = account.read(wanted, account.clients(wanted))
    return [*taken_members(make_plan(wanted, live), live.objects, wanted)]


OWN = ", alert_grouping: {by: time, window: 10m}"


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    "groupings",
    [groups(bank=group("auth", "web")), groups(cards=group("auth", "web")), "alert_groupings: {}"],
    ids=["one leaves", "the setting goes, and another one comes", "the setting goes"],
)
def test_a_service_leaves_a_setting_for_its_own_in_one_run(account, groupings):
    account.made(file(services(api="", auth="", web=""), groups(bank=group("api", "auth"))))
    wanted = file(services(api=OWN, auth="", web=""), groupings)
    assert refused(account, wanted) == []
    account.made(wanted)
    assert account.plan(wanted).changes == ()
    own = [one for one in settings(account) if len(one["services"]) == 1]
    assert [one["services"][0]["id"] for one in own] == [account.service("api")["id"]]


@pytest.mark.slow
def test_services_change_places_between_a_setting_and_one_of_their_own(account):
    account.made(file(services(api="", auth="", web=OWN), groups(bank=group("api", "auth"))))
    wanted = file(services(api=OWN, auth="", web=", alert_grouping: null"), groups(bank=group("web", "auth")))
    assert refused(account, wanted) == []
    account.made(wanted)
    assert account.plan(wanted).changes == ()


def test_a_service_that_the_setting_waits_for_cannot_wait_for_the_setting(account):
    account.made(file(services(api="", auth="", web=OWN), groups(bank=group("api", "auth"))))
    # The setting takes in web after that let go of its own, and web is written after what it depends on.
    every = services(api=OWN, auth="", web=", alert_grouping: null, depends_on: [service/api]")
    wanted = file(every, groups(bank=group("web", "auth")))
    (problem,) = refused(account, wanted)
    assert problem.message == "service/api: it is in alert_grouping/bank: take it out there first"


def test_a_setting_of_its_own_waits_for_the_one_that_lets_go_and_is_left_out_without_it(account):
    account.made(file(services(api="", auth="", web=""), groups(bank=group("api", "auth"))))
    wanted = file(services(api=OWN, auth="", web=""), groups(bank=group("auth", "web")))
    plan = account.plan(wanted)
    account.sandbox.faults.add(Fault("403", method="PUT", path="/alert_grouping_settings/"))
    report = account.carry_out(plan, wanted)
    assert [(str(one.ref), one.outcome, one.because) for one in report.results] == [
        ("alert_grouping/bank", StepOutcome.FAILED, ""),
        ("service/api", StepOutcome.SKIPPED, "needs alert_grouping/bank"),
    ]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("{by: time, window: 10m}", "grouping by time is for one service"),
        ("{by: content, fields: [class], window: 24h}", "24h is for one service"),
        (CONTENT, ""),
    ],
)
def test_what_pagerduty_takes_of_one_service_only_is_told(how, told):
    wanted = file(services(api="", auth=""), groups(bank=group("api", "auth", how=how)))
    assert [one.message for one in lint_stack(wanted) if not one.lint] == ([told] if told else [])
