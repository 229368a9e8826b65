"""Stacks as graphs of where alerts go."""

from __future__ import annotations

import textwrap

import pytest

from pdslack_cli.analysis.graph import Stage, Topology
from pdslack_cli.analysis.topology import make_topology
from pdslack_cli.config.stack import Stack
from pdslack_cli.model import Ref
from tests.support.factories import stack

pytestmark = pytest.mark.slow_after(2)

BASE = """
owner: acme
slack: {workspace: T0SANDBOX}
people: {maya: maya@acme.example, tom: tom@acme.example, olga: olga@acme.example, idle: idle@acme.example}
teams:
  payments: {name: Payments, members: {responder: [maya, olga]}}
  platform: {members: {responder: [olga]}}
schedules:
  primary:
    time_zone: Etc/UTC
    teams: [payments]
    layers:
      - {name: Weekly, start: 2026-01-05T09:00:00, rotate: 1 week, people: [maya, tom]}
      - {name: Office, start: 2026-01-05T09:00:00, rotate: 1 week, people: [maya]}
escalation_policies:
  payments:
    team: payments
    levels:
      - {notify: [schedule/primary], escalate_after: 10m}
      - {notify: [person/maya], escalate_after: 20m, assign: round_robin}
      - {notify: [person/olga]}
  elsewhere: {levels: [{notify: [person/olga]}]}
  web: {team: platform, levels: [{notify: [person/olga]}]}
"""


def topology(text: str) -> Topology:
    return make_topology(wanted(text))


def wanted(text: str) -> Stack:
    return stack(BASE + textwrap.dedent(text))


def edges(found: Topology, source: str) -> list[tuple[str, str, str]]:
    return [(str(edge.target), edge.label, edge.detail) for edge in found.edges if str(edge.source) == source]


# --- edges -----------------------------------------------------------------------------------------


def test_routes_stand_in_the_order_in_which_they_are_tried():
    found = topology(
        """
        services:
          api: {escalation_policy: payments}
          auth: {escalation_policy: payments}
          old: {escalation_policy: payments}
        routing:
          production:
            integrations: [Alertmanager]
            dynamic: {service_name: event.custom_details.service}
            routes:
              - {label: Payments, if: event.custom_details.app matches 'pay', to: api}
              - {if: [event.source matches 'auth', event.class matches 'login'], to: auth}
              - {label: Off, disabled: true, to: old}
            otherwise: unrouted
        """
    )
    assert edges(found, "sender/Alertmanager") == [("routing/production", "", "")]
    assert edges(found, "routing/production") == [
        ("dynamic/production", "named by …service", "event.custom_details.service: (.*)"),
        ("service/api", "Payments", "Payments: event.custom_details.app matches 'pay'"),
        (
            "service/auth",
            "source matches 'auth' or class matches 'login'",
            "event.source matches 'auth' or event.class matches 'login'",
        ),
        ("unrouted/production", "otherwise", ""),
    ]


def test_what_no_route_took_may_go_to_a_service():
    found = topology(
        """
        services: {api: {escalation_policy: payments}}
        routing: {production: {otherwise: api}}
        """
    )
    assert edges(found, "routing/production") == [("service/api", "otherwise", "")]


def test_a_router_that_the_files_do_not_manage_leads_nowhere():
    found = topology("routing: {production: {integrations: [Alertmanager]}}")
    assert edges(found, "routing/production") == []


def test_levels_tell_how_long_after_the_first_call_they_come():
    found = topology("")
    assert edges(found, "escalation_policy/payments") == [
        ("schedule/primary", "1 · at once", ""),
        ("person/maya", "2 · after 10m", "2 · after 10m, one of them in turn"),
        ("person/olga", "3 · after 30m", ""),
    ]


def test_everybody_in_a_schedule_is_reached_once():
    assert edges(topology(""), "schedule/primary") == [
        ("person/maya", "", "Weekly, Office"),
        ("person/tom", "", "Weekly"),
    ]


def test_rules_that_choose_another_policy_are_ways_too():
    found = topology(
        """
        services:
          api:
            escalation_policy: payments
            rules:
              - label: Critical
                if: event.severity matches 'critical'
                rules:
                  - {label: At night, then: {escalation_policy: elsewhere}}
              - {label: Quiet, if: event.severity matches 'info', then: {suppress: true}}
              - otherwise: {escalation_policy: elsewhere}
        routing:
          production:
            rules:
              - if: event.class matches 'vip'
                then: {escalation_policy: elsewhere}
        """
    )
    assert edges(found, "service/api") == [
        ("escalation_policy/payments", "", ""),
        ("escalation_policy/elsewhere", "At night", "At night"),
        ("escalation_policy/elsewhere", "otherwise", "otherwise"),
    ]
    assert edges(found, "routing/production")[0] == (
        "escalation_policy/elsewhere",
        "class matches 'vip'",
        "event.class matches 'vip'",
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param("from: service/api", {"service/api": ""}, id="of any incident"),
        pytest.param("from: service/api, urgency: low", {"service/api": "if low urgency"}, id="by urgency"),
        pytest.param(
            "from: service/api, urgency: high, priorities: [P1, none]",
            {"service/api": "if high urgency · P1, no priority"},
            id="by urgency and priority",
        ),
        pytest.param(
            "from: [service/api, service/auth]", {"service/api": "", "service/auth": ""}, id="of several"
        ),
        pytest.param(
            "from: team/payments", {"service/api": "", "service/auth": ""}, id="of a team's services"
        ),
        pytest.param("from: team/platform", {"team/platform": ""}, id="of a team without services here"),
    ],
)
def test_channels_are_told(rule, expected):
    found = topology(
        f"""
        services:
          api: {{escalation_policy: payments}}
          auth: {{escalation_policy: payments}}
          other: {{escalation_policy: elsewhere}}
        channels: {{incidents: {{}}}}
        notification_rules: {{tell: {{{rule}, to: incidents}}}}
        """
    )
    told = {str(edge.source): edge.label for edge in found.edges if edge.target.kind == "channel"}
    assert told == expected


def test_the_short_form_of_a_notification_rule_is_a_way():
    found = topology(
        """
        services: {api: {escalation_policy: payments, channels: [incidents]}}
        channels: {incidents: {}}
        """
    )
    assert ("channel/incidents", "", "") in edges(found, "service/api")


# --- nodes -----------------------------------------------------------------------------------------


def test_nodes_stand_from_left_to_right_each_once():
    found = topology(
        """
        services: {api: {escalation_policy: payments, integrations: [Datadog]}}
        routing: {production: {integrations: [Alertmanager], otherwise: api}}
        """
    )
    assert [(str(node.ref), node.name, node.stage) for node in found.nodes] == [
        ("sender/Alertmanager", "Alertmanager", Stage.SENDER),
        ("routing/production", "production", Stage.ROUTING),
        ("integration/payments/Datadog", "Datadog", Stage.INTEGRATION),
        ("service/api", "api", Stage.SERVICE),
        ("escalation_policy/payments", "payments", Stage.ANSWER),
        ("escalation_policy/elsewhere", "elsewhere", Stage.ANSWER),
        ("escalation_policy/web", "web", Stage.ANSWER),
        ("schedule/primary", "primary", Stage.SCHEDULE),
        ("person/maya", "maya", Stage.PERSON),
        ("person/olga", "olga", Stage.PERSON),
        ("person/tom", "tom", Stage.PERSON),
    ]


def test_a_sender_stands_once_for_each_team_that_it_serves():
    found = topology(
        """
        services:
          api: {escalation_policy: payments, integrations: [Datadog, {name: a/b, type: events-api-v2}]}
          auth: {escalation_policy: payments, integrations: [Datadog]}
          other: {escalation_policy: elsewhere, integrations: [Datadog]}
        """
    )
    senders = [node for node in found.nodes if node.stage is Stage.INTEGRATION]
    assert [(node.name, node.team and node.team.key) for node in senders] == [
        ("Datadog", "payments"),
        ("a/b", "payments"),
        ("Datadog", None),
    ]
    assert [target for target, _, _ in edges(found, "integration/payments/Datadog")] == [
        "service/api",
        "service/auth",
    ]


@pytest.mark.parametrize(
    ("ref", "team"),
    [
        pytest.param("service/api", "payments", id="a service, by its policy"),
        pytest.param("service/other", None, id="a service whose policy is nobody's"),
        pytest.param("escalation_policy/payments", "payments", id="a policy"),
        pytest.param("schedule/primary", "payments", id="a schedule"),
        pytest.param("person/maya", "payments", id="a member"),
        pytest.param("person/tom", "payments", id="whom one team calls"),
        pytest.param("person/olga", None, id="whom several teams call"),
        pytest.param("channel/own", "payments", id="a channel that one team's services tell"),
        pytest.param("channel/shared", None, id="a channel that several teams' services tell"),
        pytest.param("routing/production", None, id="routing serves everybody"),
    ],
)
def test_nodes_are_drawn_with_their_team(ref, team):
    found = topology(
        """
        services:
          api: {escalation_policy: payments, channels: [own, shared]}
          web: {escalation_policy: web, channels: [shared]}
          other: {escalation_policy: elsewhere}
        channels: {own: {}, shared: {}}
        routing: {production: {team: platform, otherwise: api}}
        """
    )
    teams = {str(node.ref): node.team.key if node.team else None for node in found.nodes}
    assert teams[ref] == team
    assert found.teams == {Ref("team", "payments"): "Payments", Ref("team", "platform"): "platform"}


def test_what_is_only_looked_up_is_drawn_if_alerts_come_by():
    found = topology(
        """
        services:
          api: {escalation_policy: payments, channels: [used]}
        channels: {used: {lookup: true}, unused: {lookup: true}, ours: {}}
        """
    )
    names = {node.name for node in found.nodes}
    assert {"#used", "#ours", "maya"} <= names
    assert not {"#unused", "idle"} & names


def test_names_and_facts_are_those_of_the_product():
    found = topology(
        """
        services:
          api:
            name: Payments API
            description: Takes cards
            escalation_policy: payments
            runbook: https://wiki.acme.example/cards
            urgency: severity
            rules: [{label: Noise, if: event.severity matches 'info', then: {suppress: true}}]
        """
    )
    node = next(node for node in found.nodes if node.stage is Stage.SERVICE)
    assert node.name == "Payments API"
    assert dict(node.facts) == {
        "description": "Takes cards",
        "runbook": "https://wiki.acme.example/cards",
        "urgency": "severity",
        "rules": "Noise",
    }
