"""The way of events: each test is a statement of orchestration.md 2.2 to 2.8."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pdslack_cli.routing.pcl.unverified import Unverified
from pdslack_cli.routing.simulate.model import SimulatedService
from pdslack_cli.routing.simulate.state import State
from pdslack_cli.routing.simulate.trace import EventOutcome
from tests.routing.building import (
    cache_variable,
    global_rules,
    router,
    rule,
    send,
    service_rules,
    unrouted_rules,
    world,
)

PAY = SimulatedService("PAY", "payments-api")
AUTH = SimulatedService("AUTH", "auth")


def pay(*rules, **rest) -> SimulatedService:
    return replace(PAY, rules=service_rules(*rules, **rest))


# --- 2.2 the pipeline ------------------------------------------------------------------------------


def test_event_goes_through_global_rules_router_and_service_rules():
    everything = world(
        pay(rule(label="in service", severity="error")),
        global_=global_rules(rule(label="in global", severity="info")),
        route_to=router(rule(label="in router", route_to="PAY")),
    )
    trace = send(everything)
    assert trace.path == ("in global", "in router", "in service")
    assert trace.service == "PAY"
    assert trace.event["severity"] == "error"
    assert trace.outcome is EventOutcome.INCIDENT


def test_service_key_bypasses_global_rules_and_router():
    everything = world(pay(rule(label="in service")), global_=global_rules(rule(drop_event=True)))
    trace = send(everything, to="PAY")
    assert trace.path == ("in service",)
    assert trace.outcome is EventOutcome.INCIDENT


def test_inactive_service_rules_leave_the_event_as_it_is():
    inactive = replace(pay(rule(severity="info", suppress=True)), active=False)
    trace = send(world(inactive), severity="critical")
    assert trace.event["severity"] == "critical"
    assert trace.outcome is EventOutcome.INCIDENT


@pytest.mark.parametrize(
    ("action", "outcome"), [("resolve", EventOutcome.RESOLVED), ("acknowledge", EventOutcome.ACKNOWLEDGED)]
)
def test_acknowledge_and_resolve_pass_the_same_rules(action, outcome):
    trace = send(world(pay(rule(label="all"))), event_action=action)
    assert trace.path == ("all",)
    assert trace.outcome is outcome


def test_a_condition_can_tell_resolves_from_triggers():
    everything = world(pay(rule("event.event_action matches 'resolve'", label="end")))
    assert send(everything, event_action="resolve").path == ("end",)
    assert send(everything).path == ()


# --- 2.3 one path ----------------------------------------------------------------------------------


def test_first_match_wins():
    trace = send(
        world(pay(rule("event.class matches 'a'", label="1"), rule(label="2"), rule(label="3"))), class_="b"
    )
    assert trace.path == ("2",)


def test_rule_matches_when_any_condition_does():
    two = rule("event.class matches 'a'", "event.class matches 'b'", label="two")
    assert send(world(pay(two)), class_="b").path == ("two",)
    assert send(world(pay(two)), class_="c").path == ()


def test_disabled_rule_is_skipped():
    assert send(world(pay(rule(label="off", disabled=True), rule(label="on")))).path == ("on",)


def test_matching_rule_leads_into_its_set():
    nested = [rule("event.class matches 'card'", label="card", severity="critical")]
    trace = send(world(pay(rule(label="eu", route_to="inner"), inner=nested)), class_="card")
    assert trace.path == ("eu", "card")


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param([rule("event.class matches 'x'", label="x")], id="no rule of a nested set matches"),
        pytest.param([], id="a nested set is empty"),
    ],
)
def test_catch_all_acts_when(inner):
    service = pay(
        rule(label="outer", priority="P1", route_to="inner"), inner=inner, otherwise={"suspend": 60}
    )
    trace = send(world(service))
    assert trace.path == ("outer",)
    assert (trace.priority, trace.pause) == ("P1", 60)  # and the parent's actions stay


def test_catch_all_does_not_act_after_a_match():
    assert send(world(pay(rule(label="all"), otherwise={"suppress": True}))).outcome is EventOutcome.INCIDENT


@pytest.mark.parametrize(
    ("action", "first", "last", "result"),
    [
        ("priority", "P1", "P2", lambda trace: trace.priority),
        ("severity", "info", "error", lambda trace: trace.event["severity"]),
        ("escalation_policy", "EP1", "EP2", lambda trace: trace.escalation_policy),
        ("suspend", 60, 120, lambda trace: trace.pause),
        ("annotate", "one", "two", lambda trace: trace.note),
        (
            "incident_custom_field_updates",
            [{"id": "F", "value": "one"}],
            [{"id": "F", "value": "two"}],
            lambda trace: [{"id": "F", "value": trace.fields["F"]}],
        ),
        (
            "extractions",
            [{"target": "event.group", "template": "one"}],
            [{"target": "event.group", "template": "two"}],
            lambda trace: [{"target": "event.group", "template": trace.event["group"]}],
        ),
    ],
)
def test_last_value_evaluated_wins_from_global_to_service(action, first, last, result):
    trace = send(world(pay(rule(**{action: last})), global_=global_rules(rule(**{action: first}))))
    assert result(trace) == last


def test_webhooks_add_up_along_nested_rules():
    def hook(name: str):
        return [{"name": name, "url": "https://a.example", "auto_send": True}]

    service = pay(
        rule(automation_actions=hook("outer"), route_to="inner"),
        inner=[rule(automation_actions=hook("inner"))],
    )
    assert [request.name for request in send(world(service)).requests] == ["outer", "inner"]


def test_conditions_of_a_nested_set_see_the_extractions_above():
    service = pay(
        rule(extractions=[{"target": "event.group", "template": "set"}], route_to="inner"),
        inner=[rule("event.group == 'set'", label="seen")],
    )
    trace = send(world(service))
    assert trace.path[-1] == "seen"
    assert Unverified.NESTED_CONDITIONS in trace.unverified


def test_router_and_service_see_extractions_of_global_rules_but_raw_event_never_changes():
    everything = world(
        pay(rule("event.group == 'set' and not raw_event.payload.group exists", label="seen")),
        global_=global_rules(rule(extractions=[{"target": "event.group", "template": "set"}])),
        route_to=router(rule("event.group == 'set'", route_to="PAY")),
    )
    assert send(everything).path[-1] == "seen"


@pytest.mark.parametrize(
    "defaults",
    [
        pytest.param({"suppress": False, "drop_event": False}, id="false"),
        pytest.param({"priority": "", "annotate": "", "severity": ""}, id="empty text"),
        pytest.param({"priority": None, "suspend": None, "extractions": None, "suppress": None}, id="null"),
    ],
)
def test_defaults_that_clients_write_mean_not_set(defaults):
    trace = send(world(PAY, global_=global_rules(rule(**defaults))), severity="info")
    assert trace.outcome is EventOutcome.INCIDENT
    assert (trace.priority, trace.note, trace.event["severity"]) == ("", "", "info")


def test_explicit_suppress_false_does_not_undo_an_earlier_true():
    everything = world(pay(rule(suppress=False)), global_=global_rules(rule(suppress=True)))
    trace = send(everything)
    assert trace.outcome is EventOutcome.SUPPRESSED
    assert Unverified.SUPPRESS_FALSE in trace.unverified


# --- 2.4 router ------------------------------------------------------------------------------------


def test_router_takes_the_first_match_and_else_its_catch_all():
    everything = world(
        PAY,
        AUTH,
        route_to=router(
            rule("event.class matches 'card'", route_to="PAY"),
            rule("event.class matches part 'a'", route_to="AUTH"),
            otherwise="PAY",
        ),
    )
    assert send(everything, class_="card").service == "PAY"
    assert send(everything, class_="auth").service == "AUTH"
    assert send(everything, class_="x").service == "PAY"


def test_unrouted_is_the_default_of_a_router():
    trace = send(world(PAY, route_to=router(rule("event.class matches 'x'", route_to="PAY"))))
    assert trace.outcome is EventOutcome.UNROUTED
    assert trace.service == ""


def dynamic(source: str, regex: str, lookup_by: str):
    return rule(dynamic_route_to={"source": source, "regex": regex, "lookup_by": lookup_by})


@pytest.mark.parametrize(
    ("details", "lookup_by", "regex", "service"),
    [
        pytest.param({"s": "payments-api"}, "service_name", "(.*)", "PAY", id="by name"),
        pytest.param({"s": "PAY"}, "service_id", ".*", "PAY", id="by id, whole match without a group"),
        pytest.param({"s": "svc=payments-api;"}, "service_name", "svc=([^;]+)", "PAY", id="by captured text"),
        pytest.param({"s": "Payments-API"}, "service_name", "(.*)", "AUTH", id="names compare exactly"),
        pytest.param(
            {"s": "nothing"}, "service_name", "(.*)", "AUTH", id="an unknown name lets the next rule try"
        ),
        pytest.param({}, "service_name", "(.*)", "AUTH", id="a missing field lets the next rule try"),
        pytest.param({"s": "x"}, "service_name", "y", "AUTH", id="no match lets the next rule try"),
    ],
)
def test_dynamic_route(details, lookup_by, regex, service):
    first = dynamic("event.custom_details.s", regex, lookup_by)
    everything = world(PAY, AUTH, route_to=router(first, rule(route_to="AUTH")))
    assert send(everything, custom_details=details).service == service


def test_cache_variables_are_not_available_in_the_router():
    everything = world(
        PAY,
        AUTH,
        route_to=router(rule("cache_var.flag exists", route_to="AUTH"), otherwise="PAY"),
        cache=(cache_variable("flag", type="external_data"),),
    )
    assert send(everything, state=State({("O", "flag"): True})).service == "PAY"


def test_route_to_a_service_that_is_gone_is_unresolved():
    trace = send(world(PAY, route_to=router(rule(route_to="GONE"))))
    assert trace.unresolved == ("service GONE",)
    assert trace.outcome is EventOutcome.UNROUTED
    assert Unverified.UNKNOWN_SERVICE in trace.unverified


# --- 2.5 unrouted ----------------------------------------------------------------------------------


def test_unrouted_rules_change_the_event_but_it_never_becomes_an_incident():
    everything = world(
        unrouted=unrouted_rules(rule(label="late", severity="warning", route_to="more"), more=[])
    )
    trace = send(everything, severity="critical")
    assert trace.path == ("late",)
    assert trace.event["severity"] == "warning"
    assert (trace.outcome, trace.on_call, trace.channels) == (EventOutcome.UNROUTED, (), ())


# --- 2.6 actions -----------------------------------------------------------------------------------


def test_drop_ends_everything_at_once():
    everything = world(
        pay(rule(label="never")),
        global_=global_rules(
            rule(drop_event=True, label="noise", annotate="x", route_to="more"), more=[rule()]
        ),
    )
    trace = send(everything)
    assert trace.outcome is EventOutcome.DROPPED
    assert (trace.path, trace.service, trace.note) == (("noise",), "", "")


def test_dropped_event_updates_no_cache_variable():
    everything = world(
        PAY,
        global_=global_rules(rule("event.class matches 'noise'", drop_event=True)),
        cache=(cache_variable("n", type="trigger_event_count", ttl_seconds=60),),
    )
    state = State()
    send(everything, state=state, class_="noise")
    assert state.cached("O", everything.orchestrations["O"].cache_variables, send(everything).at) == {}


def test_suspended_alert_waits_that_long():
    trace = send(world(pay(rule(suspend=300))))
    assert (trace.outcome, trace.pause) == (EventOutcome.PAUSED, 300)


def test_suppress_wins_over_suspend():
    trace = send(world(pay(rule(suspend=300, suppress=True))))
    assert trace.outcome is EventOutcome.SUPPRESSED
    assert Unverified.SUPPRESS_AND_SUSPEND in trace.unverified


def test_forced_resolve_resolves():
    assert send(world(pay(rule(event_action="resolve")))).outcome is EventOutcome.RESOLVED


def test_severity_overrides_what_the_event_said():
    trace = send(world(pay(rule(severity="critical"))), severity="info")
    assert trace.event["severity"] == "critical"


def test_custom_fields_take_templates_and_the_last_value():
    updates = [{"id": "F1", "value": "on {{event.source}}"}]
    service = pay(rule(incident_custom_field_updates=updates))
    trace = send(world(service, fields={"F1": "Where"}), source="db-1")
    assert trace.fields == {"Where": "on db-1"}


@pytest.mark.parametrize(
    ("actions", "sent"),
    [
        ({}, ["t"]),
        ({"suspend": 60}, ["p"]),
        ({"suppress": True}, ["s"]),
    ],
)
def test_webhook_acts_on_the_alert_state_it_names(actions, sent):
    hooks = [
        {"name": name, "url": "https://a.example", "auto_send": True, "trigger_types": [f"alert_{state}"]}
        for name, state in (("t", "triggered"), ("p", "suspended"), ("s", "suppressed"))
    ]
    trace = send(world(pay(rule(automation_actions=hooks, **actions))))
    assert [request.name for request in trace.requests] == sent


def test_webhook_parameters_and_headers_take_templates():
    hook = {
        "name": "h",
        "url": "https://a.example",
        "headers": [{"key": "X-Host", "value": "{{event.source}}"}],
        "parameters": [{"key": "title", "value": "{{event.summary}}!"}],
    }
    (request,) = send(world(pay(rule(automation_actions=[hook]))), source="db", summary="Down").requests
    assert (request.headers, request.parameters) == ({"X-Host": "db"}, {"title": "Down!"})
    assert not request.automatic


def test_automation_action_runs():
    service = pay(
        rule(pagerduty_automation_actions=[{"action_id": "A1", "trigger_types": ["alert_triggered"]}])
    )
    (request,) = send(world(service)).requests
    assert (request.name, request.automatic) == ("A1", True)


# --- 2.11 the trace --------------------------------------------------------------------------------


def test_trace_shows_every_rule_tried_with_the_values_that_decided_it():
    service = pay(
        rule("event.class matches 'a'", label="no"),
        rule("event.class matches 'b'", "event.source exists", label="yes", priority="P1"),
    )
    trace = send(world(service, priorities={"P1": "High"}), class_="b")
    steps = [step for step in trace.steps if step.path == "service"]
    assert [(step.name, step.matched) for step in steps] == [("no", False), ("yes", True)]
    assert [
        (
            tried.condition.text,
            tried.verdict.value,
            [(str(read.source), read.value) for read in tried.verdict.reads],
        )
        for step in steps
        for tried in step.tried
    ] == [
        ("event.class matches 'a'", False, [("event.class", "b")]),
        ("event.class matches 'b'", True, [("event.class", "b")]),
    ]
    assert [(change.field, change.value) for change in steps[1].changes] == [("priority", "P1")]
    assert trace.priority == "High"


def test_trace_tells_warnings_and_what_the_world_lacks():
    trace = send(world(pay(rule("event.source > 5", label="x"), rule(priority="P9", escalation_policy="E9"))))
    assert trace.warnings == ("x: nil and integer have no order (`>` at character 0)",)
    assert trace.unresolved == ("priority P9", "escalation policy E9")
