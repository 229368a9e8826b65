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
from tests.cli.accounts import Accounts, swapped
from tests.cli.conftest import STACK
from tests.clients.scripted import Reply, Scripted, broken

pytestmark = pytest.mark.slow_after(2)

ROOT = Path(__file__).parents[3]

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


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_examples_are_well_in_the_sandbox(cli):
    for example in ("quickstart.yaml", "tutorial.yaml", "fintech"):
        source = ROOT / "examples" / example
        (shutil.copytree if source.is_dir() else shutil.copy)(source, cli.folder / example)
        done = cli("doctor", "--sandbox", "--quiet", example)
        assert done.out == "No problems found.\n", example
