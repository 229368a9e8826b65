"""Integrations that an entry adds to what is only looked up: everything else of it stays."""

from __future__ import annotations

import pytest

from pdslack_cli.analysis.needs import needs
from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.outputs import read_outputs
from pdslack_cli.errors import ConfigError
from tests.kinds.pagerduty.account import file

SERVICE = "services: {theirs: {lookup: true, integrations: [%s]}}"
ROUTING = "routing: {theirs: {lookup: true, integrations: [%s]}}"
BOTH = pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(SERVICE, ("events-api-v2", "nagios"), id="service"),
        pytest.param(ROUTING, ("Alertmanager", "Grafana"), id="orchestration"),
    ],
)


@pytest.fixture(autouse=True)
def seeded(account):
    """What is looked up, as somebody else made it."""
    account.sandbox.seed(needs(file(SERVICE % "", ROUTING % "")))


@pytest.mark.slow_after(1)
@BOTH
def test_missing_integrations_are_added_and_the_rest_stays(account, text, names):
    theirs, ours = names
    account.made(file(text % theirs))
    key = outputs(account, file(text % theirs))[theirs]

    wanted = file(text % ours)
    (change,) = account.plan(wanted).changes
    assert (change.fields, change.mark, change.action.value) == (("integrations",), None, "~")
    account.made(wanted)

    assert outputs(account, file(text % f"{theirs}, {ours}"))[theirs] == key
    assert outputs(account, wanted).keys() == {
        ours,
        "id",
    }  # keys that the entry does not list are not handed out


@BOTH
def test_what_is_added_outlives_destroy_which_says_so(account, text, names):
    wanted = file(text % names[0])
    account.made(wanted)

    plan = plan_destroy(wanted, read_live(wanted, account.clients(wanted), everything=True))

    assert plan.changes == ()
    assert any("are left behind: no mark records who added them" in notice for notice in plan.notices)


def test_an_integration_of_others_is_not_changed(account):
    account.made(file(SERVICE % "{name: Mail, type: nagios}"))

    (problem,) = account.problems(file(SERVICE % "{name: Mail, type: pingdom}"))

    assert "the integration 'Mail' exists and is another one" in problem


def test_other_fields_of_what_is_looked_up_are_refused():
    with pytest.raises(ConfigError, match="unknown key 'rules'"):
        file("services: {theirs: {lookup: true, integrations: [nagios], rules: []}}")


def outputs(account, wanted):
    clients = account.clients(wanted)
    (found,) = read_outputs(wanted, read_live(wanted, clients), clients).values()
    return found.values
