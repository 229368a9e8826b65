"""Whatever Slack answers to any call of an apply: the call is named with what to do, and the rest goes on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from pdslack_cli.clients.http.calls import Received
from pdslack_cli.clients.slack_sdk_client import SlackSdk
from pdslack_cli.model import Json
from tests.cli.accounts import Accounts

pytestmark = pytest.mark.slow

STACK = """\
owner: payments
slack: {workspace: T0ACME}
slack_app: {name: Incidents, socket_mode: true}
people: {maya: maya@acme.example}
channels:
  incidents:
    topic: Cards
    purpose: Money
    members: [maya]
    bookmarks: {Runbook: "https://wiki.acme.example/cards"}
    pinned: Welcome
    canvas: canvas.md
    connect: [ana@bank.example]
  alone: {topic: Alone}
user_groups: {oncall: {members: [maya]}}
slack_workflows:
  hook: {trigger: {webhook: {}}, steps: [{function: send_message, inputs: {channel: alone, message: Up}}]}
"""
DISPENSABLE = {"conversations.history"}  # which shows what a run that was cut off may have posted


def refused(code: str, **more: object) -> Callable[[Json], Any]:
    return lambda _: {"ok": False, "error": code, **more}


def without(*names: str) -> Callable[[Json], Any]:
    return lambda body: {name: value for name, value in body.items() if name not in names}


ANSWERS: dict[str, Callable[[Json], Any]] = {
    "a scope": refused("missing_scope", needed="some:scope", provided="other:scope"),
    "an unnamed scope": refused("missing_scope"),
    "another token": refused("not_allowed_token_type"),
    "a revoked token": refused("token_revoked"),
    "somebody who left": refused("account_inactive"),
    "a setting": refused("restricted_action"),
    "archived": refused("is_archived"),
    "a code that is new": refused("novel_code"),
    "a limit": refused("ratelimited"),
    "no code": refused(""),
    "no `ok`": without("ok"),
    "nothing": lambda _: {},
}


class Slack:
    """Slack, which answers one method with something else."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.method, self.answer, self.asked = "", ANSWERS["nothing"], dict[str, None]()
        exchange = SlackSdk.exchange

        def other(sdk: SlackSdk, method: str, form: Any) -> Received:
            self.asked[method] = None
            received = exchange(sdk, method, form)
            if method != self.method:
                return received
            body = self.answer(json.loads(received.content))
            return Received(200, received.headers, json.dumps(body).encode())

        patch.setattr(SlackSdk, "exchange", other)


@pytest.fixture
def slack(there: Accounts, monkeypatch: pytest.MonkeyPatch) -> Slack:
    there.cli.write(STACK)
    there.cli.write("# Runbook\n", "canvas.md")
    return Slack(monkeypatch)


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_call_is_named_with_what_to_do_and_the_rest_goes_on(accounts, slack, answer):
    start = accounts.sandbox.snapshot()
    accounts.cli("apply", "--yes")
    methods = [method for method in slack.asked if method not in DISPENSABLE]
    assert len(methods) > 20
    for method in methods[[*ANSWERS].index(answer) % 3 :: 3]:
        accounts.sandbox.restore(start)
        for path in (accounts.cli.folder / ".pdslack").iterdir():
            path.unlink()
        for name, value in accounts.sandbox.environment().items():
            accounts.patch.setenv(name, value)
        slack.method, slack.answer = method, ANSWERS[answer]

        done = accounts.cli("apply", "--yes", code=None)

        if not done.code:  # what came of a creation was looked up
            slack.method = ""
            assert answer in {"no `ok`", "nothing"}, method
            assert "No changes." in accounts.cli("plan").out, method
            continue
        said = re.search(
            rf"Slack(?: answered|'s answer to|.*: Slack answered) {method}\b.*\n +(\S.*)", done.err
        )
        assert said, (method, done.err)
        assert said[1].strip(), (method, done.err)
        assert "bug in pdslack" not in done.err, method
        log = accounts.cli.folder / ".pdslack/audit.jsonl"
        if not log.exists():
            assert "problem" in done.err, method  # of the plan
            continue
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        begun = {line["ref"] for line in lines if line["outcome"] == "started"}
        assert begun == {line["ref"] for line in lines if line["outcome"] not in {"started", "made"}}, method
        assert "Not done: " in done.err, method
