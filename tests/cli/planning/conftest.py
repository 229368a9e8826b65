from __future__ import annotations

import pytest

from pdslack_cli.clients.http.throttle import SystemClock
from tests.cli.accounts import Accounts
from tests.conftest import FakeClock


@pytest.fixture
def there(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    """Accounts that commands wait for on a clock that takes no time."""
    clock = FakeClock()
    for name in ("time", "sleep"):
        monkeypatch.setattr(SystemClock, name, staticmethod(getattr(clock, name)))
    return accounts
