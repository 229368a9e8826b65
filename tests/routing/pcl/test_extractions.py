"""What rules make of an event's texts: each test is a statement of orchestration.md 2.7."""

from __future__ import annotations

import pytest

from pdslack_cli.routing.simulate.model import SimulatedService
from tests.routing.building import rule, send, service_rules, world


def pay(*rules, **rest) -> SimulatedService:
    return SimulatedService("PAY", "payments-api", rules=service_rules(*rules, **rest))


def extracted(*extractions, variables=(), **event):
    service = pay(rule(extractions=list(extractions), variables=list(variables)))
    return send(world(service), **event)


def variable(name: str, path: str, pattern: str):
    return {"name": name, "path": path, "type": "regex", "value": pattern}


@pytest.mark.parametrize(
    ("extractions", "variables", "field", "expected"),
    [
        pytest.param(
            [("event.group", {"template": "{{event.class}} on {{event.source}}"})],
            [],
            "group",
            "cpu on db-1",
            id="a template with text around",
        ),
        pytest.param(
            [("event.group", {"template": "{{ event.class }}"})], [], "group", "cpu", id="spaces in braces"
        ),
        pytest.param(
            [("event.group", {"template": "<{{event.missing}}>"})], [], "group", "<>", id="missing is empty"
        ),
        pytest.param(
            [("event.group", {"template": "{{raw_event.payload.source}}"})], [], "group", "db-1", id="raw"
        ),
        pytest.param(
            [("event.group", {"template": "{{variables.n}}"})],
            [variable("n", "event.source", "[0-9]")],
            "group",
            "1",
            id="a variable: the whole match without groups",
        ),
        pytest.param(
            [("event.group", {"template": "{{n}}"})],
            [variable("n", "event.source", "db-([0-9])")],
            "group",
            "1",
            id="a variable's captured text, by its bare name",
        ),
        pytest.param(
            [("event.group", {"template": "<{{variables.n}}>"})],
            [variable("n", "event.source", "zz")],
            "group",
            "<>",
            id="a variable without a match is unset",
        ),
        pytest.param(
            [("event.group", {"source": "event.source", "regex": "([a-z]+)-([0-9]+)"})],
            [],
            "group",
            "db1",
            id="several groups follow one another",
        ),
        pytest.param(
            [("event.group", {"source": "event.source", "regex": "DB"})],
            [],
            "group",
            "old",
            id="patterns mind the case, and no match changes nothing",
        ),
        pytest.param(
            [("event.group", {"source": "event.summary", "regex": "(.*)$"})],
            [],
            "group",
            "one\ntwo",
            id="flag s runs to the end of the text",
        ),
        pytest.param(
            [("event.group", {"source": "event.custom_details", "regex": "(.*)"})],
            [],
            "group",
            '{"n":5}',
            id="an object is searched as its text",
        ),
        pytest.param(
            [("event.group", {"source": "variables.n", "regex": "(.)$"})],
            [variable("n", "event.source", ".*")],
            "group",
            "1",
            id="a variable as the source",
        ),
        pytest.param(
            [("event.class", {"template": "x"}), ("event.group", {"template": "{{event.class}}"})],
            [],
            "group",
            "x",
            id="in list order",
        ),
        pytest.param([("dedup_key", {"template": "k"})], [], "dedup_key", "k", id="a bare target"),
    ],
)
def test_extraction(extractions, variables, field, expected):
    trace = extracted(
        *({"target": target, **value} for target, value in extractions),
        variables=variables,
        source="db-1",
        class_="cpu",
        group="old",
        summary="one\ntwo",
        custom_details={"n": 5},
    )
    assert trace.event[field] == expected


def test_extraction_may_make_new_keys_in_custom_details():
    trace = extracted({"target": "event.custom_details.new.key", "template": "x"}, custom_details={"old": 1})
    assert trace.event["custom_details"] == {"old": 1, "new": {"key": "x"}}


def test_variables_live_in_their_own_rule_only():
    service = pay(
        rule(variables=[variable("n", "event.source", ".*")], route_to="inner"),
        inner=[rule(extractions=[{"target": "event.group", "template": "<{{variables.n}}>"}])],
    )
    assert send(world(service), source="db").event["group"] == "<>"


def test_the_event_that_was_sent_is_not_changed():
    details = {"a": {"b": "c"}}
    extracted({"target": "event.custom_details.a.b", "template": "x"}, custom_details=details)
    assert details == {"a": {"b": "c"}}


def test_note_sees_the_extractions_of_its_rule():
    service = pay(rule(annotate="{{event.group}}", extractions=[{"target": "event.group", "template": "g"}]))
    assert send(world(service)).note == "g"
