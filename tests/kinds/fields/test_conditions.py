"""Conditions, templates, paths and patterns: what PagerDuty gets, and what is refused, with its place."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from pdslack_cli.kinds.fields.conditions import Condition, EventPath, Regex, Template


@pytest.mark.parametrize(
    ("kind", "text", "pcl"),
    [
        pytest.param(Condition, "event.x exists", "event.x exists", id="PCL stays"),
        pytest.param(
            Condition,
            "alert.title matches 'a' && !(event.x exists)",
            "event.summary matches 'a' and not (event.x exists)",
            id="sugar",
        ),
        pytest.param(Condition, " event.x exists\n", "event.x exists", id="white space around it"),
        pytest.param(
            Template,
            "{{alert.title}} at {{ event.source }}",
            "{{event.summary}} at {{ event.source }}",
            id="template",
        ),
        pytest.param(Template, "no braces, {one}", "no braces, {one}", id="plain text"),
        pytest.param(EventPath, "alert.service", "event.custom_details.service", id="path"),
        pytest.param(EventPath, "raw_event.a['b c'][0]", "raw_event.a['b c'][0]", id="brackets"),
        pytest.param(Regex, "(?i)^db[0-9]+$", "(?i)^db[0-9]+$", id="pattern"),
    ],
)
def test_the_value_is_what_pagerduty_gets(kind: Any, text: str, pcl: str):
    assert TypeAdapter(kind).validate_python(text) == pcl


@pytest.mark.parametrize(
    ("kind", "text", "found", "hint"),
    [
        pytest.param(Condition, "", "", "leave it out", id="empty"),
        pytest.param(Condition, "event.x contains 'y'", "contains", "matches part", id="no such operator"),
        pytest.param(
            Condition, "alert.title && x contains 'y'", "contains", "matches part", id="after sugar"
        ),
        pytest.param(Template, "{{alert.title}} {{event.load-avg}}", "-avg", "brackets", id="template"),
        pytest.param(EventPath, "alert.title.load-avg", "-avg", "brackets", id="path"),
    ],
)
def test_a_mistake_is_placed_in_the_text_that_the_user_wrote(kind: Any, text: str, found: str, hint: str):
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(kind).validate_python(text)
    (error,) = raised.value.errors()
    assert text[error["ctx"]["offset"] :].startswith(found)
    assert hint in error["ctx"]["hint"]


def test_a_pattern_that_is_not_re2_is_refused():
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(Regex).validate_python("(?=x)")
    assert "RE2" in raised.value.errors()[0]["ctx"]["hint"]
