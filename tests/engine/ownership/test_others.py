"""What is not ours stays byte for byte as it is, whatever we apply and destroy beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.sandbox.server import Sandbox
from tests.support.census import documents
from tests.support.factories import stack
from tests.support.runs import Runner

EXAMPLES = Path(__file__).parents[3] / "examples"

OTHERS = """
    owner: others
    slack: {workspace: T0SANDBOX}
    people: {zoe: zoe@others.example}
    teams: {others: {name: Others, members: {manager: [zoe]}}}
    schedules:
      others:
        time_zone: Etc/UTC
        layers: [{name: All, start: "2026-01-05T09:00:00", rotate: 1 week, people: [zoe]}]
    escalation_policies: {others: {levels: [{notify: [schedule/others], escalate_after: 15m}]}}
    services:
      others:
        escalation_policy: others
        alert_grouping: {by: time, window: 10m}
        rules: [{label: All, then: {severity: critical}}]
    routing: {others: {routes: [{label: All, to: others}]}}
    channels: {others: {purpose: Not yours, members: [zoe]}}
    notification_rules: {others: {from: service/others, to: others}}
    webhooks: {others: {url: "https://others.example/hook", from: account, events: ["incident.*"]}}
    workflows:
      others:
        steps:
          - name: Tell
            action: pagerduty.com:incident-workflows:send-status-update:1
            inputs: {Message: hello}
        triggers: [{manual: true, services: all}]
"""


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        yield Runner(sandbox)


def unmark(runner) -> None:
    """Take the marks off, so that nobody owns what is there."""
    for (kind, id_), document in documents(runner.sandbox).items():
        for field in ("description", "purpose"):
            text = document.get(field)
            if isinstance(text, str) and "[pdslack:" in text:
                document[field] = text.split("[pdslack:")[0].strip()
                runner.sandbox.store.replace(kind, id_, document)
            elif isinstance(text, dict) and "[pdslack:" in text.get("value", ""):
                document[field] = {**text, "value": text["value"].split("[pdslack:")[0].strip()}
                runner.sandbox.store.replace(kind, id_, document)


@pytest.mark.slow
@pytest.mark.parametrize(
    "marked", [pytest.param(True, id="another owner's"), pytest.param(False, id="nobody's")]
)
def test_objects_that_are_not_ours_do_not_change(runner, marked):
    others, mine = stack(OTHERS), load([EXAMPLES / "fintech"], {})
    runner.seed(others)
    runner.seed(mine)
    assert runner.apply(others).complete
    if not marked:
        unmark(runner)
    before = documents(runner.sandbox)

    assert runner.apply(mine).complete
    assert runner.apply(mine).complete
    assert runner.destroy(mine).complete

    after = documents(runner.sandbox)
    assert {key: after.get(key) for key in before} == before
