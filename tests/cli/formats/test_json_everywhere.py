"""`--format json` leaves one whole document on standard output, and the exit code says how it went."""

from __future__ import annotations

import json
import os
import signal
import socket

import pytest

from pdslack_cli.sandbox.faults import Fault
from tests.cli.conftest import STACK
from tests.support import forked

pytestmark = pytest.mark.slow_after(2)

BROKEN = STACK.replace("to: incidents", "to: incident")


@pytest.mark.parametrize(
    ("words", "text", "code"),
    [
        pytest.param(["validate"], STACK, 0, id="validate: right"),
        pytest.param(["validate"], BROKEN, 1, id="validate: wrong"),
        pytest.param(["validate"], "a: [", 1, id="validate: not YAML"),
        pytest.param(["validate", "missing.yaml"], STACK, 1, id="validate: no file"),
        pytest.param(["plan", "--sandbox"], STACK, 0, id="plan: changes"),
        pytest.param(["plan", "--sandbox", "--detailed-exitcode"], STACK, 2, id="plan: changes, asked for"),
        pytest.param(
            ["plan", "--sandbox", "--detailed-exitcode"], "owner: payments\nteams: {}", 0, id="plan: none"
        ),
        pytest.param(["plan", "--sandbox"], BROKEN, 1, id="plan: wrong files"),
        pytest.param(["plan", "--sandbox", "--only", "team/other"], STACK, 1, id="plan: no such object"),
        pytest.param(
            ["plan", "--sandbox", "--detailed-exitcode"],
            "owner: payments\npeople: {maya: m@acme.example}\n"
            "teams: {gone: {lookup: true, id: PGONE}, t: {members: {manager: [maya]}}}",
            1,
            id="plan: a problem in the account",
        ),
        pytest.param(["plan"], STACK, 1, id="plan: no token"),
        pytest.param(["apply", "--sandbox", "--yes"], STACK, 0, id="apply: done"),
        pytest.param(["apply", "--sandbox"], STACK, 1, id="apply: nobody confirms"),
        pytest.param(["apply", "--sandbox", "--yes", "--expect", "0"], STACK, 1, id="apply: not expected"),
        pytest.param(["destroy", "--sandbox", "--yes"], STACK, 0, id="destroy: nothing"),
        pytest.param(["destroy", "--sandbox"], BROKEN, 1, id="destroy: wrong files"),
        pytest.param(["output", "--sandbox"], STACK, 0, id="output: nothing yet"),
        pytest.param(["output", "--sandbox", "--only", "x"], STACK, 1, id="output: no reference"),
        pytest.param(["plan", "--no-such-flag"], STACK, 1, id="wrong usage: a flag"),
        pytest.param(["apply", "--max-deletes", "many"], STACK, 1, id="wrong usage: a value"),
        pytest.param(["no-such-command"], STACK, 1, id="wrong usage: a command"),
    ],
)
def test_standard_output_is_one_document(cli, words, text, code):
    cli.write(text)

    document = cli(*words, "--format", "json", code=code).json

    if code == 1:
        assert document["errored"] is True
        assert all(diagnostic["summary"] for diagnostic in document["diagnostics"])
        assert document["diagnostics"]


@pytest.mark.slow
def test_failed_step_is_in_the_document(accounts):
    accounts.cli("apply", "--yes")
    accounts.cli.write(STACK.replace("channels:\n", "channels:\n  releases: {}\n"))
    accounts.sandbox.faults.add(Fault("403", "slack", path="conversations.create"))

    document = accounts.cli("apply", "--yes", "--format", "json", code=1).json

    assert document["complete"] is False
    assert [result["outcome"] for result in document["results"]] == ["failed"]


def test_format_may_come_from_the_environment(cli, monkeypatch):
    monkeypatch.setenv("PDSLACK_FORMAT", "json")

    assert cli("plan", "--no-such-flag", code=1).json["errored"] is True


def test_problems_are_told_to_people_as_well(cli):
    cli.write(BROKEN)

    assert "unknown channel 'incident'" in cli("plan", "--sandbox", "--format", "json", code=1).err


@pytest.mark.slow
def test_interrupted_command_leaves_a_document_and_its_own_exit_code(cli):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes a call, and never answers it
        silent.settimeout(60)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        vendors = {"PAGERDUTY_API_URL": url, "PAGERDUTY_API_KEY": "key", "SLACK_API_URL": f"{url}/api/"}
        out = cli.folder / "out.json"
        with out.open("w") as file:
            running = forked.start(
                ["plan", "--format", "json"],
                cwd=cli.folder,
                env={**os.environ, **vendors, "SLACK_BOT_TOKEN": "xoxb-token"},
                stdout=file.fileno(),
            )
        call, _ = silent.accept()
        with call:
            running.send_signal(signal.SIGINT)
            assert running.wait() == 130

    assert json.loads(out.read_text())["diagnostics"][0]["summary"] == "interrupted"


@pytest.mark.slow
@pytest.mark.parametrize("command", ["apply", "destroy"])
def test_nobody_is_asked_where_nobody_can_answer(cli, command):
    cli("apply", "--sandbox", "--yes")
    cli.write(STACK.replace("Takes money", "Takes the money"))

    refused = cli(command, "--sandbox", code=1)

    assert "cannot ask for confirmation without a terminal; pass --yes" in refused.err
