"""The command line in this process, in a folder of its own, against the sandbox that lies there."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from pdslack_cli.analysis.needs import needs
from pdslack_cli.cli.main import run
from pdslack_cli.clients import Clients, connect
from pdslack_cli.clients.settings import Settings
from pdslack_cli.engine.storage.saved import read_saved_document, write_saved
from pdslack_cli.model import Json
from pdslack_cli.sandbox.server import Sandbox
from tests.cli.accounts import Accounts
from tests.support.factories import stack

STACK = """\
owner: payments
slack: {workspace: T0ACME}
people:
  maya: maya@acme.example
teams:
  payments: {name: Payments, description: Takes money}
channels:
  incidents: {topic: Card payments, members: [maya]}
notification_rules:
  payments: {from: team/payments, to: incidents, urgency: high}
"""


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Json:
        return json.loads(self.out)


@dataclass(frozen=True)
class Cli:
    """Commands in one folder."""

    folder: Path
    capture: Callable[[], tuple[str, str]]
    patch: pytest.MonkeyPatch

    def __call__(self, *words: str, code: int | None = 0) -> Done:
        """Run a command; `code` is the exit code that it must have, None for any."""
        self.patch.setattr(sys, "argv", ["pdslack", *words])
        self.capture()
        with pytest.raises(SystemExit) as ended:
            run()
        done = Done(int(ended.value.code or 0), *self.capture())
        assert "Traceback (most recent call last)" not in done.err, done.err
        assert code in {None, done.code}, done
        return done

    def write(self, text: str, name: str = "pdslack.yaml") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    @contextmanager
    def account(self, beside: str = ".") -> Iterator[Clients]:
        """The pretend accounts of the stack in that folder, for what somebody does by hand."""
        state = self.folder / beside / ".pdslack"
        state.mkdir(exist_ok=True)
        with Sandbox(str(state / "sandbox.sqlite")) as sandbox:
            yield connect(Settings.read(sandbox.environment()), workspace="T0ACME")

    def rename_team(self, name: str, to: str) -> None:
        with self.account() as clients:
            (team,) = [team for team in clients.pagerduty.list("/teams", "teams") if team["name"] == name]
            clients.pagerduty.update(f"/teams/{team['id']}", {"team": {"type": "team", "name": to}})


def resaved(path: Path, **changes: Any) -> None:
    """Write a saved plan again, as a run would have that made it with these fields."""
    found = read_saved_document(path)
    assert found
    document, saved = found
    write_saved(path, document, saved.model_copy(update=changes))


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    for name in list(os.environ):
        if re.match("CI$|RUNNER_TEMP$|(GITHUB|GITLAB|PAGERDUTY|SLACK|PDSLACK)_", name):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    cli = Cli(tmp_path, lambda: tuple(capsys.readouterr()), monkeypatch)  # type: ignore[arg-type]
    cli.write(STACK)
    return cli


@pytest.fixture
def accounts(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[Accounts]:
    """Accounts that the environment leads to, as real ones would be, with the people of STACK in them."""
    with Sandbox() as sandbox:
        sandbox.seed(needs(stack(STACK)))
        for name, value in sandbox.environment().items():
            monkeypatch.setenv(name, value)
        yield Accounts(cli, sandbox, monkeypatch)
