"""What creates cost beside their writes: the same reads, however many objects of a kind are created."""

from __future__ import annotations

import json
from collections import Counter

import pytest
import yaml

from pdslack_cli.kinds import MANAGED, MANAGED_NAMED
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.test_cost import applied_calls
from tests.support.factories import stack
from tests.support.runs import Runner

STACK = """
owner: acme
slack: {workspace: T0SANDBOX}
people: {ana: ana@acme.example}
escalation_policies: {p: {levels: [{notify: [person/ana]}]}}
channels: {c: {purpose: Alerts}}
"""
WHOLE_DAY = (
    "{name: E, from: '2090-01-05T09:00:00', to: '2090-01-06T09:00:00', recurrence: FREQ=DAILY, people: [ana]}"
)
ENTRIES = {
    "team": "{}",
    "schedule": "{time_zone: Etc/UTC, layers: "
    "[{name: L, start: '2026-01-05T09:00:00', rotate: 1 week, people: [ana]}]}",
    "shift_schedule": f"{{time_zone: Etc/UTC, rotations: [{{events: [{WHOLE_DAY}]}}]}}",
    "escalation_policy": "{levels: [{notify: [person/ana]}]}",
    "incident_type": "{label: Label N}",
    "incident_custom_field": "{label: Label N}",
    "service": "{escalation_policy: p, integrations: [events-api-v2]}",
    "alert_grouping": "{services: [api-N, api-M], "
    "grouping: {by: content, fields: [component], match: all, window: 10m}}",
    "business_service": "{}",
    "service_custom_field": "{label: Label N}",
    "maintenance_window": "{description: Window N, from: '2090-01-05T09:00:00Z', "
    "to: '2090-01-05T11:00:00Z', services: [api-N]}",
    "oauth_client": "{client_id: id-N, client_secret: x, token_url: 'https://login.acme.example'}",
    "extension": "{schema: ServiceNow (v7), services: [api-N], config: {target: N}}",
    "addon": "{url: 'https://status-N.acme.example'}",
    "automation_runner": "{description: Runs it}",
    "status_update_template": "{message: Down}",
    "automation_action": "{script: mend}",
    "channel": "{topic: Topic N, purpose: Alerts}",
    "user_group": "{members: [ana]}",
    "notification_rule": "{from: service/api-N, to: c}",
    "routing": "{integrations: [Datadog]}",
    "webhook": "{url: 'https://sync-N.acme.example', from: account, events: [incident.*]}",
    "workflow": "{triggers: [{manual: true, services: [api-N]}]}",
}


def reads_of_creates(runner, kind: str, count: int) -> Counter[str]:
    """The calls of an apply that read, when it creates so many objects of the kind."""
    sections = yaml.safe_load(STACK)
    sections["services"] = {f"api-{number}": {"escalation_policy": "p"} for number in range(8)}
    for number in range(count):
        entry = ENTRIES[kind].replace("N", str(number)).replace("M", str(number + 4))
        sections.setdefault(MANAGED_NAMED[kind].section, {})[f"x{number}"] = yaml.safe_load(entry)
    calls = applied_calls(runner, stack(json.dumps(sections)))
    return Counter({call: n for call, n in calls.items() if call.startswith("GET ") or ".list" in call})


def test_every_kind_has_an_entry():
    assert ENTRIES.keys() == {kind.name for kind in MANAGED}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ENTRIES)
def test_more_objects_of_a_kind_cost_no_more_reads(kind):
    with Sandbox() as sandbox:
        start = sandbox.snapshot()
        few = reads_of_creates(Runner(sandbox), kind, 1)
        sandbox.restore(start)

        assert reads_of_creates(Runner(sandbox), kind, 4) == few
