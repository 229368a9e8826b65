"""Every request of every command that reads an account, against what the vendors publish."""

from __future__ import annotations

import pytest

from tests.support import contract
from tests.support.slack_contract import AVAILABLE, call_problems

pytestmark = [pytest.mark.slow_after(2), pytest.mark.wire]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["doctor"], id="doctor"),
        pytest.param(["export", "--owner", "payments"], id="export"),
        pytest.param(["output"], id="output"),
        pytest.param(["plan"], id="plan"),
        pytest.param(["replay", "--since", "30d"], id="replay"),
        pytest.param(["destroy", "--yes"], id="destroy"),
    ],
)
def test_a_command_asks_as_official_clients_do(cli, accounts, words):
    cli("apply", "--yes")
    accounts.sandbox.calls.clear()
    cli(*words)
    problems = []
    for call in accounts.sandbox.calls:
        if call.provider == "pagerduty":
            contract.check(call)
        elif AVAILABLE:
            problems += [f"{call.path}: {problem}" for problem in call_problems(call)]
    assert problems == []


def test_a_configuration_token_is_tried_by_a_call_that_is_made_for_it(cli, accounts):
    told = cli("doctor").out
    assert "SLACK_CONFIG_TOKEN works" in told
    asked = [call.path for call in accounts.sandbox.calls if call.provider == "slack"]
    assert asked.count("/apps.manifest.validate") == 1
    assert asked.count("/auth.test") == 3  # by the bot, the user and the app
