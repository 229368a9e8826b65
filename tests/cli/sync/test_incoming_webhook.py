"""Incoming webhooks, which only a person can make: their address is kept secret, checked, and handed out."""

from __future__ import annotations

import pytest

STACK = """\
owner: payments
slack: {workspace: T0ACME}
slack_app: {socket_mode: true}
channels:
  incidents: {topic: Cards, incoming_webhook: "${HOOK:-}"}
"""
ADDRESS = "https://hooks.slack.com/services/T0ACME/B0123456/aBcDeFgHiJkLmNoPqRsTuVwX"


@pytest.fixture
def cli(cli, monkeypatch):
    cli.write(STACK)
    monkeypatch.setenv("PDSLACK_VAR_HOOK", ADDRESS)
    return cli


@pytest.mark.slow
def test_output_hands_its_address_out_and_shows_it_nowhere_else(cli):
    planned = cli("plan", "--sandbox", "--format", "json")
    assert ADDRESS not in planned.out + planned.err
    cli("apply", "--sandbox", "--yes")
    assert cli("plan", "--sandbox", "--format", "json").json["resource_changes"] == []

    hidden = cli("output", "--sandbox").out
    assert "CHANNEL_INCIDENTS_INCOMING_WEBHOOK=" in hidden
    assert ADDRESS not in hidden
    shown = cli("output", "--sandbox", "--format", "json", "--show-secrets").json
    assert shown["channel/incidents"]["incoming_webhook"] == ADDRESS


@pytest.mark.parametrize("address", ["", ADDRESS])
def test_doctor_says_how_to_make_one_that_is_not_set(cli, monkeypatch, address):
    monkeypatch.setenv("PDSLACK_VAR_HOOK", address)
    findings = cli("doctor", "--sandbox", "--format", "json", code=None).json["diagnostics"]
    (found,) = [one for one in findings if "its incoming webhook" in str(one)]
    assert found["severity"] == ("ok" if address else "warning")
    if not address:
        assert "Slack has no API to make one" in str(found)
        assert "#incidents" in str(found)


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.slack.com/triggers/T0ACME/1234567890/abcdef",
        "https://acme.example/",
        "not an address",
    ],
)
def test_what_is_no_such_address_is_refused_without_showing_it(cli, monkeypatch, address):
    monkeypatch.setenv("PDSLACK_VAR_HOOK", address)
    said = cli("validate", code=1).err
    assert "this is not the address of an incoming webhook" in said
    assert address not in said


def test_an_address_in_the_file_itself_is_refused(cli):
    cli.write(STACK.replace("${HOOK:-}", ADDRESS))
    assert "looks like a Slack webhook URL" in cli("validate", code=1).err


def test_the_app_is_allowed_to_have_them(cli):
    manifest = cli("app", "--format", "json").json["manifest"]
    assert "incoming-webhook" in manifest["oauth_config"]["scopes"]["bot"]
    assert manifest["settings"]["incoming_webhooks"] == {"incoming_webhooks_enabled": True}
