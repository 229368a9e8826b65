"""A token that is missing, wrong or too weak ends a command in one message, which names the cure."""

from __future__ import annotations

import logging

import pytest

from pdslack_cli.sandbox.settings import save_plan
from tests.cli.accounts import revoked, scoped, swapped, together, unset, users_token, written, wrong
from tests.cli.conftest import STACK

pytestmark = pytest.mark.slow_after(2)

# What planning reads, and not what applying writes.
READS = ("channels:read", "groups:read", "users:read", "users:read.email", "bookmarks:read")

BOOKMARKS = STACK.replace("members: [maya]", "bookmarks: {Runbook: 'https://wiki.acme.example'}")
THREE_TEAMS = STACK.replace("channels:\n", "  platform: {}\n  web: {}\nchannels:\n")


@pytest.mark.parametrize(
    ("setup", "what", "cure"),
    [
        pytest.param(
            unset("PAGERDUTY_API_KEY"),
            "PAGERDUTY_API_KEY is not set",
            "set it in the environment or in .env: an admin creates it under Integrations > API Access Keys",
            id="no account key",
        ),
        pytest.param(
            unset("PAGERDUTY_USER_TOKEN"),
            "PAGERDUTY_USER_TOKEN is not set",
            "an admin who is linked to a Slack user creates it under User Settings",
            id="no user token",
        ),
        pytest.param(
            unset("SLACK_BOT_TOKEN"),
            "SLACK_BOT_TOKEN is not set",
            "it starts with xoxb- and is shown on api.slack.com/apps under OAuth & Permissions",
            id="no bot token",
        ),
        pytest.param(
            together(written("owner: payments\nteams: {}\nchannels: {}\n"), unset("SLACK_BOT_TOKEN")),
            "SLACK_BOT_TOKEN is not set",
            "it starts with xoxb- and is shown on api.slack.com/apps under OAuth & Permissions",
            id="no bot token, and an empty section that needs it",
        ),
        pytest.param(
            wrong("PAGERDUTY_API_KEY", "nonsense-4711"),
            "with 401",
            "PAGERDUTY_API_KEY is wrong or revoked",
            id="wrong account key",
        ),
        pytest.param(
            wrong("PAGERDUTY_API_KEY", "the-other-regions-key"),
            "with 401",
            "or the account is in another region (`pagerduty: {region: …}`): `pdslack doctor` finds out",
            id="key of the other region",
        ),
        pytest.param(
            wrong("PAGERDUTY_USER_TOKEN", "nonsense-4711"),
            "/integration-slack/workspaces/T0ACME/connections with 401",
            "PAGERDUTY_USER_TOKEN must be the token of a user",
            id="wrong user token",
        ),
        pytest.param(
            wrong("SLACK_BOT_TOKEN", "xoxb-nonsense-4711"),
            "invalid_auth",
            "SLACK_BOT_TOKEN is wrong, revoked or expired: it starts with xoxb-",
            id="wrong bot token",
        ),
        pytest.param(
            wrong("SLACK_BOT_TOKEN", "xoxb two words"),
            "SLACK_BOT_TOKEN contains a space",
            "copy it again",
            id="malformed bot token",
        ),
        pytest.param(
            revoked("SLACK_BOT_TOKEN"),
            "token_revoked",
            "SLACK_BOT_TOKEN is wrong, revoked or expired",
            id="revoked bot token",
        ),
        pytest.param(
            swapped("SLACK_BOT_TOKEN", "SLACK_USER_TOKEN"),
            "SLACK_BOT_TOKEN: expected a bot token, got a user token",
            "set another one: it starts with xoxb-",
            id="a person's token as the bot's",
        ),
        pytest.param(
            swapped("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"),
            "SLACK_BOT_TOKEN: expected a bot token, got an app-level token",
            "set another one: it starts with xoxb-",
            id="an app's token as the bot's",
        ),
        pytest.param(
            swapped("PAGERDUTY_USER_TOKEN", "PAGERDUTY_API_KEY"),
            "/integration-slack/workspaces/T0ACME/connections with 401",
            "PAGERDUTY_USER_TOKEN must be the token of a user (not an account key) who is an admin",
            id="an account key as the user token",
        ),
        pytest.param(
            users_token("PAGERDUTY_USER_TOKEN", "user"),
            "/integration-slack/workspaces/T0ACME/connections with 403",
            "who is an admin and linked to a Slack user",
            id="a token of no admin",
        ),
        pytest.param(
            lambda accounts: save_plan(accounts.sandbox.store, {"slack_connection": False}),
            "not been connected to this workspace",
            "connect the workspace T0ACME in PagerDuty under Integrations > Slack",
            id="PagerDuty is not connected to the workspace",
        ),
        pytest.param(
            written(STACK.replace("T0ACME", "T0OTHER")),
            "SLACK_BOT_TOKEN is for workspace T0ACME (Sandbox), expected T0OTHER as in the file",
            "use a token of that workspace, or correct `slack: {workspace: …}`",
            id="another workspace",
        ),
        pytest.param(
            scoped("SLACK_BOT_TOKEN", "bot", "channels:read", "groups:read"),
            "missing_scope: the call needs users:read.email",
            "add users:read.email under OAuth & Permissions, reinstall the app, set the new SLACK_BOT_TOKEN",
            id="a missing scope",
        ),
        pytest.param(
            scoped("SLACK_BOT_TOKEN", "bot", "groups:read", "users:read", "users:read.email"),
            "Slack answered users.conversations with invalid_types",
            "add channels:read and groups:read under OAuth & Permissions",
            id="a missing scope that Slack does not call so",
        ),
    ],
)
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_bad_token_is_one_message_with_the_cure_and_nothing_is_written(
    accounts, caplog, command, setup, what, cure
):
    setup(accounts)
    before = accounts.sandbox.snapshot()

    with caplog.at_level(logging.DEBUG):
        done = accounts.cli("--debug", command, code=1)

    message = done.err[: done.err.index("\n1 problem.")].rpartition("\n\n")[2]
    assert what in message
    assert cure in message
    assert "Traceback" not in done.err
    assert accounts.leaked(done.out + done.err + caplog.text) == []
    assert accounts.sandbox.snapshot() == before
    document = accounts.cli(command, "--format", "json", code=1)
    (diagnostic,) = document.json["diagnostics"]
    assert what in diagnostic["summary"]
    assert cure in diagnostic["detail"]
    assert accounts.leaked(document.out + document.err) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setup", "failed", "what", "cure"),
    [
        pytest.param(
            together(written(THREE_TEAMS), wrong("PAGERDUTY_API_KEY", "sandbox-read-only-key")),
            {"team/payments", "team/platform", "team/web"},
            "PagerDuty answered POST /teams with 403 (code 2010): Access Denied: Token is read-only",
            "PAGERDUTY_API_KEY may be a read-only key, or belong to a user whose role does not allow this: "
            "use one with full access (an admin creates it under Integrations > API Access Keys)",
            id="a read-only key",
        ),
        pytest.param(
            scoped("SLACK_BOT_TOKEN", "bot", *READS),
            {"channel/incidents"},
            "Slack answered conversations.create with missing_scope: the call needs channels:manage",
            "add one of channels:manage, ",
            id="a missing scope",
        ),
        pytest.param(
            together(written(BOOKMARKS), scoped("SLACK_BOT_TOKEN", "bot", "channels:manage", *READS)),
            {"channel/incidents"},
            "Slack answered bookmarks.add with missing_scope: the call needs bookmarks:write",
            "add bookmarks:write under OAuth & Permissions, reinstall the app, set the new SLACK_BOT_TOKEN",
            id="a missing scope of a part",
        ),
    ],
)
def test_a_token_that_only_reads_is_one_message_at_apply(accounts, caplog, setup, failed, what, cure):
    setup(accounts)
    accounts.cli("plan")

    with caplog.at_level(logging.DEBUG):
        done = accounts.cli("--debug", "apply", "--yes", code=1)

    (line,) = [line for line in done.err.splitlines() if line.startswith("Error: ")]
    place, refs, text = line.removeprefix("Error: ").split(": ", 2)
    assert place.startswith("pdslack.yaml:")
    assert set(refs.split(", ")) == failed
    assert what in text
    assert done.err.count(cure) == 1
    assert "Traceback" not in done.err
    assert accounts.leaked(done.out + done.err + caplog.text) == []


def test_an_archived_channel_and_no_token_to_bring_it_back_is_one_problem(accounts):
    accounts.seed(channels=[{"name": "incidents", "archived": True, "creator": "U0SANDBOXBU"}])
    accounts.patch.delenv("SLACK_USER_TOKEN")

    done = accounts.cli("plan", code=1)

    assert "channel/incidents exists, but is archived" in done.err
    assert "set SLACK_USER_TOKEN, a user's token with channels:write and groups:write" in done.err
    assert done.err.endswith("1 problem.\n")


def test_the_bots_token_in_the_place_of_a_users_does_not_bring_channels_back(accounts):
    accounts.seed(channels=[{"name": "incidents", "archived": True, "creator": "U0SANDBOXBU"}])
    swapped("SLACK_USER_TOKEN", "SLACK_BOT_TOKEN")(accounts)

    done = accounts.cli("apply", "--yes", code=1)

    assert ": channel/incidents: SLACK_USER_TOKEN: expected a user token, got a bot token" in done.err
    assert "it starts with xoxp-" in done.err


@pytest.mark.parametrize(
    "words",
    [
        ("plan",),
        ("apply", "--yes"),
        ("destroy", "--yes"),
        ("adopt", "team/payments", "--yes"),
        ("output",),
        ("graph", "--diff"),
        ("replay",),
    ],
    ids=" ".join,
)
def test_without_any_token_one_message_names_all_that_the_stack_needs(cli, words):
    told = cli(*words, code=1).err
    assert (
        "no token is set; this stack needs PAGERDUTY_API_KEY, PAGERDUTY_USER_TOKEN, SLACK_BOT_TOKEN" in told
    )
    assert "`pdslack doctor`" in told
    assert "--sandbox" in told
    assert "1 problem." in told


def test_without_any_token_only_what_the_stack_needs_is_named(cli):
    cli.write("owner: a\nteams: {a: {}}\n")
    assert "this stack needs PAGERDUTY_API_KEY\n" in cli("plan", code=1).err


def test_with_one_token_all_others_that_the_stack_needs_are_named_at_once(cli, monkeypatch):
    monkeypatch.setenv("PAGERDUTY_API_KEY", "u+abcdefghijklmnopqr")
    told = cli("plan", code=1).err
    assert "this stack also needs PAGERDUTY_USER_TOKEN, SLACK_BOT_TOKEN\n" in told
    assert "1 problem." in told


def test_doctor_without_any_token_names_each(cli):
    told = cli("doctor", code=1).out
    assert [name in told for name in ("PAGERDUTY_API_KEY is not set", "SLACK_BOT_TOKEN is not set")] == [
        True
    ] * 2


@pytest.mark.slow
def test_rules_of_the_two_way_service_need_no_user_token_of_pagerduty(accounts):
    accounts.cli.write(STACK.replace("urgency: high", "urgency: high, via: sync"))
    accounts.cli("apply", "--yes")
    unset("PAGERDUTY_USER_TOKEN")(accounts)

    planned = accounts.cli("plan")

    assert "slack connections of ours are left behind: PAGERDUTY_USER_TOKEN is not set" in planned.out
    assert "No changes to what could be read." in planned.out
