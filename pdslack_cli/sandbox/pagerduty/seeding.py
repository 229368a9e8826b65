"""What an account starts with, and what the control endpoint adds to it."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.settings import Token

ACCOUNT_KEY = "sandbox-account-key"
READ_ONLY_KEY = "sandbox-read-only-key"
USER_TOKEN = "sandbox-user-token"  # noqa: S105 - good for nothing but the sandbox


def seed(api: Api, wanted: Json) -> None:
    """Put the fixed catalogue in place, and what `wanted` names."""
    tokens = {
        ACCOUNT_KEY: Token("pagerduty", "account"),
        READ_ONLY_KEY: Token("pagerduty", "account", read_only=True),
        USER_TOKEN: Token("pagerduty", "user"),
    }
    for secret, token in tokens.items():
        if Token.read(api.store, "pagerduty", secret) is None:
            token.save(api.store, secret)
