"""Each fault that an account can have is found by the doctor, with its cure."""

from __future__ import annotations

import pytest

from pdslack_cli.sandbox.settings import save_abilities, save_plan
from tests.cli.accounts import (
    revoked,
    scoped,
    swapped,
    together,
    unset,
    users_token,
    written,
    wrong,
)
from tests.cli.conftest import STACK
from tests.cli.faulty import (
    LEFT,
    LOW,
    MEMBER,
    PRIORITY,
    PRIVATE,
    TOM,
    WAR_ROOM,
    WEBHOOK,
    applied_and_forgotten,
    archived,
    only_in_pagerduty,
    only_in_slack,
    unwritable,
)
from tests.cli.surroundings.test_doctor import doctor, faults


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setup", "severity", "what", "cure"),
    [
        pytest.param(
            unset("PAGERDUTY_API_KEY"),
            "error",
            "PAGERDUTY_API_KEY is not set, and team/payments needs it",
            "Integrations > API Access Keys",
            id="no account key",
        ),
        pytest.param(
            unset("PAGERDUTY_USER_TOKEN"),
            "error",
            "PAGERDUTY_USER_TOKEN is not set, and notification_rule/payments needs it",
            "under User Settings",
            id="no user token",
        ),
        pytest.param(
            unset("SLACK_BOT_TOKEN"),
            "error",
            "SLACK_BOT_TOKEN is not set, and",
            "starts with xoxb-",
            id="no bot token",
        ),
        pytest.param(
            wrong("PAGERDUTY_API_KEY", "nonsense"),
            "error",
            "PagerDuty refuses PAGERDUTY_API_KEY at PAGERDUTY_API_URL: it is wrong or revoked",
            "set a new one",
            id="wrong account key",
        ),
        pytest.param(
            wrong("PAGERDUTY_USER_TOKEN", "nonsense"),
            "error",
            "PagerDuty refuses PAGERDUTY_USER_TOKEN at PAGERDUTY_API_URL: it is wrong or revoked",
            "set a new one",
            id="wrong user token",
        ),
        pytest.param(
            wrong("SLACK_BOT_TOKEN", "xoxb-nonsense"),
            "error",
            "invalid_auth",
            "SLACK_BOT_TOKEN is wrong",
            id="wrong bot token",
        ),
        pytest.param(
            revoked("SLACK_BOT_TOKEN"),
            "error",
            "token_revoked",
            "SLACK_BOT_TOKEN is wrong, revoked or",
            id="revoked bot token",
        ),
        pytest.param(
            revoked("SLACK_APP_TOKEN"),
            "warning",
            "token_revoked",
            "SLACK_APP_TOKEN is wrong, revoked or",
            id="revoked token that nothing needs",
        ),
        pytest.param(
            swapped("SLACK_BOT_TOKEN", "SLACK_USER_TOKEN"),
            "error",
            "SLACK_BOT_TOKEN: expected a bot token, got a user token",
            "starts with xoxb-",
            id="a person's token as the bot's",
        ),
        pytest.param(
            swapped("SLACK_USER_TOKEN", "SLACK_BOT_TOKEN"),
            "warning",
            "SLACK_USER_TOKEN: expected a user token, got a bot token",
            "starts with xoxp-",
            id="the bot's token as a person's",
        ),
        pytest.param(
            swapped("SLACK_APP_TOKEN", "SLACK_BOT_TOKEN"),
            "warning",
            "SLACK_APP_TOKEN: expected an app-level token, got",
            "starts with xapp-",
            id="the bot's token as the app's",
        ),
        pytest.param(
            swapped("PAGERDUTY_USER_TOKEN", "PAGERDUTY_API_KEY"),
            "error",
            "PAGERDUTY_USER_TOKEN holds an account API key",
            "an admin who is linked to a Slack user creates it",
            id="an account key as the user token",
        ),
        pytest.param(
            users_token("PAGERDUTY_USER_TOKEN", "user"),
            "error",
            "PAGERDUTY_USER_TOKEN acts as maya (role user): PagerDuty's Slack connections are for admins",
            "an admin who is linked to a Slack user creates it",
            id="a token of no admin",
        ),
        pytest.param(
            users_token("PAGERDUTY_API_KEY", "read_only_user"),
            "error",
            "PAGERDUTY_API_KEY acts as maya (role read_only_user), who cannot change anything",
            "Integrations > API Access Keys",
            id="a key that may change nothing",
        ),
        pytest.param(
            written(STACK.replace("slack: {workspace: T0ACME}", "").partition("notification_rules")[0]),
            "warning",
            "slack.workspace is not set",
            "write `slack: {workspace: T0ACME}`",
            id="no workspace named",
        ),
        pytest.param(
            together(
                written(STACK.replace("T0ACME", "T0OTHER").partition("notification_rules")[0]),
                unset("SLACK_USER_TOKEN"),
            ),
            "error",
            "SLACK_BOT_TOKEN is for workspace T0ACME (Sandbox), expected T0OTHER as in the file",
            "correct `slack: {workspace: …}`",
            id="another workspace",
        ),
        pytest.param(
            lambda accounts: save_plan(accounts.sandbox.store, {"slack_connection": False}),
            "error",
            "not been connected to this workspace",
            "connect the workspace T0ACME in PagerDuty",
            id="PagerDuty is not connected to the workspace",
        ),
        pytest.param(
            scoped(
                "SLACK_BOT_TOKEN",
                "bot",
                "channels:read",
                "groups:read",
                "channels:manage",
                "channels:join",
                "users:read.email",
            ),
            "error",
            "SLACK_BOT_TOKEN lacks users:read, for `members` of channels and user groups (slack_user/maya)",
            "add users:read to the bot's scopes under OAuth & Permissions, reinstall the app",
            id="a missing scope of the bot",
        ),
        pytest.param(
            scoped(
                "SLACK_BOT_TOKEN",
                "bot",
                "groups:read",
                "channels:manage",
                "channels:join",
                "users:read",
                "users:read.email",
            ),
            "error",
            "SLACK_BOT_TOKEN lacks channels:read, for finding channels (channel/incidents)",
            "add channels:read to the bot's scopes under OAuth & Permissions, reinstall the app",
            id="a missing scope without which nothing can be read",
        ),
        pytest.param(
            scoped("SLACK_USER_TOKEN", "user", "channels:read"),
            "warning",
            "SLACK_USER_TOKEN lacks channels:write, for bringing back archived public channels",
            "add channels:write to the user's scopes",
            id="a missing scope of the user",
        ),
        pytest.param(
            together(archived, scoped("SLACK_USER_TOKEN", "user", "channels:read")),
            "error",
            "SLACK_USER_TOKEN lacks channels:write, for bringing back archived public channels",
            "add channels:write to the user's scopes",
            id="a missing scope of the user that is needed now",
        ),
        pytest.param(
            together(archived, unset("SLACK_USER_TOKEN")),
            "error",
            "channel/incidents is archived",
            "set SLACK_USER_TOKEN",
            id="an archived channel and no token to bring it back",
        ),
        pytest.param(
            together(
                written(LOW),
                lambda accounts: accounts.seed(schedules=["primary"]),
                lambda accounts: save_abilities(accounts.sandbox.store, ["teams", "service_support_hours"]),
            ),
            "error",
            "this account's plan lacks urgencies other than high (ability urgencies), which service/api",
            "or upgrade the account's plan",
            id="low urgency on a plan without",
        ),
        pytest.param(
            together(
                written(LOW),
                lambda accounts: accounts.seed(schedules=["primary"]),
                lambda accounts: save_abilities(accounts.sandbox.store, ["teams", "urgencies"]),
            ),
            "error",
            "this account's plan lacks support hours (ability service_support_hours), which service/cards",
            "or upgrade the account's plan",
            id="support hours on a plan without",
        ),
        pytest.param(
            together(
                written(PRIORITY), lambda accounts: save_plan(accounts.sandbox.store, {"priorities": False})
            ),
            "error",
            "this account's plan has no priorities",
            "or upgrade the plan",
            id="priorities on a plan without",
        ),
        pytest.param(
            together(written(MEMBER), only_in_pagerduty),
            "warning",
            "slack_user/tom: there is no Slack user 'tom@acme.example'",
            "",
            id="a person who is in PagerDuty only",
        ),
        pytest.param(
            together(written(MEMBER), lambda accounts: accounts.seed(people=[LEFT])),
            "warning",
            "slack_user/tom: the Slack user 'tom@acme.example' is deactivated",
            "",
            id="a person who left Slack",
        ),
        pytest.param(
            only_in_slack,
            "warning",
            "person/tom: there is no person 'tom@acme.example'",
            "",
            id="a person who is in Slack only",
        ),
        pytest.param(
            together(
                written(STACK.replace("[maya]", "[tom]").replace("people:\n", TOM)),
                only_in_pagerduty,
            ),
            "error",
            "slack_user/tom: there is no Slack user 'tom@acme.example'",
            "",
            id="a person whom the file needs in Slack",
        ),
        pytest.param(
            together(
                written(STACK.replace("[maya]", "[tom]").replace("people:\n", TOM)),
                lambda accounts: accounts.seed(people=[LEFT]),
            ),
            "error",
            "slack_user/tom: the Slack user 'tom@acme.example' is deactivated",
            "",
            id="a person whom the file needs, and who left Slack",
        ),
        pytest.param(
            together(written(WAR_ROOM), lambda accounts: accounts.seed(channels=[PRIVATE])),
            "error",
            "channel/war-room: there is no channel 'war-room'",
            "/invite @pdslack",
            id="a private channel without the bot",
        ),
        pytest.param(
            lambda accounts: accounts.connect_again(),
            "warning",
            "channel/incidents is notified twice about team/payments: "
            "by notification_rule/payments and by the",
            "delete it in PagerDuty under Integrations > Slack",
            id="two connections of the same ends",
        ),
        pytest.param(
            together(written(WEBHOOK), unwritable),
            "error",
            "cannot read the secret store",
            "set PDSLACK_SECRET_FILE",
            id="a secret store that cannot be written",
        ),
        pytest.param(
            together(written(WEBHOOK), lambda accounts: accounts.patch.setenv("CI", "true")),
            "error",
            "webhook/sync creates a secret that is shown only once, and CI would delete its file",
            "set PDSLACK_SECRET_COMMAND",
            id="a secret store that dies with the runner",
        ),
        pytest.param(
            together(written(WEBHOOK), applied_and_forgotten),
            "warning",
            "webhook/sync exists, but its secret is not in the store",
            "`pdslack rotate webhook/sync`",
            id="a webhook whose secret is not in the store",
        ),
        pytest.param(
            lambda accounts: accounts.sandbox.clock.advance(600),
            "warning",
            "this machine's clock is 10 min behind PagerDuty's",
            "time server",
            id="a clock that is slow",
        ),
    ],
)
def test_each_fault_is_found_with_its_cure(accounts, setup, severity, what, cure):
    setup(accounts)

    findings = doctor(accounts, "--no-probe-webhooks", code=1 if severity == "error" else 0)

    (fault,) = faults(findings)
    assert fault["severity"] == severity
    assert what in fault["summary"]
    assert cure in fault["detail"]


def test_many_faults_are_told_at_once(accounts):
    together(
        written(WAR_ROOM + "webhooks: {sync: {url: 'http://127.0.0.1:9/x', from: account, events: ['*']}}\n"),
        lambda accounts: accounts.seed(channels=[PRIVATE]),
        swapped("PAGERDUTY_USER_TOKEN", "PAGERDUTY_API_KEY"),
        scoped("SLACK_BOT_TOKEN", "bot", "channels:read", "groups:read", "users:read.email"),
        revoked("SLACK_APP_TOKEN"),
        lambda accounts: save_abilities(accounts.sandbox.store, []),
        lambda accounts: accounts.sandbox.clock.advance(-7200),
    )(accounts)

    findings = doctor(accounts, code=1)

    assert [(fault["severity"], fault["check"]) for fault in faults(findings)] == [
        ("error", "tokens"),
        ("warning", "tokens"),
        ("error", "scopes"),
        ("error", "scopes"),
        ("error", "scopes"),
        ("error", "plan"),
        ("error", "references"),
        ("warning", "webhooks"),
        ("warning", "clock"),
    ]
    assert all(fault["detail"] for fault in faults(findings))
    place = next(fault["range"] for fault in findings if "war-room" in fault["summary"])
    assert (place["filename"], place["start"]["line"]) == ("pdslack.yaml", 9)
