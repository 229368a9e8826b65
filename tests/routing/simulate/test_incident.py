"""From alert to incident: urgency, who is called, which channels are told (orchestration.md 4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pdslack_cli.routing.simulate.model import SimulatedNotificationRule, SimulatedService
from pdslack_cli.routing.simulate.oncall import SimulatedLevel, SimulatedPolicy
from pdslack_cli.routing.simulate.trace import EventOutcome
from pdslack_cli.routing.simulate.urgency import read_urgency
from tests.routing.building import NOON, rule, send, service_rules, world

PAY = SimulatedService("PAY", "payments-api", escalation_policy="E1", teams=frozenset({"T"}))
POLICIES = {
    "E1": SimulatedPolicy("E1", "Payments", (SimulatedLevel(people=("maya",)),)),
    "E2": SimulatedPolicy("E2", "Platform", (SimulatedLevel(people=("tom",)),)),
    "E3": SimulatedPolicy("E3", "Nobody", ()),
    "E4": SimulatedPolicy("E4", "Looked up", None),
}


def constant(urgency: str):
    return {"type": "constant", "urgency": urgency}


HOURS = {
    "incident_urgency_rule": {
        "type": "use_support_hours",
        "during_support_hours": constant("high"),
        "outside_support_hours": constant("severity_based"),
    },
    "support_hours": {
        "type": "fixed_time_per_day",
        "time_zone": "Europe/Berlin",
        "start_time": "08:00:00",
        "end_time": "20:00:00",
        "days_of_week": [1, 2, 3, 4, 5],
    },
}
EVENING = datetime(2024, 5, 1, 20, tzinfo=UTC)
SATURDAY = datetime(2024, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("service", "severity", "at", "urgency"),
    [
        pytest.param({}, "info", NOON, "high", id="high is the default"),
        pytest.param({"incident_urgency_rule": constant("low")}, "critical", NOON, "low", id="constant low"),
        *(
            pytest.param(
                {"incident_urgency_rule": constant("severity_based")}, severity, NOON, urgency, id=text
            )
            for severity, urgency, text in [
                ("critical", "high", "critical is high"),
                ("error", "high", "error is high"),
                ("warning", "low", "warning is low"),
                ("info", "low", "info is low"),
                (None, "high", "no severity is high"),
                ("odd", "high", "an unknown severity is high"),
            ]
        ),
        pytest.param(HOURS, "info", NOON, "high", id="during support hours"),
        pytest.param(HOURS, "info", EVENING, "low", id="outside support hours, by severity"),
        pytest.param(HOURS, "error", EVENING, "high", id="outside support hours, by high severity"),
        pytest.param(HOURS, "info", SATURDAY, "low", id="support hours count their days"),
    ],
)
def test_urgency(service, severity, at, urgency):
    assert read_urgency(service).urgency(severity, at) == urgency


def test_urgency_follows_the_severity_that_rules_set():
    service = replace(
        PAY,
        urgency=read_urgency({"incident_urgency_rule": constant("severity_based")}),
        rules=service_rules(rule(severity="info")),
    )
    assert send(world(service, escalation_policies=POLICIES), severity="critical").urgency == "low"


def incident(service: SimulatedService = PAY, *, told=(), **event):
    return send(
        world(
            service, escalation_policies=POLICIES, notification_rules=tuple(told), priorities={"P1": "High"}
        ),
        **event,
    )


def test_the_services_policy_calls_its_first_level():
    assert incident().on_call == ("maya",)


def test_a_rule_replaces_the_services_policy():
    trace = incident(replace(PAY, rules=service_rules(rule(escalation_policy="E2"))))
    assert (trace.escalation_policy, trace.on_call) == ("E2", ("tom",))


def test_nobody_on_call_at_any_level_makes_no_incident():
    assert incident(replace(PAY, escalation_policy="E3")).outcome is EventOutcome.IGNORED


def test_a_policy_known_by_name_only_still_makes_an_incident():
    assert incident(replace(PAY, escalation_policy="E4")).outcome is EventOutcome.INCIDENT


def test_a_disabled_service_makes_no_incident():
    assert incident(replace(PAY, asleep=True)).outcome is EventOutcome.IGNORED


@pytest.mark.parametrize("actions", [{"suppress": True}, {"suspend": 60}])
def test_no_channel_hears_of_an_alert_without_incident(actions):
    service = replace(PAY, rules=service_rules(rule(**actions)))
    assert (
        incident(service, told=[SimulatedNotificationRule("n", "#pay", services=frozenset({"PAY"}))]).channels
        == ()
    )


def hears(event=None, actions=None, **filters) -> bool:
    filters = {"services": {"PAY"}, **filters}
    told = SimulatedNotificationRule(
        "n", "#pay", **{name: frozenset(v) if isinstance(v, set) else v for name, v in filters.items()}
    )
    service = replace(PAY, rules=service_rules(rule(**(actions or {}))))
    return incident(service, told=[told], **(event or {})).channels == ("#pay",)


@pytest.mark.parametrize(
    ("filters", "event", "actions", "expected"),
    [
        pytest.param({}, {}, {}, True, id="no filter"),
        pytest.param({"services": set(), "teams": {"T"}}, {}, {}, True, id="the service's team"),
        pytest.param({"services": {"OTHER"}}, {}, {}, False, id="another service"),
        pytest.param({"urgency": "high"}, {}, {}, True, id="its urgency"),
        pytest.param({"urgency": "low"}, {}, {}, False, id="another urgency"),
        pytest.param({"priorities": {"P1"}}, {}, {"priority": "P1"}, True, id="its priority"),
        pytest.param({"priorities": {"P1"}}, {}, {}, False, id="no priority where one is wanted"),
        pytest.param({"priorities": {"P1", "none"}}, {}, {}, True, id="no priority where none is wanted"),
        pytest.param(
            {"priorities": {"none"}}, {}, {"priority": "P1"}, False, id="a priority where none is wanted"
        ),
        pytest.param({"priorities": set()}, {}, {}, False, id="no priority is let through"),
        pytest.param({"severities": {"warning"}}, {"severity": "warning"}, {}, True, id="its severity"),
        pytest.param({"severities": {"warning"}}, {"severity": "error"}, {}, False, id="another severity"),
        pytest.param({"events": {"triggered"}}, {}, {}, True, id="it hears of triggers"),
        pytest.param({"events": {"resolved"}}, {}, {}, False, id="it only hears of resolves"),
        pytest.param({"events": {"resolved"}}, {"event_action": "resolve"}, {}, True, id="a resolve"),
    ],
)
def test_channel_hears(filters, event, actions, expected):
    assert hears(event, actions, **filters) is expected


def test_channel_is_told_once():
    told = [
        SimulatedNotificationRule("a", "#pay", services=frozenset({"PAY"})),
        SimulatedNotificationRule("b", "#pay", teams=frozenset({"T"})),
    ]
    assert incident(told=told).channels == ("#pay",)
