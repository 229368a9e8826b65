"""Every request of whole runs, and every answer, against what the vendors publish."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.sandbox.calls import RecordedCall
from pdslack_cli.sandbox.server import Sandbox
from tests.support import contract
from tests.support.factories import stack
from tests.support.runs import Runner
from tests.support.slack_contract import call_problems, needs_samples

pytestmark = pytest.mark.wire

EXAMPLES = Path(__file__).parents[1] / "examples"

# What the examples leave out: every other field and action that the file knows.
EVERYTHING = """
    owner: acme
    slack: {workspace: T0SANDBOX}
    people: {maya: maya@acme.example, tom: tom@acme.example}
    teams: {payments: {members: {manager: [maya], responder: [tom]}}}
    escalation_policies:
      payments:
        team: payments
        levels: [{notify: [person/maya, person/tom], escalate_after: 5m, assign: round_robin}]
    services:
      payments:
        escalation_policy: payments
        urgency: {support_hours: high, outside: low, raise_at: start}
        support_hours: {time_zone: Europe/Berlin, days: mon-fri, from: "08:00", to: "20:00"}
        auto_pause: 5m
        alert_grouping: {by: time, window: 10m}
        integrations: [events-api-v2, Datadog, {name: Mail, email: payments@sandbox.pagerduty.com}]
        channels: [payments]
        rules:
          - label: All
            then:
              set: {event.group: "{{event.source}}"}
              variables: {host: event.source}
              severity: critical
              event_action: trigger
              priority: P1
              escalation_policy: payments
              note: hello
              pause: 2m
              webhook: {name: Hook, url: "https://acme.example/hook", send: auto}
            rules: shared
          - {label: Never, if: event.class matches 'x', then: {suppress: true}, disabled: true}
    sets: {shared: [{label: Shared, then: {severity: error}}]}
    routing:
      production:
        rules: [{label: Drop, if: event.class matches 'noise', then: {drop: true}}]
        dynamic: {service_name: event.custom_details.pd_service}
        routes: [{label: All, to: payments}]
        otherwise: payments
    channels:
      payments:
        {private: true, topic: Hello, members: [team/payments], bookmarks: {Wiki: "https://acme.example"}}
    webhooks:
      all:
        url: https://acme.example/w
        from: account
        events: ["incident.*", service.created]
        headers: {X-Env: prod}
    workflows:
      tell:
        steps:
          - name: Tell
            action: pagerduty.com:incident-workflows:send-status-update:1
            inputs: {Message: hello}
        triggers: [{created: true, services: [payments]}]
"""

# The same with everything taken out that can be, so that nulls are sent.
CLEARED = """
    owner: acme
    slack: {workspace: T0SANDBOX}
    people: {maya: maya@acme.example, tom: tom@acme.example}
    teams: {payments: {description: null, members: {manager: [maya], responder: [tom]}}}
    schedules:
      bare:
        time_zone: Etc/UTC
        layers: [{start: "2026-01-05T09:00:00", rotate: 1 week, people: [maya]}]
    escalation_policies:
      payments:
        team: null
        levels: [{notify: [person/maya], assign: everyone}]
    services:
      payments:
        description: null
        runbook: null
        escalation_policy: payments
        urgency: high
        support_hours: null
        acknowledgement_timeout: never
        auto_resolve_timeout: never
        auto_pause: null
        alert_grouping: null
        rules: []
      bare: {escalation_policy: payments}
    routing:
      production:
        {description: null, team: null, rules: [], dynamic: null, routes: [], otherwise: null, unrouted: []}
    channels: {payments: {private: true, topic: null, purpose: null, bookmarks: null}}
    notification_rules:
      payments: {from: service/payments, to: payments, urgency: null, priorities: null}
    webhooks:
      all:
        url: https://acme.example/w
        from: account
        events: [service.created]
        description: null
        headers: null
    workflows:
      tell: {description: null, team: null, steps: [], triggers: []}
    business_services: {cards: {description: null, point_of_contact: null, team: null, depends_on: null}}
    extensions:
      tickets: {schema: ServiceNow (v7), services: [bare], endpoint: null, config: null}
    incident_custom_fields: {impact: {type: string, description: null, default: null}}
"""


@pytest.fixture(scope="module")
def calls():
    """All calls of a whole life: apply, plan, change, destroy."""
    lives = [
        [load([EXAMPLES / name], {})] for name in ("quickstart.yaml", "tutorial.yaml", "fintech", "complete")
    ]
    lives.append(
        [
            stack(EVERYTHING),
            stack(EVERYTHING.replace("critical", "warning").replace("Hello", "Bye")),
            stack(CLEARED),
            stack(CLEARED.replace("Etc/UTC", "Europe/Berlin").replace("never", "30m")),
        ]
    )
    lives.append([stack(CLEARED)])  # which clears nothing where nothing is there
    made: list[RecordedCall] = []
    for life in lives:
        with Sandbox() as sandbox:
            runner = Runner(sandbox)
            for each in life:
                runner.seed(each)
                report = runner.apply(each)
                assert report.complete, [str(result.error) for result in report.results if result.error]
                assert runner.plan(each).changes == ()
            assert runner.destroy(life[-1]).complete
            made += sandbox.calls
    return made


@pytest.mark.slow
def test_every_call_to_pagerduty_fits_its_schemas(calls):
    for call in calls:
        if call.provider == "pagerduty":
            contract.check(call)


@pytest.mark.slow
@needs_samples
def test_every_call_to_slack_fits_its_reference(calls):
    problems = [
        f"{call.path}: {problem}"
        for call in calls
        if call.provider == "slack"
        for problem in call_problems(call)
    ]
    assert problems == []
