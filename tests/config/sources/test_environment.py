"""A `.env` of a checkout may set only tokens and variables, and nothing that says where they go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

import pytest

from pdslack_cli.clients.settings import ALIASES, SecretName, Settings
from pdslack_cli.config.sources.environment import foreign_hosts, read_environment
from pdslack_cli.errors import ConfigError, Problem

TOKENS = (*get_args(SecretName), *ALIASES.values())


@pytest.fixture(autouse=True)
def _no_tokens(monkeypatch):
    for name in TOKENS:
        monkeypatch.delenv(name, raising=False)


def read(folder: Path, text: str) -> tuple[dict[str, str], list[str]]:
    (folder / ".env").write_text(text)
    notices = []
    return read_environment(folder, notices), list(map(str, notices))


@pytest.mark.parametrize("name", [*TOKENS, "PDSLACK_VAR_HOOK_PATH", "PDSLACK_VAR_x.y"])
def test_dotenv_gives_tokens_and_variables(tmp_path, name):
    assert read(tmp_path, f"{name}='from file'\n") == ({**os.environ, name: "from file"}, [])


@pytest.mark.parametrize(
    "name",
    [
        "PAGERDUTY_API_URL",
        "PAGERDUTY_APP_URL",
        "PAGERDUTY_EVENTS_URL",
        "SLACK_API_URL",
        "PDSLACK_SECRET_COMMAND",
        "PDSLACK_SECRET_FILE",
        "PDSLACK_VARIABLE",
        "PDSLACK_FILES",
        "HTTPS_PROXY",
        "https_proxy",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "NETRC",
        "CI",
        "GITHUB_ACTOR",
        "PATH",
        "PYTHONPATH",
        "LD_PRELOAD",
        "pagerduty_api_key",
    ],
)
def test_dotenv_gives_nothing_else_and_names_what_it_tried(tmp_path, monkeypatch, name):
    monkeypatch.delenv(name, raising=False)
    environ, (notice,) = read(tmp_path, f"{name}=a-value\nSLACK_BOT_TOKEN=xoxb-1\n")

    assert environ == {**os.environ, "SLACK_BOT_TOKEN": "xoxb-1"}
    assert f"{name} in .env is ignored" in notice
    assert "a-value" not in notice


@pytest.mark.parametrize("real", ["real", ""])
@pytest.mark.parametrize(
    ("written", "set_"),
    [
        *((name, name) for name in ("PAGERDUTY_API_KEY", "SLACK_USER_TOKEN", "PDSLACK_VAR_X")),
        *ALIASES.items(),
        *((alias, name) for name, alias in ALIASES.items()),
    ],
)
def test_dotenv_never_replaces_what_the_environment_sets(tmp_path, monkeypatch, written, set_, real):
    monkeypatch.setenv(set_, real)
    before = dict(os.environ)

    assert read(tmp_path, f"{written}=file\n") == (before, [])
    assert dict(os.environ) == before


def test_dotenv_does_not_read_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "aws-4711")

    environ, _ = read(tmp_path, 'PDSLACK_VAR_X=${AWS_SECRET_ACCESS_KEY}\nPDSLACK_VAR_Y="$HOME"\n')

    assert environ["PDSLACK_VAR_X"] == "${AWS_SECRET_ACCESS_KEY}"
    assert environ["PDSLACK_VAR_Y"] == "$HOME"


def test_folder_without_dotenv_leaves_the_environment(tmp_path):
    assert read_environment(tmp_path, []) == dict(os.environ)


@pytest.mark.parametrize("name", ["PDSLACK_VAR_PATH", "PAGERDUTY_API_KEY", "SLACK_TOKEN"])
def test_value_that_is_no_text_is_a_problem_that_shows_nothing_of_it(tmp_path, monkeypatch, name):
    monkeypatch.setitem(os.environ, name, os.fsdecode(b"hush\xef\x85"))

    with pytest.raises(ConfigError, match=f"^{name} in the environment: expected UTF-8 text") as raised:
        read_environment(tmp_path, [])

    assert "hush" not in str(raised.value)


def test_bytes_of_other_variables_are_not_ours_to_judge(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "ELSEWHERE", os.fsdecode(b"\xef"))
    assert read_environment(tmp_path, [])["ELSEWHERE"] == "\udcef"


def test_dotenv_that_is_no_text_is_a_problem_that_shows_nothing_of_it(tmp_path):
    (tmp_path / ".env").write_bytes(b"SLACK_BOT_TOKEN=xoxb-4713\xff\n")
    with pytest.raises(ConfigError, match=r"\.env cannot be read: it is not UTF-8 text") as raised:
        read_environment(tmp_path, [])
    assert raised.value.__cause__ is None
    assert "4713" not in str(raised.value)


@pytest.mark.parametrize(
    ("environ", "region", "told"),
    [
        pytest.param({}, "us", [], id="us"),
        pytest.param({}, "eu", [], id="eu"),
        pytest.param({"SLACK_API_URL": "https://acme.slack.com/api"}, "us", [], id="a host of the vendor"),
        pytest.param(
            {"PAGERDUTY_API_URL": "https://evil.example/t0ken", "SLACK_API_URL": "https://evil.example/api"},
            "us",
            [
                "Warning: PAGERDUTY_API_URL, SLACK_API_URL: requests and tokens go to https://evil.example, "
                "which is not the vendor's own host"
            ],
            id="two on one host",
        ),
        pytest.param(
            {"PAGERDUTY_API_URL": "https://notpagerduty.com"},
            "us",
            [
                "Warning: PAGERDUTY_API_URL: requests and tokens go to https://notpagerduty.com, "
                "which is not the vendor's own host"
            ],
            id="a name that only ends like theirs",
        ),
        pytest.param(
            {"PAGERDUTY_API_URL": "http://api.pagerduty.com"},
            "us",
            [
                "Warning: PAGERDUTY_API_URL: requests and tokens go to http://api.pagerduty.com, "
                "which is not the vendor's own host"
            ],
            id="without encryption",
        ),
        pytest.param(
            {
                "PAGERDUTY_API_URL": "http://127.0.0.1:4199/pagerduty",
                "PAGERDUTY_APP_URL": "http://127.0.0.1:4199/pagerduty-app",
                "SLACK_API_URL": "http://127.0.0.1:4199/slack/api",
            },
            "us",
            ["Note: PagerDuty and Slack are at http://127.0.0.1:4199."],
            id="a sandbox",
        ),
        pytest.param(
            {"PAGERDUTY_EVENTS_URL": "http://[::1]:1/e", "SLACK_API_URL": "http://localhost:2/api"},
            "us",
            ["Note: PagerDuty is at http://[::1]:1.", "Note: Slack is at http://localhost:2."],
            id="two on this machine",
        ),
        *(
            pytest.param(
                {"SLACK_API_URL": f"http://{host}/api"},
                "us",
                [
                    f"Warning: SLACK_API_URL: requests and tokens go to http://{host}, "
                    "which is not the vendor's own host"
                ],
                id=host,
            )
            for host in (
                "127.0.0.1.evil.example",
                "localhost.evil.example",
                "10.0.0.1",
            )
        ),
    ],
)
def test_host_that_is_not_the_vendors_is_told(environ, region, told):
    assert foreign_hosts(Settings.read(environ, region)) == told


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("PAGERDUTY_TOKEN=a\n:::bad\n", [2], id="no name"),
        pytest.param('\nPAGERDUTY_TOKEN="a\nSLACK_BOT_TOKEN=b\n', [2], id="open quote"),
        pytest.param("PAGERDUTY_TOKEN\n", [1], id="no value"),
        pytest.param("# nothing\n\nPAGERDUTY_TOKEN=a\n", [], id="fine"),
    ],
)
def test_line_that_sets_nothing_is_named_by_number_and_never_printed(tmp_path, caplog, text, lines):
    (tmp_path / ".env").write_text(text)
    notices: list[Problem] = []

    read_environment(tmp_path, notices)

    found = [notice.message for notice in notices]
    assert found == [f"line {line} of .env is ignored: expected NAME=value" for line in lines]
    assert caplog.records == []
