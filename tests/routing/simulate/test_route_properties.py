"""No event makes the walk fail, whatever its shape."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.routing.pcl.events import from_events_api, to_events_api
from pdslack_cli.routing.simulate.model import SimulatedNotificationRule, SimulatedService
from pdslack_cli.routing.simulate.orchestration import ReceivedEvent, route
from pdslack_cli.routing.simulate.state import State
from pdslack_cli.routing.simulate.trace import EventOutcome
from pdslack_cli.routing.simulate.urgency import UrgencyRule
from tests.routing.building import (
    NOON,
    cache_variable,
    global_rules,
    router,
    rule,
    service_rules,
    unrouted_rules,
    world,
)

EXTRACTIONS = [
    {"target": "event.summary", "template": "{{variables.v}} {{event.custom_details}} {{cache_var.last}}"},
    {"target": "event.custom_details.a.b", "source": "event.source", "regex": "(.)(.)"},
    {"target": "event.custom_details.list[1]", "template": "x"},
]
VARIABLES = [{"name": "v", "path": "event.custom_details.a", "type": "regex", "value": ".+"}]
WORLD = world(
    SimulatedService(
        "S",
        "service",
        rules=service_rules(
            rule("event.severity matches 'info'", suppress=True, suspend=60),
            rule("trigger_count over 1 minute > 3 or cache_var.n > 2", event_action="resolve"),
            rule("event.source > 5", "not event.custom_details.a exists", suspend=60, annotate="{{event}}"),
        ),
        cache_variables=(cache_variable("n", "event.severity exists", type="trigger_event_count"),),
        urgency=UrgencyRule("severity_based"),
    ),
    global_=global_rules(
        rule("event.class matches regex 'drop'", drop_event=True),
        rule(variables=VARIABLES, extractions=EXTRACTIONS),
    ),
    route_to=router(
        rule(dynamic_route_to={"source": "event.group", "regex": "(.*)", "lookup_by": "service_id"}),
        rule("event.summary exists", route_to="S"),
    ),
    unrouted=unrouted_rules(rule(severity="info")),
    cache=(cache_variable("last", type="recent_value", source="event.source", regex=".*"),),
    notification_rules=(
        SimulatedNotificationRule("n", "c", services=frozenset({"S"}), severities=frozenset({"info"})),
    ),
)

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("\ud800"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "list"]), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["summary", "source", "severity", "class", "group", "custom_details", "event_action", "dedup_key"]
)
EVENTS = st.dictionaries(FIELDS, JSON | st.sampled_from(["info", "resolve", "drop", "S"]))


@pytest.mark.slow
@given(st.lists(EVENTS, min_size=1, max_size=6))
def test_every_event_ends_somehow(events: list[dict[str, Any]]):
    state = State()
    for event in events:
        trace = route(WORLD, ReceivedEvent(event, to_events_api(event), NOON, orchestration="O"), state)
        assert trace.outcome in EventOutcome
        assert isinstance(trace.warnings, tuple)


@given(EVENTS)
def test_the_body_that_makes_an_event_makes_that_event(event: dict[str, Any]):
    event = {"event_action": "trigger", **event}
    assert repr(sorted(from_events_api(to_events_api(event)).items(), key=str)) == repr(
        sorted(event.items(), key=str)
    )
