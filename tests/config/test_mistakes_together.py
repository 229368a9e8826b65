"""Any two mistakes are both told: in one entry, or in one stack of two of the files of mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import combinations
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.config.load import Loaded, load_partly
from pdslack_cli.errors import ConfigError, Severity
from tests.cli.reading.test_mistakes import FILES
from tests.config.plain import read
from tests.conftest import examples

BASE = """\
owner: acme
slack: {workspace: T0ACME}
people: {maya: maya@acme.example, tom: tom@acme.example}
escalation_policies: {oncall: {levels: [{notify: [person/maya]}]}}
services: {shop: {escalation_policy: oncall}}
channels: {inc: {}}
"""
LAYER = "start: 2026-01-05T09:00:00, rotate: 1 week, people: [maya]"
HOURS = "support_hours: {time_zone: Etc/UTC, days: moo, from: '09:00', to: '09:00'}"
ENTRIES = {
    "teams": "{}",
    "schedules": f"{{time_zone: Etc/UTC, layers: [{{{LAYER}}}]}}",
    "escalation_policies": "{levels: [{notify: [person/maya], escalate_after: 15m}]}",
    "services": "{escalation_policy: oncall}",
    "channels": "{}",
    "notification_rules": "{from: [service/shop], to: inc}",
    "webhooks": "{url: 'https://acme.example/x', from: account, events: [incident.triggered]}",
    "workflows": "{triggers: [{manual: true, services: all}]}",
}
ABOUT = {
    "nome: x": "unknown key 'nome'",
    "previously: API": "previously: 'API' is not a valid key",
    "protect: 5": "protect: expected true or false, got 5",
    "create_only: [nome]": "create_only: unknown field 'nome'",
}
MISTAKES = {
    "teams": {
        "name: [a]": "name: expected text",
        "members: {manager: [zed]}": "unknown person 'zed'",
        "members: {manager: [maya], responder: [maya]}": "members.responder: 'maya' has two roles",
        "members: {observer: [maya], managr: [tom]}": "unknown key 'managr'",
    },
    "schedules": {
        "time_zone: Berlin": "PagerDuty does not list the time zone 'Berlin'",
        "time_zone: Nowhere": "time_zone: 'Nowhere' is not a time zone",
        "layers: null": "layers: expected a list, got nothing",
        f"layers: [{{{LAYER}, end: 2026-01-01T09:00:00, nome: 1}}]": "layers.end: the layer ends at",
        "layers: [{rotate: 1 week, people: [maya]}]": "this item of 'layers' has no 'start'",
        "layers: [{start: 2026-01-05T09:00:00, rotate: 1 week, people: [zed]}]": "unknown person 'zed'",
        f"layers: [{{{LAYER}, only: [{{from: fri 17:00, to: '09:00', days: [moo]}}]}}]": "layers.only: from",
    },
    "escalation_policies": {
        "levels: []": "levels: at least one is required",
        "levels: [{escalate_after: 15}]": "levels.escalate_after: 15 is not a duration",
        "repeat: 99": "repeat: must be at most 9",
        "team: none": "unknown team 'none'",
    },
    "services": {
        "escalation_policy: none": "unknown escalation policy 'none'",
        "urgency: {support_hours: high, outside: low}": "urgency: depends on support hours",
        "urgency: hi": "urgency: must be one of",
        f"urgency: high, {HOURS}": "support_hours.to: the hours begin and end at 09:00",
        "rules: [{if: event.source matches '*x*', then: {priority: P1}}]": "the star in '*x*' is literal",
        "rules: [{if: event.source matchs 'x'}]": "rules.if: expected an operator",
        "channels: [nope]": "unknown channel 'nope'",
        "integrations: [{name: a, typ: x}]": "unknown key 'typ'",
        "alert_grouping: {by: content, fields: [class], window: 1m, nome: x}": "alert_grouping.window: a",
    },
    "channels": {
        f"purpose: {'x' * 240}": "purpose must have at most 227 characters",
        "topic: 1": "topic: expected text, got 1",
        "exact: true": "exact: needs `members`",
        "name: A B": "name: Slack refuses the channel name 'A B'",
        "bookmarks: [x]": "bookmarks: expected a mapping",
    },
    "notification_rules": {
        "from: [service/none]": "unknown service 'none'",
        "to: none": "unknown channel 'none'",
        "urgency: medium": "urgency: must be one of",
        "events: [trigger]": "events: must contain `triggered`",
    },
    "webhooks": {
        "url: nowhere": "url: 'nowhere' is not a web address",
        "url: 'https://[::1/'": "url: 'https://[::1/' is not a web address",
        "url: null": "url: expected text, got nothing",
        "from: service/none": "unknown service 'none'",
        "events: [incident.trigered]": "'incident.trigered' is not a known event",
        "events: [incident.trigered, 5]": "events: expected text, got 5",
    },
    "workflows": {
        "triggers: [{services: all}]": "triggers: a trigger has no start condition",
        "steps: [{name: a, action: a}]": "steps.action: 'a' is not the id of an action",
        "team: none": "unknown team 'none'",
    },
}


def messages(loaded: Loaded) -> set[str]:
    found = [*loaded.problems, *lint_stack(loaded.stack)]
    return {problem.message for problem in found if problem.severity is not Severity.INFO}


def told(data: Mapping[str, Any], folder: Any) -> set[str]:
    file = folder / "pdslack.yaml"
    file.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")
    try:
        return messages(load_partly([file], {}))
    except ConfigError as error:
        return {problem.message for problem in error.problems}


@pytest.mark.slow
@pytest.mark.slow_after(2)
@pytest.mark.parametrize("section", MISTAKES)
def test_any_two_mistakes_of_one_entry_are_told(section, tmp_path):
    mistakes = MISTAKES[section] | ABOUT
    fields = {text: read(f"{{{text}}}") for text in mistakes}
    for one, other in combinations(mistakes, 2):
        if fields[one].keys() & fields[other].keys():
            continue
        data = read(BASE)
        data.setdefault(section, {})["k"] = read(ENTRIES[section]) | fields[one] | fields[other]
        found = told(data, tmp_path)
        for text in (one, other):
            assert any(message.startswith(mistakes[text]) for message in found), (one, other, found)


@cache
def stacks() -> Mapping[str, Any]:
    found = {}
    for file in FILES:
        if file.stat().st_size > 2000 or file.stem == "a48_bomb":
            continue
        try:
            data = read(file.read_text(encoding="utf-8"))
        except (yaml.YAMLError, ValueError):
            continue
        if isinstance(data, dict) and data.get("owner"):
            found[file.stem] = data
    return found


def merged(one: Any, other: Any) -> Any:
    """Both stacks in one; None where they differ in a value."""
    if isinstance(one, dict) and isinstance(other, dict):
        both = dict(one)
        for key, value in other.items():
            both[key] = merged(one[key], value) if key in one else value
            if both[key] is None and value is not None:
                return None
        return both
    return one if one == other else None


def lost(one: set[str], other: set[str], both: set[str]) -> set[str]:
    """What is told of a stack alone and not of both; unknown and duplicate names depend on the rest."""
    missing = (one | other) - both
    return {text for text in missing if not text.startswith("unknown ") and "is defined twice" not in text}


@pytest.mark.slow
@examples(25)
@given(*[st.deferred(lambda: st.sampled_from(sorted(stacks())))] * 2)
def test_any_two_files_of_mistakes_tell_in_one_what_each_of_them_tells(tmp_path_factory, one, other):
    both = merged(stacks()[one], stacks()[other])
    assume(both is not None and one != other and "98_lookup_fields" not in {one, other})
    folder = tmp_path_factory.getbasetemp()
    assert not lost(told(stacks()[one], folder), told(stacks()[other], folder), told(both, folder)), (
        one,
        other,
    )


@pytest.mark.parametrize("header", ["{}", "{owner: A B}", "{owner: acme, pagerduty: {region: EU}}"])
def test_a_mistake_of_the_whole_stack_hides_none_of_its_entries(header, tmp_path):
    data = read(header) | {"channels": {"inc": {"purpose": "x" * 240}, "two": {"topic": 1}}}
    found = told(data, tmp_path)
    assert "topic: expected text, got 1" in found
    assert any(text.startswith("purpose must have at most") for text in found)
    assert len(found) == 3
