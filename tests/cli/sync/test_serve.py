"""`pdslack serve`, `queue` and `audit`, as commands."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from pdslack_cli import sandbox
from pdslack_cli.cli.commands import serve
from tests.sync.world import MAYA, STACK, service_for, until
from tests.sync.world import world as running_world

DOCS = Path(__file__).parents[3] / "docs"


def test_without_the_extra_it_says_how_to_install_it(cli, monkeypatch):
    cli.write("owner: payments\n")
    monkeypatch.setattr(serve, "find_spec", lambda name: None)
    for command in ("serve", "queue"):
        assert "pip install 'pdslack-cli[serve]'" in cli(command, code=1).err


def test_without_a_secret_no_event_could_be_trusted(cli, monkeypatch):
    cli.write("owner: payments\nslack: {workspace: T0ACME}\n")
    for name in ("PAGERDUTY_API_KEY", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"):
        assert f"{name} is not set" in cli("serve", code=1).err
        monkeypatch.setenv(name, "xoxb-1" if "BOT" in name else "x" * 20)
    assert "PAGERDUTY_WEBHOOK_SECRET" in cli("serve", code=1).err


@pytest.mark.slow
def test_what_people_did_is_printed_and_parked_work_listed(cli):
    cli.write(STACK)
    (cli.folder / ".pdslack").mkdir()
    with running_world(cli.folder, database=str(cli.folder / ".pdslack" / "serve.sqlite")) as world:
        id_ = world.trigger("Audited")
        world.shows(id_, "triggered")
        world.click(MAYA, id_, "pdslack_acknowledge")
        until(lambda: world.audit(id_))
        assert cli("queue", "list").out.strip() == "Nothing is parked."  # beside the service
        assert cli("queue", "list", "--dropped").out.strip() == "Nothing is parked or dropped."
        assert cli("queue", "list", "--dropped", "--format", "json").json == {"parked": [], "dropped": []}
        assert cli("queue", "retry", "--format", "json").json == {"retried": 0}
        assert "expected one such as event-12" in cli("queue", "drop", "x", code=1).err
    (line,) = map(json.loads, cli("audit", "--incident", id_).out.splitlines())
    assert (line["who"], line["action"], line["outcome"]) == (MAYA, "acknowledge", "done")
    assert "there is no database" in cli("queue", "--database", "nowhere.sqlite", code=1).err


@pytest.mark.slow
def test_the_first_steps_of_the_page_lead_to_a_message(cli):
    def shell(text):
        commands = [line.partition(" #")[0] for line in text.splitlines() if line.startswith("pdslack ")]
        return [shlex.split(command)[1:] for command in commands]

    first, second = re.findall(r"```sh\n(.*?)```", (DOCS / "serve.md").read_text(), re.DOTALL)[:2]
    (init, apply, serve_), (send,) = shell(first), shell(second)
    stack = cli.folder / "pdslack.yaml"
    stack.unlink()
    cli(*init)
    stack.write_text(stack.read_text().replace("# via: sync", "via: sync"))
    cli(*apply)
    cli(*send)
    assert serve_ == ["serve", "--sandbox"]
    with sandbox.start(stack, state=str(cli.folder / ".pdslack" / "sandbox.sqlite")) as running:
        service = service_for(running, cli.folder)
        service.start()  # it finds what came before it
        try:
            until(lambda: [post for post in running.messages("payments-incidents") if post.get("blocks")])
        finally:
            service.stop()


BROKEN = (
    b"{",  # of the secret store
    b"owner: [",
    b"owner: \xff",
    STACK.replace("to: incidents", "to: nowhere").encode(),
    STACK.replace("T0ACME", "T0OTHER").encode(),
    STACK.encode() + b"pagerduty: {region: eu}\n",
)


SECRETS = ("the-old-one-1234", "the-new-one-5678", "one-of-nobody-9012")
MADE = "of-a-new-webhook-3456"


def ping(url, secret):
    signature = "v1=" + hmac.new(secret.encode(), b"{}", hashlib.sha256).hexdigest()
    headers = {"X-PagerDuty-Signature": signature}
    return requests.post(f"{url}/pagerduty/webhook", b"{}", headers=headers, timeout=10).status_code


@pytest.mark.slow
def test_it_serves_the_sandbox_and_stops_when_asked(tmp_path):
    stack, secrets = tmp_path / "pdslack.yaml", tmp_path / ".pdslack/secrets.json"
    stack.write_text(STACK)
    program = "from pdslack_cli.cli.main import run; run()"
    command = [sys.executable, "-c", program, "serve", "--sandbox", "--port", "0"]
    environ = {**os.environ, "NO_PROXY": "127.0.0.1"}
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=environ) as process:
        try:
            line = next(line for line in process.stderr if line.startswith("pdslack serves on "))
            url = line.split()[3].rstrip(";")
            assert requests.get(f"{url}/readyz", timeout=10).json()["ok"]
            process.send_signal(signal.SIGHUP)
            assert "the files were read again" in next(line for line in process.stderr if "files" in line)
            (tmp_path / ".env").write_text("PAGERDUTY_WEBHOOK_SECRET=the-old-one-1234,the-new-one-5678\n")
            process.send_signal(signal.SIGHUP)
            assert "the files were read again" in next(line for line in process.stderr if "files" in line)
            secrets.write_text(json.dumps({"webhook/made": {"secret": MADE}}))  # by an apply beside it
            assert [ping(url, secret) for secret in (*SECRETS[:2], MADE, SECRETS[2])] == [202, 202, 202, 403]
            for number, broken in enumerate(BROKEN):
                secrets.unlink(missing_ok=True)
                (secrets if number == 0 else stack).write_bytes(broken)
                process.send_signal(signal.SIGHUP)
                assert "are not read again" in next(line for line in process.stderr if "the files" in line), (
                    number
                )
                assert requests.get(f"{url}/readyz", timeout=10).json()["ok"]
            second = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
            assert second.returncode == 1
            assert "another `pdslack serve` uses the database" in second.stderr
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
