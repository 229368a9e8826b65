"""Traps in conditions (orchestration.md 1.11)."""

from __future__ import annotations

import pytest

from pdslack_cli.errors import Severity
from pdslack_cli.routing.lint.conditions import INCIDENT_ROOTS, lint_condition
from pdslack_cli.routing.lint.findings import LINTS
from pdslack_cli.routing.pcl.conditions import parse

D = "event.custom_details"


def ids(text: str, **options) -> list[str]:
    return [finding.id for finding in lint_condition(parse(text), **options)]


@pytest.mark.parametrize(
    ("lint", "marked", "advice"),
    [
        # The place of the finding is marked with ^.
        pytest.param("literal-star", "event.summary matches ^'*disk*'", "matches part 'disk'", id="star"),
        pytest.param(
            "literal-star", "event.summary matches part ^'.*disk'", "matches part 'disk'", id="dot star"
        ),
        pytest.param("text-order", f"^{D}.load > 5", "every sender", id="order of a free field"),
        pytest.param(
            "text-order", "5 < raw_event.load and true".replace("5 <", "^5 <"), "", id="number first"
        ),
        pytest.param("number-equals", f"^{D}.code == 502", "matches '502'", id="== on a number"),
        pytest.param("number-equals", f"^{D}.code == '502'", "matches '502'", id="== on digits"),
        pytest.param(
            "missing-field", f"not ^{D}.env matches 'dev'", f"{D}.env exists and not", id="negative test"
        ),
        pytest.param(
            "missing-field",
            f"not (event.class matches 'a' or ^{D}.x == 'b') and event.class exists",
            "exists",
            id="negative test among others",
        ),
        pytest.param(
            "missing-field", f"not {D}.a exists and not ^{D}.a matches 'x'", "exists", id="wrong guard"
        ),
        pytest.param(
            "mixed-and-or",
            "event.class exists or ^event.group exists and event.source exists",
            "(event.group exists and event.source exists)",
            id="and beside or",
        ),
        pytest.param(
            "lone-value", "event.severity matches 'info' or ^'warning'", "repeat the field", id="lone text"
        ),
        pytest.param("lone-value", "^trigger_count over 5 minutes", "", id="lone threshold"),
        pytest.param("unquoted-value", "event.severity == ^critical", "'critical'", id="bare word"),
        pytest.param("unquoted-value", "^title matches 'x'", "write event.summary", id="a word for a field"),
        pytest.param("unquoted-value", "^team == 'x'", "event.custom_details.team", id="a detail"),
        pytest.param("unquoted-value", "event.class == ^team", "write 'team'", id="a bare value"),
        *(
            pytest.param("unquoted-value", f"event.class == ^{word}", "`not PATH exists`", id=word)
            for word in ("null", "None", "nil", "undefined")
        ),
        pytest.param("unknown-root", "^evt.class exists", "write event.class;", id="a short root"),
        pytest.param(
            "unknown-root", "^svc.name exists", "write event.custom_details.svc.name;", id="no root"
        ),
        pytest.param("unknown-root", "^payload.summary exists", "event", id="unknown root"),
        pytest.param(
            "unknown-field", "^event.payload.summary exists", "raw_event.payload", id="event.payload"
        ),
        pytest.param("uncertain-field", "^event.client exists", "raw_event.client", id="event.client"),
        pytest.param("unknown-field", "^event.sumary exists", "event.summary?", id="misspelt field"),
        pytest.param(
            "night-window", "^now in Mon,Fri 22:00:00 to 06:00:00 Etc/UTC", "on which it opens", id="night"
        ),
        pytest.param(
            "constant-threshold", "^trigger_count over 5 minutes >= 1", "", id="count of at least 1"
        ),
        pytest.param("constant-threshold", "^trigger_count over 5 minutes < 1", "", id="count below 1"),
        pytest.param(
            "constant-threshold", "^1 > trigger_count over 5 minutes", "", id="count below 1, turned round"
        ),
        pytest.param(
            "resetting-below", "^resetting_trigger_count over 5 minutes < 3", "trigger_count", id="resetting"
        ),
        pytest.param(
            "mixed-threshold", "event.class exists and ^trigger_count over 5 minutes > 3", "nest", id="mixed"
        ),
        pytest.param(
            "unescaped-brackets",
            "^event.summary matches regex '^[PROD] '".replace("'^[", "'["),
            "\\\\[PROD\\\\]",
            id="brackets",
        ),
        pytest.param("impossible-value", "^event.severity matches 'high'", "", id="unknown severity"),
        pytest.param(
            "impossible-value", "^event.severity == 'Critical'", "", id="severity in the wrong case"
        ),
        pytest.param(
            "impossible-value", "^event.severity matches part 'warn!'", "", id="part of no severity"
        ),
        pytest.param(
            "impossible-value", "^event.severity matches regex 'high|low'", "", id="pattern of no severity"
        ),
        pytest.param(
            "impossible-value", "^event.event_action matches 'resolved'", "", id="unknown event action"
        ),
        pytest.param("constant-test", "^event.summary > 5", "", id="order of text"),
        pytest.param("constant-test", "^event.severity == 1", "", id="text and number"),
        pytest.param("constant-test", "^now == 'today'", "", id="date and text"),
        pytest.param("constant-test", "^now > 5", "", id="order of date and number"),
        pytest.param("constant-test", "event.class exists and ^event.summary", "exists", id="text as a test"),
        pytest.param("variables-in-condition", "^variables.x exists", "", id="variables"),
        pytest.param("clock-change", "now > ^2022-03-13 02:30:00 America/New_York", "", id="skipped hour"),
        pytest.param("clock-change", "now > ^2021-11-07 01:30:00 America/New_York", "", id="repeated hour"),
    ],
)
def test_finds(lint, marked, advice):
    text = marked.replace("^", "", 1)
    found = [finding for finding in lint_condition(parse(text)) if finding.id == lint]
    assert [finding.position for finding in found] == [marked.index("^")]
    assert advice in found[0].hint


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("event.summary matches regex 'disk.*full'", id="a star in a pattern"),
        pytest.param(f"{D}.code matches '502'", id="matches on digits"),
        pytest.param(f"{D}.env exists and not {D}.env matches 'dev'", id="a guarded negative test"),
        pytest.param(
            f"{D}.env matches part 'a' and not {D}.env matches 'dev'", id="guarded by a positive test"
        ),
        pytest.param(f"not {D}.env exists", id="a test that a field is missing"),
        pytest.param(f"not not {D}.env matches 'dev'", id="a double negation"),
        pytest.param("not event.severity matches 'info'", id="a negative test of a required field"),
        pytest.param(
            "event.class exists or (event.group exists and event.source exists)", id="with parentheses"
        ),
        pytest.param("now in Mon 09:00:00 to 17:00:00 Etc/UTC", id="a window within a day"),
        pytest.param("trigger_count over 5 minutes > 1", id="a threshold alone"),
        pytest.param("event.summary matches regex '[a-z]+ [0-9]'", id="sets of characters"),
        pytest.param("event.summary matches regex '[ERR]+'", id="a set that repeats"),
        pytest.param("event.severity matches 'Critical'", id="a severity in another case, ignored"),
        pytest.param("event.severity matches part 'warn'", id="part of a severity"),
        pytest.param("true", id="true"),
        pytest.param("event.custom_details.flag", id="a boolean field"),
        pytest.param("raw_event.payload.x exists", id="the raw payload"),
        pytest.param("cache_var.maint == true", id="a cache variable"),
    ],
)
def test_finds_nothing_in(text):
    assert ids(text) == []


def test_incident_is_a_root_of_workflow_conditions_only():
    assert ids("incident.priority matches 'P1'", roots={"incident"}) == []
    assert ids("event.class exists", roots={"incident"}) == ["unknown-root"]
    assert ids("incident.priority matches 'P1'") == ["unknown-root"]


def test_every_lint_has_a_severity_and_a_meaning():
    assert all(isinstance(severity, Severity) and meaning for severity, meaning in LINTS.values())


@pytest.mark.parametrize("field", ["title", "status", "urgency", "number", "service.id", "created_at"])
def test_what_every_incident_has_is_never_missing(field):
    found = ids(f"not incident.{field} matches part 'x'", roots=INCIDENT_ROOTS)
    assert "missing-field" not in found


@pytest.mark.parametrize("field", ["priority", "resolved_at", "custom_fields.impact"])
def test_what_incidents_may_lack_can_be_missing(field):
    assert ids(f"not incident.{field} matches part 'x'", roots=INCIDENT_ROOTS) == ["missing-field"]
