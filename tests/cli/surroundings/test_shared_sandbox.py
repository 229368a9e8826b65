"""A sandbox that runs on its own is the one that other commands with `--sandbox` use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pdslack_cli.cli.run.sandbox import announced
from pdslack_cli.engine.storage.audit import AUDIT_FILE, AuditLog
from pdslack_cli.sandbox.control.remote import ADDRESS_FILE, RemoteSandbox
from pdslack_cli.sandbox.server import Sandbox
from tests.cli.conftest import Cli


@pytest.fixture
def state(cli: Cli) -> Path:
    (cli.folder / ".pdslack").mkdir(exist_ok=True)
    return cli.folder / ".pdslack" / "sandbox.sqlite"


@pytest.fixture
def running(state: Path) -> Iterator[Sandbox]:
    with Sandbox(str(state)) as sandbox, announced(state, sandbox):
        yield sandbox


@pytest.mark.parametrize("device", ["", "/dev/zero"])
def test_an_address_that_has_no_end_is_not_read(state: Path, device: str) -> None:
    address = state.parent / ADDRESS_FILE
    address.symlink_to(device) if device else os.mkfifo(address)
    assert RemoteSandbox.of(state) is None


@pytest.mark.slow
def test_commands_meet_the_running_sandbox(cli: Cli, running: Sandbox) -> None:
    cli("apply", "--sandbox", "--yes")
    paths = {call.path for call in running.calls}
    assert "/services" in paths or "/teams" in paths
    assert "No changes" in cli("plan", "--sandbox").out


def test_the_running_sandbox_is_emptied(state: Path, running: Sandbox) -> None:
    remote = RemoteSandbox.of(state)
    assert remote
    remote.seed({"people": ["zoe@acme.example"]})
    assert "zoe" in running.snapshot().decode("latin-1")
    remote.reset()
    assert "zoe" not in running.snapshot().decode("latin-1")
    with pytest.raises(ValueError, match="people"):
        remote.seed({"people": 1})


@pytest.mark.slow
def test_what_was_made_in_another_state_or_account_is_not_looked_for(cli: Cli, running: Sandbox) -> None:
    def made(sandbox: str) -> bool:
        return bool(AuditLog(cli.folder / AUDIT_FILE, {}, sandbox).past_runs().recently_made())

    cli("apply", "--sandbox", "--yes")
    snapshot, state = running.snapshot(), running.state_id()
    assert (made(state), made("")) == (True, False)  # real accounts have none of it
    running.restore(snapshot)
    assert not made(running.state_id())
    cli("apply", "--sandbox", "--yes", "--reset")
    assert running.state_id() != state
    assert made(running.state_id())
    running.reset()
    assert not made(running.state_id())


def test_the_address_is_there_while_the_sandbox_runs(cli: Cli, state: Path) -> None:
    address = state.parent / "sandbox.url"
    address.write_text("http://127.0.0.1:1\n")  # of a run that was killed
    with Sandbox(str(state)) as sandbox, announced(state, sandbox):
        assert address.read_text() == f"{sandbox.url}\n"
        assert address.stat().st_mode & 0o777 == 0o600
    assert not address.exists()
    cli("plan", "--sandbox")
    assert not address.exists()  # a command that ends soon shares nothing


@pytest.mark.parametrize(
    "content",
    [
        "",
        "http://sandbox.example:80\n",
        "http://127.0.0.1:1\n",
        "http://127.0.0.1:99999\n",
        "\xff",
        "x" * 9999,
    ],
)
def test_an_address_that_leads_elsewhere_is_ignored(cli: Cli, state: Path, content: str) -> None:
    (state.parent / "sandbox.url").write_text(content)
    assert RemoteSandbox.of(state) is None
    cli("plan", "--sandbox")


@pytest.mark.parametrize(
    "answer", [{}, {"PAGERDUTY_API_URL": "http://elsewhere.example/"}, {"SLACK_API_URL": 1}, [], None]
)
def test_what_is_no_sandbox_is_not_used(cli: Cli, state: Path, answer: object, monkeypatch) -> None:
    with Sandbox() as sandbox, announced(state, sandbox):
        monkeypatch.setattr(sandbox, "environment", lambda: answer)
        assert RemoteSandbox.of(state) is None


@pytest.mark.parametrize(
    "more", [{"PDSLACK_SECRET_COMMAND": "touch ran"}, {"HTTPS_PROXY": "http://127.0.0.1:1"}, {"PATH": "."}]
)
def test_what_sets_more_than_a_sandbox_does_is_not_used(state: Path, more: dict, monkeypatch) -> None:
    with Sandbox() as sandbox, announced(state, sandbox):
        honest = sandbox.environment()
        assert RemoteSandbox.of(state)
        monkeypatch.setattr(sandbox, "environment", lambda: {**honest, **more})
        assert RemoteSandbox.of(state) is None


def test_what_sets_less_would_get_real_tokens_and_is_not_used(state: Path, monkeypatch) -> None:
    with Sandbox() as sandbox, announced(state, sandbox):
        honest = sandbox.environment()
        monkeypatch.setattr(
            sandbox, "environment", lambda: {k: v for k, v in honest.items() if k != "PAGERDUTY_API_KEY"}
        )
        assert RemoteSandbox.of(state) is None


@pytest.mark.slow
def test_the_second_sandbox_is_refused(cli: Cli, running: Sandbox) -> None:
    refused = cli("sandbox", code=1)
    assert "sandbox.sqlite: another sandbox uses it" in refused.err
