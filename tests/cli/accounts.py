"""The pretend accounts as a real run sees them: by the tokens and hosts of the environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pdslack_cli.clients import connect
from pdslack_cli.clients.settings import Settings
from pdslack_cli.sandbox.server import Sandbox
from pdslack_cli.sandbox.settings import Token

if TYPE_CHECKING:
    from tests.cli.conftest import Cli, Done

TOKENS = (
    "PAGERDUTY_API_KEY",
    "PAGERDUTY_USER_TOKEN",
    "SLACK_BOT_TOKEN",
    "SLACK_USER_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_CONFIG_TOKEN",
)


@dataclass(frozen=True)
class Accounts:
    """A sandbox that no flag asks for, and ways to spoil it."""

    cli: Cli
    sandbox: Sandbox
    patch: pytest.MonkeyPatch

    def set_token(self, name: str, provider: str, kind: str, **fields: object) -> None:
        """Make the token of that variable one of another kind, or with other rights."""
        Token(provider, kind, **fields).save(self.sandbox.store, os.environ[name])  # type: ignore[arg-type]

    def run(self, *words: str) -> Done:
        """Run a command, whatever its exit code."""
        return self.cli(*words, code=None)

    def seed(self, **wanted: object) -> None:
        self.sandbox.seed(wanted)

    def connect_again(self) -> None:
        """Apply the file, and then join by hand what its notification rule joins."""
        self.cli("apply", "--yes")
        clients = connect(Settings.read(os.environ), workspace="T0ACME")
        path = "/integration-slack/workspaces/T0ACME/connections"
        (there,) = clients.pagerduty.list(path, "slack_connections", token="user", host="app")
        clients.pagerduty.create(path, {"slack_connection": there}, token="user", host="app")

    def member(self, email: str, role: str) -> str:
        """The PagerDuty id of somebody with a role."""
        (user,) = self.sandbox.store.find("pagerduty.user", email=email)
        self.sandbox.store.replace("pagerduty.user", user["id"], {**user, "role": role})
        return str(user["id"])

    def leaked(self, text: str) -> list[str]:
        """The variables whose token stands in a text."""
        return [name for name in TOKENS if os.environ.get(name, "\0") in text]


Setup = Callable[[Accounts], None]


def unset(name: str) -> Setup:
    return lambda accounts: accounts.patch.delenv(name)


def wrong(name: str, value: str) -> Setup:
    return lambda accounts: accounts.patch.setenv(name, value)


def swapped(name: str, for_: str) -> Setup:
    return lambda accounts: accounts.patch.setenv(name, os.environ[for_])


def revoked(name: str) -> Setup:
    return lambda accounts: accounts.set_token(name, "slack", "revoked")


def scoped(name: str, kind: str, *scopes: str) -> Setup:
    return lambda accounts: accounts.set_token(name, "slack", kind, scopes=list(scopes))


def users_token(name: str, role: str) -> Setup:
    def setup(accounts: Accounts) -> None:
        accounts.set_token(name, "pagerduty", "user", user=accounts.member("maya@acme.example", role))

    return setup


def written(text: str) -> Setup:
    return lambda accounts: accounts.cli.write(text)  # type: ignore[return-value]


def together(*setups: Setup) -> Setup:
    def setup(accounts: Accounts) -> None:
        for one in setups:
            one(accounts)

    return setup
