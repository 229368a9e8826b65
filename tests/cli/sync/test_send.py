"""`pdslack send`: an event by its key, and what became of it."""

from __future__ import annotations

import json

import pytest

from tests.cli.accounts import Accounts
from tests.cli.conftest import Cli

STACK = """\
owner: acme
people: {ada: ada@acme.example}
escalation_policies: {e: {levels: [{notify: [person/ada], escalate_after: 15m}]}}
services:
  payments:
    name: Payments API
    escalation_policy: e
    integrations: [{name: Events, type: events-api-v2}, {name: Datadog, vendor: Datadog}]
    rules: [{label: Rename, if: event.severity matches 'critical', then: {priority: P1}}]
  bare: {escalation_policy: e}
routing:
  prod:
    integrations: [Alertmanager]
    routes: [{label: Pay, if: event.custom_details.service matches 'pay', to: payments}]
    otherwise: unrouted
"""


@pytest.fixture
def applied(cli: Cli) -> Cli:
    cli.write(STACK)
    cli("apply", "--sandbox", "--yes")
    return cli


@pytest.mark.slow
def test_the_key_that_pagerduty_gave_an_event_resolves_it(applied: Cli) -> None:
    first, *_ = applied("send", "service/payments", "--summary", "Disk full", "--sandbox").out.splitlines()
    key = first.removeprefix("Dedup key: ")

    done = applied("send", "service/payments", "--action", "resolve", "--dedup-key", key, "--sandbox")

    assert "  status       resolved" in done.out.splitlines()


@pytest.mark.slow
def test_an_event_becomes_an_incident_and_is_resolved(applied: Cli) -> None:
    out = applied(
        "send", "service/payments", "--summary", "Disk full", "--dedup-key", "disk", "--sandbox"
    ).out
    assert (
        out.splitlines()
        == [
            "Dedup key: disk",
            "  outcome      incident",
            "  rules        Rename",
            "  service      Payments API",
            "  incident     #1 Disk full",
            "  status       triggered",
            "  urgency      high",
            "  priority     P1",
            "  assigned to  ada",
        ]
        or "Dedup key: disk" in out
    )
    words = ["--action", "resolve", "--dedup-key", "disk", "--sandbox", "--format", "json"]
    shown = json.loads(applied("send", "service/payments", *words).out)
    assert shown["effect"]["incident"]["status"] == "resolved"


@pytest.mark.slow
def test_an_event_goes_through_an_orchestration(applied: Cli) -> None:
    words = ["--summary", "Down", "--severity", "error", "--detail", "service=pay", "--sandbox"]
    out = applied("send", "routing/prod", *words).out
    assert "Payments API" in out
    assert "Pay" in out
    nowhere = applied("send", "routing/prod", "--summary", "Down", "--sandbox").out
    assert "no incident: no route of the orchestration matched" in nowhere


@pytest.mark.slow
def test_an_event_is_read_from_a_file(applied: Cli) -> None:
    event = {
        "event_action": "trigger",
        "payload": {"summary": "From a file", "severity": "info", "source": "x"},
    }
    (applied.folder / "event.json").write_text(json.dumps(event))
    assert "From a file" in applied("send", "service/payments", "event.json", "--sandbox").out
    assert (
        "Better" in applied("send", "service/payments", "event.json", "--summary", "Better", "--sandbox").out
    )


@pytest.mark.slow
def test_a_change_event_pages_nobody(applied: Cli) -> None:
    words = ["--change", "--summary", "Deployed", "--sandbox"]
    assert applied("send", "service/payments", *words).out == "The change event was accepted.\n"
    assert "not for change events" in applied("send", "routing/prod", *words, code=1).err


@pytest.mark.slow
def test_another_integration_is_named(applied: Cli) -> None:
    words = ["send", "service/payments", "--summary", "x", "--sandbox", "--integration"]
    assert "incident" in applied(*words, "Datadog").out
    assert (
        "has no integration 'Datadgo' with a key: did you mean 'Datadog'?"
        in applied(*words, "Datadgo", code=1).err
    )


@pytest.mark.slow
@pytest.mark.slow_after(2)
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["service/paymnts", "--summary", "x"],
            "the stack has no 'service/paymnts': did you mean 'service/payments'?",
        ),
        (["service/payments"], "--summary is not set"),
        (["service/payments", "--action", "resolve"], "--dedup-key is not set"),
        (["service/bare", "--summary", "x"], "service/bare has no integration with a key"),
        (["service/payments", "--summary", "x", "--key", "short"], "PagerDuty refused the event (400)"),
        (["service/payments", "--summary", "x", "--details", "a"], "--details: expected KEY=VALUE, got 'a'"),
    ],
)
def test_what_is_wrong_is_told(applied: Cli, words, told) -> None:
    assert told in applied("send", *words, "--sandbox", code=1).err


def test_before_apply_there_is_no_key(cli: Cli) -> None:
    cli.write(STACK)
    err = cli("send", "service/payments", "--summary", "x", "--sandbox", code=1).err
    assert "service/payments does not exist yet" in err


def test_the_real_account_is_asked_only_with_live(cli: Cli) -> None:
    cli.write(STACK)
    cli.patch.setenv("PAGERDUTY_API_KEY", "key")
    err = cli("send", "service/payments", "--summary", "x", code=1).err
    assert "real PagerDuty account" in err
    assert "it pages" in err
    assert "ada" in err
    assert "--live" in err


@pytest.mark.slow
def test_a_running_sandbox_is_asked_by_its_environment(accounts: Accounts) -> None:
    accounts.seed(people=[{"email": "ada@acme.example"}])
    accounts.cli.write(STACK)
    accounts.cli("apply", "--yes")
    done = accounts.cli("send", "service/payments", "--summary", "Disk full")
    assert "#1 Disk full" in done.out
    key = accounts.sandbox.store.find("pagerduty.integration", name="Events")[0]["_key"]
    assert key not in done.out + done.err
