"""What conditions mean: each case is a statement of orchestration.md 1.3 to 1.10."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pdslack_cli.routing.pcl.conditions import parse
from pdslack_cli.routing.pcl.unverified import Unverified
from pdslack_cli.routing.pcl.values import ValueKind

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)  # a Wednesday

EVENT = {
    "summary": "CPU at 97 %",
    "severity": "critical",
    "class": "cpu",
    "custom_details": {
        "code": 502,
        "code_text": "502",
        "ratio": 2.5,
        "large": 1e21,
        "flag": True,
        "nothing": None,
        "empty": "",
        "off": False,
        "load-avg": 3,
        "2xx": 7,
        "a.b": "dotted",
        "namespace": "kube",
        "Region": "EU",
        "tags": ["eu", "prod"],
        "node": {"name": "n1", "cpus": 4},
        "padded": " critical ",
        "stars": "a*b",
        "text": "This is an important value",
        "lines": "This has a newline\nin it",
        "path": "C:\\it's",
        "big": 9007199254740993,
    },
}
ROOTS = {
    "event": EVENT,
    "raw_event": {"payload": {"summary": "as sent"}, "links": [{"href": "https://a.example"}]},
    "cache_var": {"hits": 5, "maint": True, "host": "web-1"},
    "incident": {"priority": "P1"},
}


def verdict(text: str, now: datetime = NOON, **roots: object):
    return parse(text).evaluate({**ROOTS, **roots}, now)


def holds(text: str, now: datetime = NOON, **roots: object) -> bool:
    return verdict(text, now, **roots).value


D = "event.custom_details"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # 1.3 precedence
        pytest.param("not event.class matches 'a' and event.class exists", True, id="not binds before and"),
        pytest.param("true or true and false", True, id="and binds before or"),
        pytest.param("(true or true) and false", False, id="parentheses bind first"),
        pytest.param(f"not {D}.code > 600", True, id="built-in operations bind before not"),
        # 1.4 lexical rules
        pytest.param(rf"{D}.path == 'C:\\it\'s'", True, id="backslash escapes the quote and itself"),
        pytest.param(f"{D}['load-avg'] == 3", True, id="names with other characters stand in brackets"),
        pytest.param(f"{D}['2xx'] == 7", True, id="names that begin with a digit stand in brackets"),
        pytest.param(f"{D}['a.b'] == 'dotted'", True, id="a point inside brackets does not split"),
        pytest.param(f"{D}['namespace'] == 'kube'", True, id="reserved words stand in brackets"),
        pytest.param("event.class == 'cpu'", True, id="class is not reserved"),
        pytest.param(f"{D}.tags[1] == 'prod'", True, id="an index counts from 0"),
        pytest.param(f"{D}.tags[2] exists", False, id="an index past the end leads nowhere"),
        pytest.param(f"{D}.region exists", False, id="keys are case-sensitive"),
        pytest.param("-5 < -4.5e-1", True, id="numbers may be negative and have exponents"),
        # 1.5 roots
        pytest.param("event.severity == 'critical'", True, id="event is the event in PD-CEF"),
        pytest.param("event.payload.summary exists", False, id="there is no event.payload"),
        pytest.param("raw_event.payload.summary == 'as sent'", True, id="raw_event is the JSON as sent"),
        pytest.param("raw_event.links[0].href matches part 'a.example'", True, id="raw_event holds lists"),
        pytest.param("cache_var.hits >= 5", True, id="cache variables are numbers where they can be"),
        pytest.param("cache_var.maint == true", True, id="cache variables may be booleans"),
        pytest.param("'web-1' matches cache_var.host", True, id="cache variables on the right of matches"),
        pytest.param("cache_var.unset exists", False, id="an unset cache variable is nil"),
        pytest.param("incident.priority matches 'p1'", True, id="incident is the incident of a workflow"),
        pytest.param("event.severity == critical", False, id="a bare word is a path that leads nowhere"),
        # 1.6 types
        pytest.param("event.class.x.y exists", False, id="a path through a string is nil"),
        pytest.param(f"{D}.code.x matches ''", False, id="a path through a number is nil"),
        pytest.param(f"{D}.nothing exists", True, id="exists sees JSON null"),
        pytest.param(f"{D}.nothing matches 'null'", False, id="JSON null is nil"),
        # 1.7 matches
        pytest.param("event.severity matches 'CRITICAL'", True, id="matches ignores case"),
        pytest.param("event.severity matches 'critic'", False, id="matches wants the whole text"),
        pytest.param(f"{D}.padded matches 'critical'", False, id="white space counts"),
        pytest.param(f"{D}.stars matches 'a*b'", True, id="a star is a star"),
        pytest.param("event.severity matches 'crit*'", False, id="there are no wildcards"),
        pytest.param(
            "event.severity matches part 'TIC'", True, id="matches part is a substring, case ignored"
        ),
        pytest.param(
            "event.severity matches part exactly 'TIC'", False, id="exactly minds the case of a part"
        ),
        pytest.param("event.severity matches exactly 'Critical'", False, id="exactly minds the case"),
        pytest.param(
            "event.summary matches regex '^cpu at \\\\d+'", True, id="a regex searches, case ignored"
        ),
        pytest.param(
            "event.summary matches regex exactly '^cpu'", False, id="exactly minds the case of a regex"
        ),
        pytest.param(
            f"'CPU' matches event.class and {D}.code_text matches {D}.code", True, id="paths on the right"
        ),
        # 1.7 conversion to text
        pytest.param(f"{D}.code matches '502'", True, id="integers match as digits"),
        pytest.param(f"{D}.ratio matches '2.5'", True, id="floats match in point form"),
        pytest.param(f"{D}.large matches part 'e'", True, id="large floats match with an exponent"),
        pytest.param(f"{D}.tags matches part '\"eu\"'", True, id="lists match as JSON with its quotes"),
        pytest.param(f"{D}.node matches part '\"name\":'", True, id="objects match as JSON with their keys"),
        pytest.param(f"{D}.missing matches part ''", False, id="nil on the left matches nothing"),
        pytest.param(f"'x' matches {D}.missing", False, id="nil on the right matches nothing"),
        # 1.7 ==
        pytest.param("event.severity == 'Critical'", False, id="== minds the case"),
        pytest.param(f"{D}.code == 502", True, id="== on integers"),
        pytest.param(f"{D}.code == 502.0", True, id="== compares integers and floats"),
        pytest.param(f"{D}.code == '502'", False, id="== converts no number to text"),
        pytest.param(f"{D}.code_text == 502", False, id="== converts no text to number"),
        pytest.param(f"{D}.flag == true", True, id="== on booleans"),
        pytest.param(f"{D}.flag == 1", False, id="true is not 1"),
        pytest.param(f"{D}.node == {D}.node", True, id="== on objects"),
        pytest.param(f"{D}.tags == {D}.node", False, id="== on a list and an object"),
        pytest.param(
            "9007199254740992 == 9007199254740993.0", True, id="a float literal is rounded to double"
        ),
        pytest.param(
            "9007199254740992 == 9007199254740994.0", False, id="large integers compare as integers"
        ),
        pytest.param(f"{D}.big == 9007199254740992.0", False, id="a large integer is not rounded"),
        # 1.7 order
        pytest.param(f"{D}.code >= 502 and {D}.code <= 502.0", True, id=">= and <= on numbers"),
        pytest.param(f"{D}.ratio > 2 and {D}.ratio < 3", True, id="> and < on numbers"),
        pytest.param(f"{D}.code_text > 1", False, id="numeric strings are not numbers"),
        pytest.param("'b' > 'a'", False, id="strings have no order"),
        pytest.param("now > 5", False, id="a date has no order with a number"),
        # 1.7 exists, not, and, or
        pytest.param(f"{D}.empty exists and {D}.off exists", True, id="exists sees empty text and false"),
        pytest.param(f"not {D}.off", True, id="a boolean field works in not"),
        pytest.param(f"{D}.flag and cache_var.maint", True, id="boolean fields work in and"),
        pytest.param("event.class", False, id="a path with text counts as false"),
        pytest.param("true", True, id="true is a condition"),
        pytest.param("event.class or true", True, id="text beside or counts as false and the rest decides"),
        pytest.param("not event.class", True, id="not of text is true"),
        pytest.param("not not true", True, id="not not is accepted"),
        pytest.param("not not not true", False, id="any row of not is accepted"),
        pytest.param("(event.class matches 'cpu') == true", True, id="a test in parentheses is an operand"),
    ],
)
def test_condition_comes_to(text: str, expected: bool):
    assert holds(text) is expected


@pytest.mark.parametrize(
    "test", ["matches 'x'", "matches part 'x'", "matches regex '.*'", "== 'x'", "> 1", "< 1", "exists"]
)
def test_missing_field_fails_every_test_and_passes_its_negation(test: str):
    assert not holds(f"event.f {test}")
    assert holds(f"not event.f {test}")


def test_guard_keeps_a_negative_test_from_events_without_the_field():
    assert not holds("event.f exists and not event.f matches 'x'")
    assert holds("event.class exists and not event.class matches 'x'")


@pytest.mark.parametrize(
    ("text", "operator", "kinds", "position"),
    [
        pytest.param(
            f"{D}.code_text > 1",
            ">",
            (ValueKind.STRING, ValueKind.INTEGER),
            0,
            id="order of string and number",
        ),
        pytest.param(
            "true and event.f == 'x'", "==", (ValueKind.NIL, ValueKind.STRING), 9, id="nil is compared"
        ),
        pytest.param(
            "event.class or true", "or", (ValueKind.STRING, None), 0, id="text where a boolean is needed"
        ),
        pytest.param("not event.f", "not", (ValueKind.NIL, None), 4, id="nil where a boolean is needed"),
        pytest.param("'x'", "condition", (ValueKind.STRING, None), 0, id="text as the whole condition"),
    ],
)
def test_nonsense_warns_with_position_operator_and_kinds(text, operator, kinds, position):
    (warning,) = verdict(text).warnings
    assert (warning.operator, (warning.left, warning.right), warning.position) == (operator, kinds, position)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("true or event.f > 1", id="or stops at the first true"),
        pytest.param("false and event.f > 1", id="and stops at the first false"),
        pytest.param("event.f matches 'x' or event.f exists", id="a missing field that is only matched"),
    ],
)
def test_no_warning_for(text: str):
    assert verdict(text).warnings == ()


def test_verdict_tells_the_values_that_decided_it():
    reads = verdict(
        "event.severity matches 'info' or event.custom_details.code > 500 or event.class exists"
    ).reads
    assert [(str(read.source), read.value) for read in reads] == [
        ("event.severity", "critical"),
        ("event.custom_details.code", 502),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("event.f == event.g", (Unverified.NIL_EQUALS_NIL,), id="nil == nil"),
        pytest.param(f"{D}.ratio matches '2.5'", (Unverified.TEXT_OF_VALUE,), id="the text of a float"),
        pytest.param(f"{D}.flag matches 'true'", (Unverified.TEXT_OF_VALUE,), id="the text of a boolean"),
        pytest.param("event.class or false", (Unverified.TEXT_IN_OR,), id="text beside or"),
        pytest.param("variables.x exists", (Unverified.RULE_VARIABLES,), id="variables in a condition"),
        pytest.param(
            f"{D}.code matches '502' and event.severity matches 'critical'", (), id="documented behaviour"
        ),
    ],
)
def test_verdict_tells_the_undocumented_behaviour_it_rests_on(text, expected):
    assert verdict(text).unverified == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Test values from PagerDuty's documents.
        pytest.param(f"{D}.text matches regex 'this'", True, id="flag i is on"),
        pytest.param(f"{D}.text matches regex exactly 'this'", False, id="exactly drops flag i"),
        pytest.param(
            f"{D}.text matches regex exactly '(?i)this'", True, id="flags in the pattern win over exactly"
        ),
        pytest.param(
            f"{D}.text matches regex '(?-i)this'", False, id="flags in the pattern win over the default"
        ),
        pytest.param(f"{D}.lines matches regex '.in it'", True, id="flag s is on"),
        pytest.param(f"{D}.lines matches regex '(?-s).in it'", False, id="flag s can be taken off"),
        pytest.param(f"{D}.lines matches regex '^in it'", True, id="flag m is on"),
        pytest.param(f"{D}.lines matches regex '(?-m)^in it'", False, id="flag m can be taken off"),
    ],
)
def test_regex_flags(text: str, expected: bool):
    assert holds(text) is expected


@pytest.mark.parametrize(
    ("roots", "expected"),
    [
        pytest.param({}, False, id="a single event counts 1"),
        pytest.param({"trigger_count": 10}, False, id="the tenth is not past ten"),
        pytest.param({"trigger_count": 11}, True, id="the eleventh is past ten"),
        pytest.param({"trigger_count": {300: 11, 60: 1}}, True, id="counts by the seconds of the threshold"),
        pytest.param({"trigger_count": {60: 11}}, False, id="another duration has its own count"),
        pytest.param({"resetting_trigger_count": 11}, False, id="another counter has its own count"),
    ],
)
def test_threshold(roots, expected):
    assert holds("trigger_count over 5 minutes > 10", **roots) is expected


def test_threshold_is_never_below_one():
    assert holds("trigger_count over 1 hour == 1", trigger_count=0)


def test_durations_add_their_units_in_any_order():
    (threshold,) = parse("trigger_count over 30 seconds 1 day 2 hours > 3").thresholds
    assert threshold.seconds == 86_400 + 2 * 3600 + 30


def test_resetting_counter_resets_when_its_comparison_turns_true():
    condition = parse("resetting_trigger_count over 1 minute > 2 and event.class matches 'other'")
    below = condition.evaluate({**ROOTS, "resetting_trigger_count": 2}, NOON)
    reached = condition.evaluate({**ROOTS, "resetting_trigger_count": 3}, NOON)
    assert below.reset == ()
    assert reached.reset == condition.thresholds  # though the whole condition is false


def test_plain_counter_never_resets():
    assert parse("trigger_count over 1 minute > 2").evaluate({"trigger_count": 9}, NOON).reset == ()


@pytest.mark.parametrize("test", ["matches part 'needle'", "matches regex 'needle'"])
def test_what_lies_past_65536_bytes_is_not_found(test: str):
    assert holds(f"event.summary {test}", event={"summary": "é" * 32_765 + "needle"})
    assert not holds(f"event.summary {test}", event={"summary": "é" * 32_766 + "needle"})


def test_half_characters_in_an_event_do_no_harm():
    assert holds("event.summary matches regex 'ok'", event={"summary": "ok \ud800"})


@pytest.mark.slow
def test_endlessly_nested_event_does_no_harm():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert not holds("event.deep matches part 'x'", event={"deep": deep})
    assert not holds("event.deep == event.deep", event={"deep": deep})
