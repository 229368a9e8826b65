from __future__ import annotations

import os
import shutil
from pathlib import Path

import certifi
import pytest

from pdslack_cli.clients.settings import Settings
from pdslack_cli.errors import AuthError, ConfigError


@pytest.mark.parametrize(
    ("environ", "secret"),
    [
        pytest.param({"PAGERDUTY_API_KEY": "a"}, "a", id="its own name"),
        pytest.param({"PAGERDUTY_TOKEN": "b"}, "b", id="the other name"),
        pytest.param({"PAGERDUTY_API_KEY": "a", "PAGERDUTY_TOKEN": "b"}, "a", id="its own name wins"),
        pytest.param({"PAGERDUTY_API_KEY": " ", "PAGERDUTY_TOKEN": "b"}, "b", id="blank is not set"),
        pytest.param({"PAGERDUTY_API_KEY": "a\n"}, "a", id="a line end that was copied along is dropped"),
    ],
)
def test_pagerduty_key_is_read_from_either_name(environ, secret):
    assert Settings.read(environ).secret("PAGERDUTY_API_KEY") == secret


def test_slack_bot_token_is_read_from_either_name():
    assert Settings.read({"SLACK_TOKEN": "xoxb-1"}).secret("SLACK_BOT_TOKEN") == "xoxb-1"


@pytest.mark.parametrize(
    ("name", "provider", "where"),
    [
        pytest.param("PAGERDUTY_API_KEY", "pagerduty", "API Access Keys", id="PagerDuty"),
        pytest.param("SLACK_USER_TOKEN", "slack", "OAuth & Permissions", id="Slack"),
    ],
)
def test_a_secret_that_is_not_set_is_named_with_where_it_comes_from(name, provider, where):
    settings = Settings.read({})
    assert not settings.has(name)
    with pytest.raises(AuthError, match=f"{name} is not set") as raised:
        settings.secret(name)
    assert raised.value.provider == provider
    assert where in raised.value.hint


@pytest.mark.parametrize(
    ("environ", "region", "hosts"),
    [
        pytest.param(
            {},
            "us",
            ("https://api.pagerduty.com", "https://app.pagerduty.com", "https://events.pagerduty.com/v2"),
            id="us",
        ),
        pytest.param(
            {},
            "eu",
            (
                "https://api.eu.pagerduty.com",
                "https://app.eu.pagerduty.com",
                "https://events.eu.pagerduty.com/v2",
            ),
            id="eu",
        ),
        pytest.param(
            {"PAGERDUTY_API_URL": "http://127.0.0.1:1/a/", "PAGERDUTY_EVENTS_URL": "https://e"},
            "eu",
            ("http://127.0.0.1:1/a", "https://app.eu.pagerduty.com", "https://e"),
            id="the environment over the region",
        ),
    ],
)
def test_pagerduty_hosts_follow_the_region_and_the_environment(environ, region, hosts):
    settings = Settings.read(environ, region)
    assert (settings.pagerduty_api_url, settings.pagerduty_app_url, settings.pagerduty_events_url) == hosts


def test_every_malformed_value_is_reported_at_once_and_no_secret_with_it():
    environ = {
        "PAGERDUTY_TOKEN": "two words-4711",
        "SLACK_USER_TOKEN": "xoxp-ünicode",
        "PAGERDUTY_API_URL": "api.pagerduty.com",
        "PAGERDUTY_APP_URL": "http://[::1",
        "SLACK_API_URL": "https://user:word@slack.com/api",
        "SSL_CERT_FILE": "/nowhere/ca.pem",
    }
    with pytest.raises(ConfigError) as raised:
        Settings.read(environ)
    text = str(raised.value)
    assert [name for name in environ if name not in text] == []
    assert "4711" not in text
    assert "ünicode" not in text


def test_ca_bundle_is_the_first_file_that_is_named(tmp_path: Path):
    one, other = (shutil.copy(certifi.where(), tmp_path / name) for name in ("one.pem", "other.pem"))
    environ = {"REQUESTS_CA_BUNDLE": str(one), "SSL_CERT_FILE": str(other)}
    assert Settings.read(environ).ca_bundle == str(one)
    assert Settings.read({"SSL_CERT_FILE": str(other)}).ca_bundle == str(other)
    assert Settings.read({}).ca_bundle is None


def test_a_ca_bundle_without_certificates_is_a_problem(tmp_path: Path):
    (tmp_path / "ca.pem").write_text("no certificate\n")
    with pytest.raises(ConfigError, match="REQUESTS_CA_BUNDLE: cannot load certificates"):
        Settings.read({"REQUESTS_CA_BUNDLE": str(tmp_path / "ca.pem")})


def test_a_ca_bundle_that_is_a_fifo_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "ca.pem")
    with pytest.raises(ConfigError, match="SSL_CERT_FILE: cannot load certificates"):
        Settings.read({"SSL_CERT_FILE": str(tmp_path / "ca.pem")})


def test_a_sandbox_needs_no_certificates(tmp_path: Path):
    hosts = ("PAGERDUTY_API_URL", "PAGERDUTY_APP_URL", "PAGERDUTY_EVENTS_URL", "SLACK_API_URL")
    environ = {**dict.fromkeys(hosts, "http://127.0.0.1:1"), "SSL_CERT_FILE": str(tmp_path / "absent.pem")}
    assert Settings.read(environ).ca_bundle == environ["SSL_CERT_FILE"]
    with pytest.raises(ConfigError, match="SSL_CERT_FILE: cannot load certificates"):
        Settings.read({**environ, "SLACK_API_URL": "https://slack.com/api"})
