from __future__ import annotations

import pytest

from pdslack_cli.sandbox.server import Sandbox
from tests.export.account import Accounts, reference


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def accounts(sandbox):
    """Two empty accounts but for a person and a policy."""
    sandbox.reset()
    accounts = Accounts(sandbox)
    accounts.person("maya@acme.example")
    accounts.policy("On call", [[reference("user", accounts.all("user")[0])]])
    yield accounts
    accounts.session.close()
