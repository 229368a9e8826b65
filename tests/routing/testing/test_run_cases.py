"""Test cases: what they send, what they compare, what their failures and coverage tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from pdslack_cli.routing.simulate.model import SimulatedNotificationRule, SimulatedService
from pdslack_cli.routing.simulate.oncall import SimulatedLevel, SimulatedPolicy
from pdslack_cli.routing.simulate.trace import EventOutcome
from pdslack_cli.routing.testing.cases import Case
from pdslack_cli.routing.testing.run_cases import run_cases
from tests.routing.building import cache_variable, router, rule, service_rules, world

HOOK = {"name": "hook", "url": "https://a.example", "auto_send": True}
PAY = SimulatedService(
    "PAY",
    "payments-api",
    escalation_policy="E",
    rules=service_rules(
        rule(
            "event.class matches 'card'",
            label="card",
            priority="P1",
            annotate="Look",
            automation_actions=[HOOK],
        ),
        rule("event.class matches 'noise'", label="noise", suppress=True),
        rule("event.class matches 'slow'", label="slow", suspend=300),
        rule("now in Mon 00:00:00 to 12:00:00 Etc/UTC and event.class matches 'clock'", label="morning"),
        rule("trigger_count over 1 minute > 2", label="many", severity="critical"),
        rule("cache_var.maintenance == true", label="maintenance"),
    ),
    cache_variables=(cache_variable("maintenance", type="external_data"),),
)
WORLD = world(
    PAY,
    route_to=router(rule("event.custom_details.service matches 'pay'", route_to="PAY")),
    escalation_policies={"E": SimulatedPolicy("E", "Payments", (SimulatedLevel(people=("maya", "tom")),))},
    notification_rules=(SimulatedNotificationRule("n", "payments-incidents", services=frozenset({"PAY"})),),
    priorities={"P1": "High"},
)


def case(
    expect: dict[str, Any] | None = None, *, send: Any = None, name: str = "a case", **rest: Any
) -> Case:
    return Case.model_validate({"name": name, "send": send or event(), "expect": expect or {}, **rest})


def event(class_: str = "card", **rest: Any) -> dict[str, Any]:
    fields = {
        "summary": "Down",
        "class": class_,
        "custom_details": {"service": "pay", "deep": {"a": 1, "b": 2}},
    }
    return {"to": "routing/O", "event": fields, **rest}


def failures(*args: Any, **kwargs: Any) -> list[tuple[str, object, object]]:
    (result,) = run_cases(WORLD, [case(*args, **kwargs)]).cases
    return [(failure.field, failure.expected, failure.got) for failure in result.failures]


@pytest.mark.parametrize(
    "expect",
    [
        {"outcome": "incident"},
        {"service": "PAY"},
        {"service": "payments-api"},
        {"priority": "High"},
        {"urgency": "high"},
        {"suppressed": False, "dropped": False},
        {"title": "Down"},
        {"severity": None},
        {"custom_details": {"deep": {"a": 1}}},
        {"event": {"class": "card"}},
        {"escalation_policy": "Payments"},
        {"on_call": ["tom", "maya"]},
        {"channels": "payments-incidents"},
        {"path": ["card"]},
        {"note": "Look"},
        {"webhooks": ["hook"]},
        {},
    ],
)
def test_agrees_with(expect):
    assert failures(expect) == []


@pytest.mark.parametrize(
    ("expect", "got"),
    [
        ({"outcome": "suppressed"}, EventOutcome.INCIDENT),
        ({"service": None}, "PAY"),
        ({"priority": None}, "High"),
        ({"urgency": "low"}, "high"),
        ({"suppressed": True}, False),
        ({"title": "Up"}, "Down"),
        ({"custom_details": {"deep": {"a": "1"}}}, {"service": "pay", "deep": {"a": 1, "b": 2}}),
        ({"custom_details": {"other": 1}}, {"service": "pay", "deep": {"a": 1, "b": 2}}),
        ({"on_call": ["maya"]}, ("maya", "tom")),
        ({"channels": []}, ("payments-incidents",)),
        ({"path": ["card", "noise"]}, ("event.custom_details.service matches 'pay'", "card")),
        ({"note": None}, "Look"),
        ({"webhooks": []}, ("hook",)),
    ],
)
def test_tells_expected_and_got(expect, got):
    ((field, expected, was),) = failures(expect)
    assert (field, was) == (next(iter(expect)), got)
    assert expected != was


def test_paused_and_suppressed():
    assert failures({"outcome": "paused", "pause": "5m"}, send=event("slow")) == []
    assert failures({"outcome": "suppressed", "suppressed": True, "channels": []}, send=event("noise")) == []


def test_event_may_go_straight_to_a_service():
    assert failures({"path": ["card"]}, send={"to": "service/PAY", "event": {"class": "card"}}) == []


def test_unknown_target_fails_the_case():
    assert failures(send={"to": "routing/gone", "event": {}}) == [("to", "routing/gone", None)]


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        pytest.param({}, ["morning"], id="a Monday noon if none is given"),
        pytest.param({"now": "2026-01-05T12:30:00"}, [], id="wall clock is UTC"),
        pytest.param(
            {"now": "2026-01-05T12:30:00", "time_zone": "Europe/Berlin"}, ["morning"], id="of its zone"
        ),
        pytest.param({"now": "2026-01-05T12:30:00+02:00"}, ["morning"], id="with an offset"),
    ],
)
def test_clock_of_a_case(clock, expected):
    (result,) = run_cases(WORLD, [case(send=event("clock"), **clock)]).cases
    assert list(result.traces[-1].path[1:]) == expected


def test_sequence_with_times_counts_towards_thresholds():
    sequence = [
        event("x", expect={"severity": None}),
        event("x", after="20s", expect={"severity": None}),
        event("x", after="20s", expect={"severity": "critical"}),
        event("x", after="1m"),
    ]
    assert failures({"severity": None}, send=sequence) == []


def test_repeated_event_counts_as_many():
    assert failures({"severity": "critical"}, send=event("x", repeat=3, after="1s")) == []
    assert failures({"severity": None}, send=event("x", repeat=3, after="1 minute")) == []


def test_an_event_at_a_time_restarts_the_clock_of_the_sequence():
    sequence = [event("x"), event("x", at="2026-01-05T15:00:00"), event("x", after="1h")]
    (result,) = run_cases(WORLD, [case(send=sequence)]).cases
    assert [trace.at for trace in result.traces] == [
        datetime(2026, 1, 5, hour, tzinfo=UTC) for hour in (12, 15, 16)
    ]


def test_cases_do_not_see_each_other():
    many = case({"severity": "critical"}, send=event("x", repeat=3))
    one = case({"severity": None}, send=event("x"))
    assert not run_cases(WORLD, [many, one, one, one]).failed


def test_cache_variables_are_set_from_outside():
    cache = {"service/PAY": {"maintenance": True}}
    assert failures({"path": ["maintenance"]}, send=event("x"), cache=cache) == []


def test_failure_shows_the_rules_tried_up_to_the_one_that_decided():
    (result,) = run_cases(WORLD, [case({"suppressed": False}, send=event("noise"))]).cases
    steps = result.failures[0].steps
    assert [(step.name, step.matched) for step in steps][-2:] == [("card", False), ("noise", True)]


def test_coverage_names_the_rules_that_no_case_reached():
    results = run_cases(WORLD, [case(), case(send=event("noise"))])
    assert results.rules == 7
    assert [(placed.owner, placed.rule.label) for placed in results.unreached] == [
        ("PAY", "slow"),
        ("PAY", "morning"),
        ("PAY", "many"),
        ("PAY", "maintenance"),
    ]


def test_rules_that_are_off_need_no_test():
    off = replace(PAY, rules=service_rules(rule(disabled=True), rule()), active=True)
    assert run_cases(world(off), []).rules == 1
    assert run_cases(world(replace(off, active=False)), []).rules == 0


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param({"expect": {"servce": "x"}}, id="a misspelt field"),
        pytest.param({"expect": {"outcome": "paged"}}, id="an unknown outcome"),
        pytest.param({"send": {"to": "PAY", "event": {}}}, id="a target without its section"),
        pytest.param({"send": []}, id="nothing sent"),
        pytest.param({"send": event(after="soon")}, id="no duration"),
        pytest.param({"time_zone": "Berlin"}, id="an unknown zone"),
    ],
)
def test_refuses(entry):
    with pytest.raises(ValidationError):
        Case.model_validate({"name": "x", "send": event(), **entry})


def test_durations():
    sends = Case.model_validate(
        {"name": "x", "send": [event(after=text) for text in ("90s", "1h30m", "1 week")]}
    ).send
    assert [send.after for send in sends] == [timedelta(seconds=90), timedelta(minutes=90), timedelta(days=7)]
