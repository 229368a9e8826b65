"""Notification rules to channels of other Slack workspaces, which our bot cannot see."""

from __future__ import annotations

import pytest

from pdslack_cli.errors import ConfigError
from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

HEAD = """
owner: payments
slack: {workspace: T0ACME}
people: {maya: maya@acme.example}
teams: {payments: {}}
channels: {incidents: {}, bank: {lookup: true, id: C0BANK, workspace: T0BANK}}
"""
BANK = "notification_rules: {bank: {from: team/payments, to: bank, urgency: high}}"


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(HEAD + BANK))
        yield runner


def connections(runner, workspace: str) -> list[tuple[str, str]]:
    rows = runner.sandbox.store.find("pagerduty.slack_connection", _parent=workspace)
    return [(row["channel_id"], row["config"]["urgency"]) for row in rows]


def settle(runner, text: str) -> None:
    wanted = stack(HEAD + text)
    report = runner.apply(wanted)
    assert report.complete, [str(result.error) for result in report.results if result.error]
    assert runner.plan(wanted).changes == ()


@pytest.mark.slow
def test_a_rule_to_a_channel_of_another_workspace_lives_there(runner):
    settle(runner, BANK)
    assert connections(runner, "T0BANK") == [("C0BANK", "high")]
    settle(runner, BANK.replace("high", "low"))
    assert connections(runner, "T0BANK") == [("C0BANK", "low")]
    assert connections(runner, "T0ACME") == []


def test_a_connection_in_another_workspace_is_taken_over(runner):
    settle(runner, BANK)
    settle(runner, "notification_rules: {other: {from: team/payments, to: bank, audience: stakeholder}}")
    assert connections(runner, "T0BANK") == [("C0BANK", "high")]


def test_slack_is_never_asked_about_a_channel_of_another_workspace(runner):
    settle(runner, BANK)
    runner.forget_calls()
    runner.plan(stack(HEAD + BANK))
    assert not [call for call in runner.calls() if "conversations." in call]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            BANK.replace("urgency", "via: sync, urgency"), "where the bot is not", id="our messages"
        ),
        pytest.param(
            "user_groups: {desk: {members: [maya], channels: [bank]}}",
            "the bot is not",
            id="user group",
        ),
        pytest.param("channels: {far: {workspace: T0BANK}}", "needs `lookup: true`", id="ours"),
        pytest.param("channels: {far: {lookup: true, workspace: T0BANK}}", "needs `id`", id="without id"),
    ],
)
def test_what_our_bot_cannot_reach_is_refused(text, message):
    head = HEAD if not text.startswith("channels") else HEAD.replace("channels:", "x-channels:")
    with pytest.raises(ConfigError, match=message):
        stack(head + text)
