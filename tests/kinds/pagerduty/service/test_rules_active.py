"""Rules of a service that are written, and not in force."""

from __future__ import annotations

import pytest

from pdslack_cli.sandbox.faults import Fault
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


HIDDEN = "403"
NONE = ["402", "404", "410", "501"]


@pytest.mark.parametrize("status", [HIDDEN, *NONE])
def test_event_rules_that_are_hidden_are_not_taken_for_none(account, status):
    account.made(service())
    service_id = account.service("api")["id"]
    account.sandbox.faults.add(Fault(status, path=f"^/services/{service_id}/rules$", times=1000))
    off = with_rules(CRITICAL + "    rules_active: false\n")
    account.made(off)
    wanted = with_rules(CRITICAL)

    problems = account.problems(wanted)

    assert len(problems) == (status == HIDDEN)
    assert all("event rules of the service would be switched off if it has any" in each for each in problems)
    account.made(with_rules(" []"))  # which switches nothing off
    account.made(wanted, adopt=True)
    assert active(account)
