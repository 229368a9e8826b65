"""What a plan takes away is called by its name, also where no file names it any more."""

from __future__ import annotations

import pytest

STACK = """\
owner: cases
slack: {workspace: T0SANDBOX}
people: {ana: ana@acme.example}
escalation_policies: {oncall: {levels: [{notify: [person/ana], escalate_after: 10m}]}}
services:
  api: {escalation_policy: oncall, rules: [{label: L, then: {priority: P3}}]}
channels: {c: {}}
notification_rules: {n: {from: service/api, to: c, priorities: [P1, P2]}}
"""


@pytest.mark.slow
def test_priorities_that_are_taken_away_have_names(cli):
    cli.write(STACK)
    cli("apply", "--sandbox", "--yes")
    assert cli("plan", "--sandbox").out.startswith("No changes.")
    cli.write(STACK.replace("[P1, P2]", "null").replace("[{label: L, then: {priority: P3}}]", "[]"))
    out = cli("plan", "--sandbox").out
    assert "~ priorities: [P1, P2] -> null" in out
    assert "- priority: P3" in out
    assert "not in the stack" not in out
    cli("apply", "--sandbox", "--yes")
    assert cli("plan", "--sandbox").out.startswith("No changes.")
