"""An export of a part of an account, or of what the tokens can read of it."""

from __future__ import annotations

import re

import pytest

from pdslack_cli.clients import connect
from pdslack_cli.clients.settings import Settings
from pdslack_cli.errors import AuthError, ProblemsError
from pdslack_cli.export.account import read_account
from pdslack_cli.export.selection import Selection
from pdslack_cli.sandbox.settings import save_plan
from tests.export.account import reference
from tests.export.exports import exported, exported_from, proved, read, words

pytestmark = pytest.mark.slow_after(2)

# --- a part of it ----------------------------------------------------------------------------------


@pytest.fixture
def company(accounts):
    """Two teams with a policy and a service each, and a channel of one of them."""
    user = accounts.all("user")[0]
    for name in ("Payments", "Platform"):
        accounts.team(name, None, {user: "manager"})
        team = accounts.all("team")[-1]
        accounts.policy(name, [[reference("user", user)]], teams=[reference("team", team)])
        accounts.service(f"{name} API", accounts.all("escalation_policy")[-1], [])
    accounts.channel("payments-alerts")
    accounts.connection(reference("service", accounts.all("service")[0]), accounts.all("channel")[0])
    return accounts


@pytest.mark.parametrize(
    ("chosen", "managed", "looked_up"),
    [
        pytest.param(
            {"only": ("services",)},
            {"service/payments-api", "service/platform-api"},
            {"escalation_policy/payments", "escalation_policy/platform"},
            id="a section",
        ),
        pytest.param(
            {"only": ("team", "service/pay*")},
            {"team/payments", "team/platform", "service/payments-api"},
            {"escalation_policy/payments"},
            id="a kind and a pattern",
        ),
        pytest.param(
            {"team": "Payments"},
            {"team/payments", "escalation_policy/payments", "service/payments-api", "channel/payments-alerts",
             "notification_rule/payments-api-payments-alerts"},
            set(),
            id="a team",
        ),
        pytest.param(
            {"team": "platform", "only": ("service",)},
            {"service/platform-api"},
            {"escalation_policy/platform"},
            id="services of a team",
        ),
    ],
)  # fmt: skip
def test_a_part_is_managed_and_what_it_needs_is_looked_up(company, chosen, managed, looked_up):
    said = {
        ref: entry
        for ref, entry in words(exported(company.sandbox, **chosen)).items()
        if "person/" not in ref
    }

    assert {ref for ref, entry in said.items() if "lookup" not in entry} == managed
    assert {ref for ref, entry in said.items() if "lookup" in entry} == looked_up


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        pytest.param({"only": ("servics",)}, "nothing matches 'servics'", id="no such kind"),
        pytest.param(
            {"team": "Payment"}, "no teams are named 'Payment' (did you mean 'payments'?)", id="no such team"
        ),
    ],
)
def test_a_part_that_is_not_there_is_refused(company, chosen, message):
    with pytest.raises(ProblemsError, match=re.escape(message)):
        exported(company.sandbox, **chosen)


def test_only_the_parts_of_chosen_kinds_are_read(company):
    company.sandbox.calls.clear()
    exported(company.sandbox, only=("team",))

    assert not any("/event_orchestrations/services/" in call.path for call in company.sandbox.calls)


def test_what_was_not_asked_for_is_not_said_to_be_left_out(company):
    company.team("Theirs", "[pdslack:others/theirs]", {})

    told = {kind: exported(company.sandbox, only=(kind,)).left_out for kind in ("team", "service")}

    assert "team 'Theirs': belongs to owner 'others'" in told["team"]
    assert not [line for line in told["service"] if line.startswith(("team", "channel", "incident type"))]


# --- what cannot be read ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("without", "unread", "section"),
    [
        pytest.param("SLACK_BOT", "Slack is not read: SLACK_BOT_TOKEN is not set", "teams", id="no Slack"),
        pytest.param(
            "PAGERDUTY_API_KEY",
            "PagerDuty is not read: PAGERDUTY_API_KEY is not set",
            "channels",
            id="no PagerDuty",
        ),
        pytest.param(
            "PAGERDUTY_USER",
            "the notification rules are not read: PAGERDUTY_USER_TOKEN is not set",
            "teams",
            id="no user",
        ),
    ],
)
def test_without_a_token_the_rest_is_exported_and_told(company, without, unread, section):
    account = read(company.sandbox, without=without)
    found = exported_from(account)

    assert account.unread == (unread,)
    assert section in {entry.section for entry in found.entries}


def test_without_any_token_there_is_nothing_to_export(company):
    environ = {name: value for name, value in company.sandbox.environment().items() if name.endswith("URL")}
    with pytest.raises(ProblemsError, match="no token is set"):
        read_account(connect(Settings.read(environ)), Selection().reads_whole("acme"))


def test_another_workspace_is_refused(company):
    with pytest.raises(AuthError, match="T0SANDBOX0"):
        read(company.sandbox, workspace="T0OTHER")


@pytest.mark.slow
def test_what_the_plan_of_the_account_lacks_is_not_missed(company, tmp_path):
    save_plan(company.sandbox.store, {"round_robin": False, "priorities": False, "alert_grouping": False})

    account = read(company.sandbox)

    assert [line for line in account.unread if "priorities" in line or "priority" in line] == list(
        account.unread
    )
    proved(company.sandbox, tmp_path)


def test_objects_of_which_no_file_speaks_are_counted(company):
    company.pagerduty("POST", "/tags", {"tag": {"type": "tag", "label": "gold"}})

    assert dict(read(company.sandbox).unmanaged) == {"tags": 1}
