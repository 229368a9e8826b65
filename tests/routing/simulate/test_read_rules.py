"""What is refused in path documents (orchestration.md 2.1 to 2.7, 1.2)."""

from __future__ import annotations

import pytest

from pdslack_cli.routing.simulate.read_rules import RulesError, read_path
from pdslack_cli.routing.simulate.rules import PathKind
from tests.routing.building import cache_variable, global_rules, router, rule, service_rules, unrouted_rules


def extraction(**fields):
    return rule(extractions=[fields])


@pytest.mark.parametrize(
    ("read", "words"),
    [
        pytest.param(
            lambda: service_rules(rule("event.x is 'y'")), "expected", id="a condition that is not PCL"
        ),
        pytest.param(lambda: service_rules(rule(*["true"] * 26)), "at most 25", id="26 conditions"),
        pytest.param(lambda: service_rules(rule(route_to="gone")), "does not exist", id="an unknown set"),
        pytest.param(
            lambda: service_rules(rule(), alone=[]), "routes to the set", id="a set nothing leads to"
        ),
        pytest.param(
            lambda: service_rules(rule(route_to="a"), a=[rule(route_to="b")], b=[rule(route_to="a")]),
            "sets form a cycle",
            id="sets in a cycle",
        ),
        pytest.param(
            lambda: read_path(PathKind.SERVICE, {"sets": [{"id": "other", "rules": []}]}),
            "'start'",
            id="no start",
        ),
        pytest.param(
            lambda: read_path(PathKind.SERVICE, {"sets": [{"id": "start"}, {"id": "start"}]}),
            "twice",
            id="a set twice",
        ),
        pytest.param(lambda: service_rules(rule(drop_event=True)), "drop_event", id="drop in a service"),
        pytest.param(lambda: unrouted_rules(rule(priority="P1")), "priority", id="priority in unrouted"),
        pytest.param(
            lambda: global_rules(rule(pagerduty_automation_actions=[{"action_id": "A"}])),
            "pagerduty_automation_actions",
            id="automation in global rules",
        ),
        pytest.param(
            lambda: service_rules(otherwise={"route_to": "x"}),
            "a catch-all cannot have `route_to`",
            id="a catch-all with a route",
        ),
        pytest.param(lambda: service_rules(rule(severity="high")), "severity", id="an unknown severity"),
        pytest.param(
            lambda: service_rules(rule(event_action="acknowledge")), "event_action", id="forced acknowledge"
        ),
        pytest.param(
            lambda: service_rules(
                rule(automation_actions=[{"name": "h", "url": "u", "trigger_types": ["alert_suspended"]}])
            ),
            "no button",
            id="a button on an alert without an incident",
        ),
        pytest.param(lambda: router(rule()), "either", id="a routing rule without a route"),
        pytest.param(lambda: router(rule(route_to="unrouted")), "catch-all", id="unrouted in a routing rule"),
        pytest.param(
            lambda: router(
                rule(route_to="S"),
                rule(dynamic_route_to={"source": "event.x", "regex": ".*", "lookup_by": "service_id"}),
            ),
            "first rule",
            id="a dynamic route that is not first",
        ),
        pytest.param(
            lambda: router(
                rule("true", dynamic_route_to={"source": "event.x", "regex": ".*", "lookup_by": "service_id"})
            ),
            "without conditions",
            id="a dynamic route with a condition",
        ),
        pytest.param(
            lambda: read_path(PathKind.ROUTER, {"sets": [{"id": "start"}, {"id": "more"}]}),
            "one set",
            id="a router with two sets",
        ),
        pytest.param(
            lambda: service_rules(extraction(target="event.x")), "either", id="neither template nor regex"
        ),
        pytest.param(
            lambda: service_rules(extraction(target="event.x", template="a", source="event.y", regex="b")),
            "either",
            id="both template and regex",
        ),
        pytest.param(
            lambda: service_rules(extraction(target="event.x", regex="b")),
            "the end",
            id="a regex without a source",
        ),
        pytest.param(
            lambda: service_rules(extraction(target="event.x", source="event.y", regex="(")),
            "RE2",
            id="a bad regex",
        ),
        pytest.param(
            lambda: service_rules(extraction(target="raw_event.x", template="a")),
            "cannot be set",
            id="a bad target",
        ),
        pytest.param(
            lambda: service_rules(rule(annotate="{{event.load-avg}}")),
            "load-avg",
            id="a template without a path",
        ),
        pytest.param(lambda: service_rules(rule(annotate="{{}}")), "expected", id="an empty template"),
        pytest.param(
            lambda: cache_variable("n", "trigger_count over 1 minute > 1", type="trigger_event_count"),
            "thresholds",
            id="a threshold in a cache variable",
        ),
    ],
)
def test_refuses(read, words):
    with pytest.raises(RulesError, match=words):
        read()


def test_tells_all_problems_with_their_places():
    with pytest.raises(RulesError) as caught:
        service_rules(rule("true", "event.x is 'y'"), rule(annotate="{{event.}}"))
    assert [(problem.where, problem.position) for problem in caught.value.problems] == [
        (("sets", 0, "rules", 0, "conditions", 1, "expression"), 8),
        (("sets", 0, "rules", 1, "actions", "annotate"), 7),
    ]


def test_conditions_may_be_bare_strings_as_an_official_example_has_them():
    document = {"sets": [{"id": "start", "rules": [{"conditions": ["event.class exists"], "actions": {}}]}]}
    (only,) = read_path(PathKind.SERVICE, document).sets["start"]
    assert [str(condition) for condition in only.conditions] == ["event.class exists"]


def test_the_wrapper_of_answers_is_taken_off():
    path = read_path(PathKind.SERVICE, {"orchestration_path": {"sets": [{"id": "start", "rules": [{}]}]}})
    assert len(path.sets["start"]) == 1


def test_what_pagerduty_adds_to_the_end_of_unrouted_rules_is_no_action_of_ours():
    assert unrouted_rules(otherwise={"suppress": True, "severity": "info"}) == unrouted_rules(
        otherwise={"severity": "info"}
    )
    with pytest.raises(RulesError, match="unrouted rules have no action 'suppress'"):
        unrouted_rules(rule(suppress=True))
