from __future__ import annotations

from collections.abc import Iterator

import pytest

from pdslack_cli.sandbox.server import Sandbox
from tests.kinds.pagerduty.account import Account, file


@pytest.fixture
def account() -> Iterator[Account]:
    """An account with the escalation policies that every file refers to."""
    with Sandbox() as sandbox:
        account = Account(sandbox)
        account.seed(file())
        yield account
