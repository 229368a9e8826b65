"""`pdslack report`: from analytics, and the same from the incidents where the account has none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pdslack_cli.sandbox.faults import Fault
from tests.cli.accounts import Accounts

STACK = """\
owner: acme
people: {ada: ada@acme.example}
teams: {t: {}}
escalation_policies: {e: {team: t, levels: [{notify: [person/ada], escalate_after: 30m}]}}
services:
  api: {escalation_policy: e, urgency: high, integrations: [events-api-v2]}
"""


@pytest.fixture
def story(accounts: Accounts) -> Accounts:
    """Two incidents, one of them resolved."""
    accounts.cli.write(STACK)
    accounts.seed(people=[{"name": "ada", "email": "ada@acme.example"}])
    accounts.cli("apply", "--yes")
    for key, action in (("one", "trigger"), ("one", "acknowledge"), ("one", "resolve"), ("two", "trigger")):
        words = ["--dedup-key", key, "--action", action, "--summary", key]
        accounts.cli("send", "service/api", "--live", *words)
    return accounts


@pytest.mark.slow
def test_analytics_and_incidents_agree(story: Accounts):
    both = [
        story.cli("report", "--format", "json", "--cost-per-minute", "8500", "--source", source).json
        for source in ("analytics", "incidents")
    ]

    for shown in both:
        assert (shown["total"]["incidents"], [one["name"] for one in shown["services"]]) == (2, ["api"])
        assert [one["name"] for one in shown["teams"]] == ["t"]
        assert shown["total"]["mttr"]["mean"] == pytest.approx(0, abs=3)
        assert shown["total"]["cost"] is not None
    assert both[0]["total"]["interruptions"] == both[1]["total"]["interruptions"]
    assert [one["source"] for one in both] == ["analytics", "incidents"]


@pytest.mark.slow
def test_an_account_without_analytics_is_read_by_its_incidents(story: Accounts):
    story.sandbox.faults.add(Fault("402", "pagerduty", "POST", "/analytics/raw/incidents", times=9))

    done = story.cli("report", "--split", f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}")

    assert "from PagerDuty's incidents" in done.out
    assert "PagerDuty's analytics cannot be used" in done.out
    assert "by service" in done.out
    assert "Before and after" in done.out


@pytest.mark.slow
def test_a_page(story: Accounts):
    assert story.cli("report", "--format", "html").out.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--split", "soon"], "--split: expected a date such as 2026-03-01, got 'soon'"),
        (["--split", "1999-01-01"], "is not between"),
        (["--since", "soon"], "--since: expected a time"),
        (["--cost-per-minute", "-1"], "--cost-per-minute: expected a number from 0"),
    ],
)
def test_flags_that_mean_nothing(accounts: Accounts, words, message):
    accounts.cli.write("owner: acme\npeople: {ada: ada@acme.example}\n")

    assert message in accounts.cli("report", *words, code=1).err
