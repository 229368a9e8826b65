"""`pdslack_cli.sandbox.start` and the pytest plugin, as other people's tests use them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from pdslack_cli.config.load import load
from pdslack_cli.sandbox import start
from tests.support.runs import Runner

STACK = """\
owner: acme
people: {ada: ada@acme.example}
escalation_policies: {e: {levels: [{notify: [person/ada], escalate_after: 15m}]}}
services:
  payments: {name: Payments API, escalation_policy: e, integrations: [{name: Events, type: events-api-v2}]}
"""


def test_a_sandbox_is_started_for_a_block():
    with start() as sandbox:
        assert requests.get(f"{sandbox.url}/_sandbox/").ok
        assert sandbox.environment["PAGERDUTY_API_URL"].startswith(sandbox.url)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{sandbox.url}/_sandbox/")


def test_it_knows_the_people_of_the_stack_and_takes_events(tmp_path: Path):
    file = tmp_path / "pdslack.yaml"
    file.write_text(STACK)
    with start(file) as sandbox:
        Runner(sandbox.sandbox).apply(load([file], {}))
        snapshot = sandbox.snapshot()
        event = sandbox.send("service/payments", "Disk full", severity="critical", dedup_key="disk")
        assert event["outcome"] == "incident"
        (incident,) = sandbox.incidents()
        assert (incident["title"], incident["status"]) == ("Disk full", "triggered")
        assert sandbox.notifications()[0]["user"] == incident["assigned"][0]
        sandbox.send("service/payments", action="resolve", dedup_key="disk")
        assert sandbox.incidents()[0]["status"] == "resolved"
        sandbox.restore(snapshot)
        assert sandbox.incidents() == []
        with pytest.raises(ValueError, match="nowhere"):
            sandbox.send("nowhere")
        with pytest.raises(ValueError, match="severity"):
            sandbox.send("service/payments", severity="grave")


def test_people_write_the_clock_moves_and_calls_fail():
    with start() as sandbox:
        sandbox.seed(people=[{"email": "maya@acme.example"}], channels=["incidents"])
        sandbox.write("maya@acme.example", "#incidents", "hello")
        assert [one["text"] for one in sandbox.messages("incidents") if one["text"] == "hello"]
        sandbox.advance(3600)
        assert sandbox.sandbox.clock.offset > 3599
        sandbox.fault("500", provider="slack")
        assert requests.post(f"{sandbox.environment['SLACK_API_URL']}api.test").status_code == 500
        sandbox.reset()
        assert sandbox.calls() == []


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda sandbox: sandbox.fault("50"), "kind: expected one of 402, 403, "),
        (lambda sandbox: sandbox.app(events=["mesage"]), "events: unknown event 'mesage'; did you mean"),
        (lambda sandbox: sandbox.app(event_url="x"), "unknown key 'event_url'; did you mean 'events_url'?"),
        (lambda sandbox: sandbox.write("x", "general", "y"), "nobody in the workspace is called 'x'"),
        (lambda sandbox: sandbox.send("x"), "no service, orchestration or integration key is called 'x'"),
    ],
)
def test_a_mistake_in_a_test_is_told_in_plain_words(act, message):
    with start() as sandbox, pytest.raises(ValueError, match=re.escape(message)):
        act(sandbox)


TESTS = """
import os
import pytest
import requests

def test_a_plain_one(pdslack_sandbox):
    assert os.environ["PAGERDUTY_API_URL"] == pdslack_sandbox.environment["PAGERDUTY_API_URL"]

@pytest.mark.pdslack_stack("pdslack.yaml")
def test_a_stack(pdslack_sandbox):
    url = os.environ["PAGERDUTY_API_URL"]
    headers = {"Authorization": "Token token=" + os.environ["PAGERDUTY_API_KEY"]}
    users = requests.get(url + "/users", headers=headers).json()["users"]
    assert len(users) > 1
"""


@pytest.mark.slow
def test_the_plugin_gives_each_test_a_sandbox_of_its_own(tmp_path: Path):
    (tmp_path / "pdslack.yaml").write_text(STACK)
    (tmp_path / "test_ours.py").write_text(TESTS)
    # Loaded by the name of its entry point; the other plugins of our own tests would take as long again.
    words = ["-q", "-p", "no:cacheprovider", "-p", "pdslack"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "",
        },  # of plugins left out
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_the_plugin_is_an_entry_point():
    text = (Path(__file__).parents[3] / "pyproject.toml").read_text()
    assert 'pdslack = "pdslack_cli.sandbox.testing.plugin"' in text.partition("pytest11")[2]
