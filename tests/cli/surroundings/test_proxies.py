"""The sandbox is on this machine, whatever proxy the user's network has."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pdslack_cli.sandbox.server import past_proxies

pytestmark = pytest.mark.wire

NOWHERE = "http://127.0.0.1:9"  # the port of "discard": nobody listens


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, NOWHERE)


@pytest.mark.slow
@pytest.mark.usefixtures("proxied")
def test_a_run_in_the_sandbox_goes_past_the_proxy_and_leaves_no_trace(cli, monkeypatch):
    monkeypatch.setenv("no_proxy", "intranet.acme.example")

    applied = cli("apply", "--sandbox", "--yes")

    assert "Apply complete! Resources: 3 added" in applied.out
    assert os.environ["no_proxy"] == "intranet.acme.example"
    assert "NO_PROXY" not in os.environ


@contextmanager
def standing_sandbox(folder) -> Iterator[dict[str, str]]:
    """`pdslack sandbox` in a process of its own; the variables that it prints."""
    command = [sys.executable, "-c", "from pdslack_cli.cli.main import run; run()", "sandbox"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            process.stderr.readline()  # it listens now
            process.terminate()
            lines = process.stdout.read().splitlines()
            yield dict(line.removeprefix("export ").split("=", 1) for line in lines)
        finally:
            process.kill()


@pytest.mark.slow
@pytest.mark.usefixtures("proxied")
def test_the_standing_sandbox_prints_lines_that_lead_past_the_proxy(cli, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "intranet.acme.example")
    with standing_sandbox(cli.folder) as printed:
        assert printed["NO_PROXY"] == printed["no_proxy"] == "intranet.acme.example,127.0.0.1"
        assert printed["PAGERDUTY_API_URL"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("environ", "exempt"),
    [
        pytest.param({}, "127.0.0.1", id="nothing"),
        pytest.param({"NO_PROXY": "a,b"}, "a,b,127.0.0.1", id="more"),
        pytest.param({"NO_PROXY": "a", "no_proxy": "b"}, "b,127.0.0.1", id="the spelling that wins"),
        pytest.param({"NO_PROXY": "127.0.0.1,a"}, "127.0.0.1,a", id="loopback already"),
        pytest.param({"NO_PROXY": "*"}, "*", id="everything"),
    ],
)
def test_loopback_is_added_to_what_goes_past_proxies(environ, exempt):
    assert past_proxies(environ) == {"NO_PROXY": exempt, "no_proxy": exempt}
