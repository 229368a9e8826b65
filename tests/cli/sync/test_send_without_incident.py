"""What `pdslack send` says became of an event, where that is not simply a new incident."""

from __future__ import annotations

import pytest

from pdslack_cli.render.sent import sent_lines
from tests.cli.conftest import Cli

STACK = """\
owner: acme
people: {ada: ada@acme.example}
escalation_policies: {e: {levels: [{notify: [person/ada], escalate_after: 15m}]}}
services:
  plain: &service {escalation_policy: e, integrations: [events-api-v2]}
  worked-on: *service
  off: {<<: *service, disabled: true}
  grouped: {<<: *service, alert_grouping: {by: time, window: 1h}}
  quiet: {<<: *service, rules: [{label: Quiet, then: {suppress: true}}]}
  slow: {<<: *service, rules: [{label: Slow, then: {pause: 5m}}]}
maintenance_windows:
  wk: {description: wk, from: 2020-01-01T00:00:00Z, to: 2090-01-01T00:00:00Z, services: [worked-on]}
routing:
  prod: {integrations: [Alertmanager], routes: [], otherwise: unrouted}
"""

CASES = [
    ("plain", [], "incident", "outcome      incident\n  service"),
    ("plain", ["--action", "resolve"], "resolved", "no effect: no open alert has this dedup key"),
    ("plain", ["--action", "acknowledge"], "acknowledged", "no effect: no open alert has this dedup key"),
    ("worked-on", [], "ignored", 'no incident: maintenance window "wk" until 2090-01-01T00:00:00Z'),
    ("off", [], "ignored", "no incident: the service is disabled"),
    ("quiet", [], "suppressed", "no incident: suppressed by a rule"),
    ("slow", [], "paused", "no incident: paused until "),
]


@pytest.mark.slow
def test_an_event_without_a_new_incident_has_a_reason(cli: Cli) -> None:
    cli.write(STACK)
    cli("apply", "--sandbox", "--yes")
    for key, (service, words, outcome, text) in enumerate(CASES):
        send = ["send", f"service/{service}", "--summary", "Down", "--sandbox", *words]
        effect = cli(*send, "--dedup-key", str(key), "--format", "json").json["effect"]
        assert effect["outcome"] == outcome, service
        assert bool(effect["incident"]) is (outcome == "incident"), service
        assert bool(effect["reason"]) is (outcome != "incident"), service
        assert text in "\n".join(sent_lines(str(key), effect, change=False)), service
    send = ["send", "service/grouped", "--summary", "Down", "--sandbox", "--dedup-key"]
    assert "incident (" not in cli(*send, "a").out
    assert "incident (repeats an open alert of #2)" in cli(*send, "a").out
    assert "incident (grouped into #2)" in cli(*send, "b").out
