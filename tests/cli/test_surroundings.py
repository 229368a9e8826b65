"""Hostile surroundings: what a checkout holds reaches neither the tokens nor the environment."""

from __future__ import annotations

import pytest

from pdslack_cli.clients import settings
from pdslack_cli.sandbox.server import Sandbox


@pytest.fixture
def stranger():
    """Somebody's own server, which answers as the vendors do."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendors(accounts, monkeypatch):
    """The vendors where they are without a word in the environment."""
    for name, url in accounts.sandbox.environment().items():
        if name.startswith("PAGERDUTY_") and name.endswith("_URL"):
            monkeypatch.setitem(settings.PAGERDUTY_URLS["us"], name, url)
            monkeypatch.delenv(name)
    monkeypatch.setattr(settings, "SLACK_API_URL", accounts.sandbox.environment()["SLACK_API_URL"])
    monkeypatch.delenv("SLACK_API_URL")
    return accounts


@pytest.mark.parametrize("words", [("plan",), ("plan", "--format", "json"), ("doctor",), ("apply", "--yes")])
def test_committed_dotenv_sends_nothing_elsewhere_and_runs_nothing(vendors, stranger, words):
    hosts = {name: url for name, url in stranger.environment().items() if name.endswith("_URL")}
    lines = [f"{name}={url}" for name, url in hosts.items()]
    ran = vendors.cli.folder / "ran"
    vendors.cli.write("\n".join([*lines, f"PDSLACK_SECRET_COMMAND=touch {ran}", ""]), ".env")

    done = vendors.cli(*words)

    assert stranger.calls == []
    assert vendors.sandbox.calls
    assert not ran.exists()
    assert f"{', '.join([*hosts, 'PDSLACK_SECRET_COMMAND'])} in .env is ignored" in done.err
    assert not any(url in done.err for url in hosts.values())


def test_host_that_is_not_the_vendors_is_announced(accounts):
    hosts = "PAGERDUTY_API_URL, PAGERDUTY_APP_URL, PAGERDUTY_EVENTS_URL, SLACK_API_URL"
    warning = f"Warning: {hosts}: requests and tokens go to {accounts.sandbox.url}"

    assert warning in accounts.cli("plan").err
    assert warning in accounts.cli("export", "--owner", "other").err


def test_sandbox_is_not_announced(cli):
    assert "Warning" not in cli("plan", "--sandbox").err
