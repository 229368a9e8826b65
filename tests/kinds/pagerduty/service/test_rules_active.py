"""Rules of a service that are written, and not in force."""

from __future__ import annotations

import pytest

from tests.kinds.pagerduty.account import service
from tests.kinds.pagerduty.service.test_service_rules import CRITICAL, active, priority, with_rules

pytestmark = pytest.mark.slow_after(2)


@pytest.mark.slow
def test_rules_may_be_written_and_not_in_force(account):
    written = CRITICAL + "    rules_active: false\n"
    account.made(with_rules(written))
    assert not active(account)
    account.made(with_rules(CRITICAL))
    assert active(account)
    account.made(with_rules(written.replace("P1", "P2")))
    assert not active(account)
    (rule,) = account.rules(account.service_path("api"))
    assert rule["actions"] == {"priority": priority(account, "P2")}


def test_rules_that_are_not_in_force_leave_event_rules_alone(account):
    account.made(service())
    service_id = account.service("api")["id"]
    account.pagerduty.create(f"/services/{service_id}/rules", {"rule": {"actions": {}}})
    account.made(with_rules(CRITICAL + "    rules_active: false\n"))
    assert not active(account)
