"""What is remembered between events: each test is a statement of orchestration.md 1.10 and 2.8."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pdslack_cli.routing.simulate.model import SimulatedService
from pdslack_cli.routing.simulate.state import State
from tests.routing.building import cache_variable, global_rules, rule, send, service_rules, world

PAY = SimulatedService("PAY", "payments-api")


def pay(*rules, **rest) -> SimulatedService:
    return replace(PAY, rules=service_rules(*rules, **rest))


# --- 1.10 thresholds over a sequence ---------------------------------------------------------------


def times_matched(condition: str, *times: float, actions: tuple[str, ...] = ()) -> list[int]:
    """The numbers, from 1, of the events of a sequence that match."""
    everything, state = world(pay(rule(condition, label="hit"))), State()
    traces = [
        send(everything, after=at, state=state, event_action=actions[number] if actions else "trigger")
        for number, at in enumerate(times)
    ]
    return [number for number, trace in enumerate(traces, 1) if trace.path]


def test_threshold_turns_true_at_the_event_after_the_count():
    assert times_matched("trigger_count over 5 minutes > 2", 0, 10, 20, 30) == [3, 4]


def test_threshold_counts_in_a_sliding_window():
    assert times_matched("trigger_count over 1 minute > 1", 0, 59, 120, 150, 211) == [2, 4]


def test_resetting_threshold_starts_again():
    assert times_matched("resetting_trigger_count over 5 minutes > 1", 0, 1, 2, 3, 4) == [2, 4]


def test_threshold_counts_triggers_only():
    actions = ("trigger", "resolve", "acknowledge", "trigger")
    assert times_matched("trigger_count over 5 minutes > 1", 0, 1, 2, 3, actions=actions) == [4]


def test_threshold_counts_only_events_that_reach_its_rule():
    everything, state = (
        world(
            pay(rule("event.class matches 'a'", label="a"), rule("trigger_count over 1 hour > 1", label="b"))
        ),
        State(),
    )
    paths = [send(everything, state=state, after=i, class_=class_).path for i, class_ in enumerate("baab")]
    assert paths == [(), ("a",), ("a",), ("b",)]


# --- 2.8 cache variables ---------------------------------------------------------------------------


def test_recent_value_is_seen_by_the_next_event_until_it_is_a_day_old():
    service = replace(
        pay(rule("cache_var.host == 'db-1'", label="known")),
        cache_variables=(
            cache_variable(
                "host", "event.source exists", type="recent_value", source="event.source", regex=".*"
            ),
        ),
    )
    everything, state = world(service), State()
    assert send(everything, state=state, source="db-1").path == ()
    assert send(everything, state=state, after=60).path == ("known",)
    assert send(everything, state=state, after=86_399).path == ("known",)
    assert send(everything, state=state, after=86_400).path == ()


def test_trigger_event_count_counts_matching_triggers_within_its_ttl():
    service = replace(
        pay(rule("cache_var.n >= 2", label="often")),
        cache_variables=(
            cache_variable("n", "event.class matches 'a'", type="trigger_event_count", ttl_seconds=60),
        ),
    )
    everything, state = world(service), State()
    sent = [
        ("a", "trigger", 0),
        ("b", "trigger", 1),
        ("a", "resolve", 2),
        ("a", "trigger", 3),
        ("b", "trigger", 4),
        ("b", "trigger", 61),
    ]
    paths = [
        send(everything, state=state, after=after, class_=class_, event_action=action).path
        for class_, action, after in sent
    ]
    assert paths == [(), (), (), (), ("often",), ()]


def test_cache_variable_takes_the_data_that_rules_have_altered():
    everything = world(
        PAY,
        global_=global_rules(
            rule(
                extractions=[
                    {"target": "event.class", "template": "{{cache_var.last}}"},
                    {"target": "event.group", "template": "altered"},
                ]
            )
        ),
        cache=(cache_variable("last", type="recent_value", source="event.group", regex="(.*)"),),
    )
    state = State()
    send(everything, state=state, group="sent")
    assert send(everything, state=state).event["class"] == "altered"


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("5", "cache_var.v > 4"),
        ("2.5", "cache_var.v < 3"),
        ("5x", "cache_var.v == '5x'"),
        ("007", "cache_var.v == 7"),
    ],
)
def test_cache_variable_is_read_in_its_natural_type(text, condition):
    service = replace(
        pay(rule(condition, label="yes")),
        cache_variables=(cache_variable("v", type="recent_value", source="event.source", regex=".*"),),
    )
    everything, state = world(service), State()
    send(everything, state=state, source=text)
    assert send(everything, state=state).path == ("yes",)


def test_cache_variables_belong_to_the_orchestration_that_owns_them():
    everything = world(
        pay(rule("cache_var.flag exists", label="seen")),
        cache=(cache_variable("flag", type="external_data"),),
    )
    assert send(everything, state=State({("O", "flag"): True})).path == ()


def test_disabled_cache_variable_is_nil():
    variable = replace(cache_variable("flag", type="external_data"), disabled=True)
    service = replace(pay(rule("cache_var.flag exists", label="seen")), cache_variables=(variable,))
    assert send(world(service), state=State({("PAY", "flag"): True})).path == ()


def test_remembered_text_is_cut_to_1024_characters():
    everything = world(
        PAY,
        global_=global_rules(rule(extractions=[{"target": "event.group", "template": "{{cache_var.v}}"}])),
        cache=(cache_variable("v", type="recent_value", source="event.source", regex=".*"),),
    )
    state = State()
    send(everything, state=state, source="é" * 2000)
    assert send(everything, state=state).event["group"] == "é" * 1024


@pytest.mark.slow
def test_cache_variable_counts_up_to_1000():
    service = replace(
        pay(rule("cache_var.n > 999 and cache_var.n < 1001", label="full")),
        cache_variables=(cache_variable("n", type="trigger_event_count", ttl_seconds=86_400),),
    )
    everything, state = world(service), State()
    for _ in range(1002):
        trace = send(everything, state=state)
    assert trace.path == ("full",)


def test_a_variable_from_outside_counts_though_the_world_does_not_know_it():
    everything = world(pay(rule("cache_var.flag == true", label="hit")))
    assert send(everything, state=State({("PAY", "flag"): True})).path == ("hit",)
    assert send(everything, state=State({("O", "flag"): True})).path == ()
