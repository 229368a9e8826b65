from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping

import pytest

from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.clients.settings import Settings
from pdslack_cli.clients.slack import SlackClient
from pdslack_cli.sandbox.http import Server
from tests.clients.scripted import Scripted
from tests.conftest import FakeClock

SECRETS = {
    "PAGERDUTY_API_KEY": "account-key-4711",
    "PAGERDUTY_USER_TOKEN": "user-token-4712",
    "SLACK_BOT_TOKEN": "xoxb-bot-4713",
    "SLACK_USER_TOKEN": "xoxp-user-4714",
    "SLACK_APP_TOKEN": "xapp-app-4715",
    "SLACK_CONFIG_TOKEN": "xoxe.xoxp-config-4716",
    "SLACK_SIGNING_SECRET": "signing-4717",
}


@pytest.fixture
def vendor() -> Scripted:
    return Scripted()


@pytest.fixture
def environ(vendor: Scripted) -> Iterator[Mapping[str, str]]:
    """Every token, and hosts that all lead to the scripted vendor."""
    server = Server(0, vendor)
    server.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    yield SECRETS | {
        "PAGERDUTY_API_URL": f"{url}/rest",
        "PAGERDUTY_APP_URL": f"{url}/app",
        "SLACK_API_URL": f"{url}/slack/api/",
    }
    server.stop()


@pytest.fixture
def settings(environ: Mapping[str, str]) -> Settings:
    return Settings.read(environ)


@pytest.fixture
def pagerduty(settings: Settings, clock: FakeClock) -> PagerDutyClient:
    return PagerDutyClient(settings, clock=clock)


@pytest.fixture
def slack(settings: Settings, clock: FakeClock) -> SlackClient:
    return SlackClient(settings, clock=clock)


@pytest.fixture
def nobody(environ: Mapping[str, str], unused_port: int) -> Settings:
    """Settings whose hosts refuse every connection."""
    url = f"http://127.0.0.1:{unused_port}"
    return Settings.read({**environ, "PAGERDUTY_API_URL": url, "SLACK_API_URL": url})


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
