"""The doctor finds each fault that an account can have, with its cure, and all of them at once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pdslack_cli.clients.settings import PAGERDUTY_URLS
from pdslack_cli.model import Json
from pdslack_cli.sandbox.http import Server
from pdslack_cli.sandbox.server import Sandbox
from pdslack_cli.sandbox.settings import save_abilities, save_plan
from tests.cli.accounts import (
    Accounts,
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
from tests.clients.scripted import Reply, Scripted, broken

ROOT = Path(__file__).parents[2]

# What reads in Slack; every method there is a POST.
SLACK_READS = {"auth.test", "users.conversations", "conversations.list", "conversations.info",
               "users.lookupByEmail", "users.list", "apps.manifest.validate"}  # fmt: skip


def doctor(accounts: Accounts, *words: str, code: int = 0) -> list[Json]:
    """What the doctor finds; `code` is the exit code that it must have. No token is in what it prints."""
    done = accounts.cli("doctor", "--format", "json", *words, code=code)
    assert accounts.leaked(done.out + done.err) == []
    return done.json["diagnostics"]


def faults(findings: list[Json]) -> list[Json]:
    return [finding for finding in findings if finding["severity"] != "ok"]


def test_a_sound_account_has_no_fault_and_the_doctor_writes_nothing(accounts):
    before = accounts.sandbox.snapshot()

    findings = doctor(accounts)

    assert faults(findings) == []
    assert {finding["check"] for finding in findings} == {
        "tokens",
        "scopes",
        "plan",
        "access",
        "references",
        "notifications",
        "clock",
    }
    calls = accounts.sandbox.calls
    assert {call.method for call in calls if call.provider == "pagerduty"} == {"GET"}
    assert {call.path.strip("/") for call in calls if call.provider == "slack"} <= SLACK_READS
    assert accounts.sandbox.snapshot() == before


# --- one fault each ----------------------------------------------------------------------------------


def archived(accounts: Accounts) -> None:
    channel = {"name": "incidents", "archived": True, "creator": "U0SANDBOXBU"}
    accounts.seed(channels=[channel])


def only_in_slack(accounts: Accounts) -> None:
    accounts.sandbox.vendors["slack"].seed({"people": [{"name": "Tom", "email": "tom@acme.example"}]})
    accounts.cli.write(STACK.replace("members: [maya]", "members: [tom]").replace("people:\n", TOM))


def only_in_pagerduty(accounts: Accounts) -> None:
    accounts.sandbox.vendors["pagerduty"].seed({"people": [{"name": "Tom", "email": "tom@acme.example"}]})


def unwritable(accounts: Accounts) -> None:
    accounts.patch.setenv("PDSLACK_SECRET_FILE", str(accounts.cli.folder / "pdslack.yaml" / "secrets.json"))


def applied_and_forgotten(accounts: Accounts) -> None:
    accounts.cli("apply", "--yes")
    (accounts.cli.folder / ".pdslack" / "secrets.json").unlink()


TOM = "people:\n  tom: tom@acme.example\n"
LEFT = {"name": "Tom", "email": "tom@acme.example", "deleted": True}
MEMBER = STACK.replace("people:\n", TOM).replace(
    "description: Takes money}", "description: Takes money, members: {manager: [tom]}}"
)
LOW = STACK + """\
schedules: {primary: {lookup: true}}
escalation_policies:
  payments: {levels: [{notify: [person/maya]}]}
services:
  api: {escalation_policy: payments, urgency: low}
  cards:
    escalation_policy: payments
    support_hours: {time_zone: Europe/Berlin, days: mon-fri, from: "08:00", to: "20:00"}
"""  # fmt: skip
PRIORITY = STACK.replace("urgency: high}", "priorities: [P1]}")
WEBHOOK = (
    STACK + "webhooks: {sync: {url: 'https://sync.acme.example/x', from: account, events: ['incident.*']}}\n"
)
WAR_ROOM = STACK.replace("notification_rules:", "  war-room: {lookup: true}\nnotification_rules:")
PRIVATE = {"name": "war-room", "private": True}


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
            "with 401",
            "PAGERDUTY_API_KEY is wrong or revoked",
            id="wrong account key",
        ),
        pytest.param(
            wrong("PAGERDUTY_USER_TOKEN", "nonsense"),
            "error",
            "with 401",
            "PAGERDUTY_USER_TOKEN is wrong or revoked",
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
            "SLACK_BOT_TOKEN lacks users:read, for `members` of channels (slack_user/maya)",
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


def test_tokens_of_the_other_region_are_recognised(accounts, monkeypatch):
    for name, kind in (("PAGERDUTY_API_KEY", "account"), ("PAGERDUTY_USER_TOKEN", "user")):
        monkeypatch.setenv(name, f"eu-{kind}")
        accounts.set_token(name, "pagerduty", kind, user=accounts.member("maya@acme.example", "admin"))
    here = accounts.sandbox.environment()
    with Sandbox() as american:
        there = american.environment()
        for name in PAGERDUTY_URLS["us"]:
            monkeypatch.delenv(name)
            monkeypatch.setitem(PAGERDUTY_URLS["us"], name, there[name])
            monkeypatch.setitem(PAGERDUTY_URLS["eu"], name, here[name])

        found = [(fault["summary"], fault["detail"]) for fault in faults(doctor(accounts, code=1))]
        accounts.cli.write("pagerduty: {region: eu}\n" + STACK)
        cured = faults(doctor(accounts))

    cure = "write `pagerduty: {region: eu}`"
    assert found == [
        ("PAGERDUTY_API_KEY is refused in the region 'us', and works in 'eu'", cure),
        ("PAGERDUTY_USER_TOKEN is refused in the region 'us', and works in 'eu'", cure),
    ]
    assert cured == []


def test_a_token_that_no_region_takes_is_wrong(accounts, monkeypatch):
    for region in PAGERDUTY_URLS:
        monkeypatch.setitem(PAGERDUTY_URLS[region], "PAGERDUTY_API_URL", os.environ["PAGERDUTY_API_URL"])
    monkeypatch.delenv("PAGERDUTY_API_URL")
    monkeypatch.setenv("PAGERDUTY_API_KEY", "nonsense")

    (fault,) = faults(doctor(accounts, code=1))

    assert fault["summary"] == "PagerDuty refuses PAGERDUTY_API_KEY in every region: it is wrong or revoked"
    assert "Integrations > API Access Keys" in fault["detail"]


# --- webhooks ----------------------------------------------------------------------------------------


@pytest.fixture
def internet(accounts, monkeypatch) -> Iterator[Scripted]:
    """Every host beyond this machine, by way of a proxy."""
    vendor = Scripted()
    server = Server(0, vendor)
    server.start()
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.server_address[1]}")
    yield vendor
    server.stop()


def hook(url: str) -> str:
    return STACK + f"webhooks: {{sync: {{url: '{url}', from: account, events: ['incident.*']}}}}\n"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param(Reply({}), "", id="answered"),
        pytest.param(Reply("not by HEAD", 405), "", id="refused, since HEAD is not what it takes"),
        pytest.param(
            Reply("oh no", 500), "sync.acme.example does not answer from here: HTTP 500", id="broken"
        ),
        pytest.param(broken, "sync.acme.example does not answer from here", id="hung up"),
    ],
)
def test_a_webhook_is_asked_whether_it_answers_and_told_nothing(accounts, internet, monkeypatch, reply, said):
    monkeypatch.setenv("PDSLACK_VAR_HOOK", "http://maya:hunter2@sync.acme.example/x?token=hunter3")
    accounts.cli.write(hook("${HOOK}"))
    internet.plays(reply)

    findings = [finding for finding in doctor(accounts) if finding["check"] == "webhooks"]

    (finding,) = findings
    assert finding["severity"] == ("warning" if said else "ok")
    assert said in finding["summary"]
    (asked,) = internet.seen
    assert (asked.method, asked.get_data()) == ("HEAD", b"")
    assert "Authorization" not in asked.headers
    assert "hunter" not in str(findings)


def test_a_webhook_of_this_network_is_out_of_pagerdutys_reach(accounts):
    accounts.cli.write(hook(f"{accounts.sandbox.url}/x"))

    (fault,) = faults(doctor(accounts))

    assert "127.0.0.1 answers here, but PagerDuty cannot reach" in fault["summary"]
    assert "public `url`" in fault["detail"]


@pytest.mark.parametrize(
    ("flags", "asked"),
    [
        pytest.param(["--sandbox"], 0, id="not from the sandbox"),
        pytest.param(["--sandbox", "--probe-webhooks"], 1, id="unless that is wanted"),
        pytest.param(["--no-probe-webhooks"], 0, id="nor where nobody wants it"),
        pytest.param([], 1, id="else they are"),
    ],
)
def test_who_wants_webhooks_to_be_asked(accounts, internet, flags, asked):
    accounts.cli.write(hook("http://sync.acme.example/x"))
    internet.plays(Reply({}), ...)
    doctor(accounts, *flags)
    assert len(internet.seen) == asked


# --- formats -----------------------------------------------------------------------------------------


def test_text_groups_findings_by_topic_and_counts_the_faults(accounts):
    swapped("PAGERDUTY_USER_TOKEN", "PAGERDUTY_API_KEY")(accounts)

    done = accounts.cli("doctor", code=1)

    assert done.out.startswith("Tokens\n  ✓ PAGERDUTY_API_KEY works")
    assert (
        "  ✗ PAGERDUTY_USER_TOKEN holds an account API key, which PagerDuty's Slack connections refuse\n"
        "      set a new one: an admin who is linked to a Slack user creates it under User Settings\n"
    ) in done.out
    assert "\n\nScopes\n  ✓ SLACK_BOT_TOKEN has every scope" in done.out
    assert done.out.endswith("\n1 error, 0 warnings.\n")
    assert done.err.splitlines()[1:] == ["Checking the tokens...", "Reading the objects of the file..."]


def test_quiet_leaves_the_faults(accounts):
    done = accounts.cli("doctor", "--quiet")
    assert done.out == "No problems found.\n"
    assert done.err.count("\n") == 1  # the host that is not the vendor's own

    accounts.patch.delenv("PAGERDUTY_USER_TOKEN")
    done = accounts.cli("doctor", "--quiet", code=1)
    assert done.out.count("\n") == 5
    assert "✓" not in done.out


def test_files_that_are_wrong_are_problems_in_the_same_document(accounts):
    accounts.cli.write("owner: payments\nteams: {payments: {nme: Payments}}\n")

    document = accounts.cli("doctor", "--format", "json", code=1).json

    assert (document["valid"], document["error_count"]) == (False, 1)
    assert "nme" in document["diagnostics"][0]["summary"]


def test_the_examples_are_well_in_the_sandbox(cli):
    for example in ("quickstart.yaml", "tutorial.yaml", "fintech"):
        source = ROOT / "examples" / example
        (shutil.copytree if source.is_dir() else shutil.copy)(source, cli.folder / example)
        done = cli("doctor", "--sandbox", "--quiet", example)
        assert done.out == "No problems found.\n", example
