"""No mistake hides another: a stack with N independent mistakes has N problems, each of them once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.config.load import load_partly
from pdslack_cli.errors import ConfigError, Severity
from tests.config.plain import dump, read
from tests.conftest import examples

BASE = """\
owner: acme
slack: {workspace: T0ACME}
people: {maya: maya@acme.example}
escalation_policies: {oncall: {levels: [{notify: [person/maya]}]}}
channels: {inc: {}}
"""


class Mistake(NamedTuple):
    """One mistake in an entry of its own, and the beginning of what is told of it."""

    section: str
    entry: str
    message: str


MISTAKES = [
    Mistake("people", "nobody", "'nobody' is not an e-mail address"),
    Mistake("people", "{email: KEY@acme.example, fone: 1}", "unknown key 'fone'"),
    Mistake("teams", "{members: {manager: [zed]}}", "unknown person 'zed'"),
    Mistake("teams", "{members: {manger: [maya]}}", "unknown key 'manger'"),
    Mistake("schedules", "{time_zone: Etc/UTC}", "schedules/KEY has no 'layers'"),
    Mistake(
        "schedules",
        "{time_zone: Nowhere, layers: [{start: 2026-01-05T09:00:00, rotate: 1 week, people: [maya]}]}",
        "time_zone: 'Nowhere' is not a time zone",
    ),
    Mistake(
        "schedules",
        "{time_zone: Etc/UTC, layers: [{start: 2026-01-05T09:00:00, rotate: 1 week, people: [zed]}]}",
        "unknown person 'zed'",
    ),
    Mistake("escalation_policies", "{levels: []}", "levels: at least one is required"),
    Mistake(
        "escalation_policies",
        "{levels: [{notify: [person/maya], escalate_after: 15}]}",
        "levels.escalate_after: 15 is not a duration",
    ),
    Mistake("escalation_policies", "{levels: [{notify: [schedule/none]}]}", "unknown schedule 'none'"),
    Mistake("services", "{}", "services/KEY has no 'escalation_policy'"),
    Mistake("services", "{escalation_policy: none}", "unknown escalation policy 'none'"),
    Mistake("services", "{escalation_policy: oncall, urgency: hi}", "urgency: must be one of"),
    Mistake("services", "{escalation_policy: oncall, urgncy: high}", "unknown key 'urgncy'"),
    Mistake("services", "{escalation_policy: oncall, channels: [nope]}", "unknown channel 'nope'"),
    Mistake(
        "services",
        "{escalation_policy: oncall, create_only: [urgncy]}",
        "create_only: unknown field 'urgncy'",
    ),
    Mistake(
        "services",
        "{escalation_policy: oncall, rules: [{if: event.source matchs 'x'}]}",
        "rules.if: expected an operator",
    ),
    Mistake(
        "services",
        "{escalation_policy: oncall, rules: [{if: event.source matches '*x*', then: {priority: P1}}]}",
        "the star in '*x*' is literal",
    ),
    Mistake("routing", "{team: nobody}", "unknown team 'nobody'"),
    Mistake("routing", "{routes: [{if: event.source exists, to: nowhere}]}", "unknown service 'nowhere'"),
    Mistake("routing", "{routes: [{if: event.source exists}]}", "this item of 'routes' has no 'to'"),
    Mistake("channels", "{topic: 1}", "topic: expected text, got 1"),
    Mistake("channels", "{members: [zed]}", "unknown person 'zed'"),
    Mistake("notification_rules", "{from: api, to: inc}", "from: 'api' is not a reference"),
    Mistake("webhooks", "{url: nowhere, from: account, events: [incident.*]}", "url: 'nowhere' is not a web"),
    Mistake(
        "webhooks",
        "{url: 'https://acme.example/KEY', from: account, events: [incident.trigered]}",
        "'incident.trigered' is not a known event",
    ),
    Mistake("workflows", "{triggers: [{services: all}]}", "triggers: a trigger has no start condition"),
    Mistake(
        "workflows",
        "{steps: [{name: a, action: 'pagerduty.com:incident-workflows:send-status-update:1', with: {x: y}}]}",
        "unknown key 'with'",
    ),
    Mistake(
        "services",
        "{escalation_policy: oncall, rules: [{if: \"event.severity matches '${KEY}'\"}]}",
        "undefined variable 'KEY'",
    ),
    Mistake("services", "{escalation_policy: oncall, rules: [{if: '${KEY}'}]}", "undefined variable 'KEY'"),
    Mistake(
        "services",
        "{escalation_policy: oncall, support_hours: null, time_zone: Etc/UTC}",
        "unknown key 'time_zone'",
    ),
    Mistake("sets", "[{then: {severity: crit}}]", "then.severity: must be one of"),
    Mistake("tests", "{name: KEY}", "this item of 'tests' has no 'send'"),
]


def stack_of(mistakes: Sequence[Mistake]) -> str:
    """A stack with each of these in an entry of its own."""
    data: dict[str, Any] = read(BASE)
    for number, mistake in enumerate(mistakes):
        key = f"k{number}"
        entry = read(mistake.entry.replace("KEY", key))
        if mistake.section == "tests":
            data.setdefault("tests", []).append(entry)
        else:
            data.setdefault(mistake.section, {})[key] = entry
    return dump(data, sort_keys=False)


def told(text: str) -> list[str]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "pdslack.yaml"
        file.write_text(text, encoding="utf-8")
        loaded = load_partly([file], {})
    problems = [*loaded.problems, *lint_stack(loaded.stack)]
    return [
        problem.message.replace(str(file), "FILE")
        for problem in problems
        if problem.severity is not Severity.INFO
    ]


def assert_each_is_told_once(mistakes: Sequence[Mistake]) -> None:
    left = told(stack_of(mistakes))
    for number, mistake in enumerate(mistakes):
        start = mistake.message.replace("KEY", f"k{number}")
        found = next((message for message in left if message.startswith(start)), None)
        assert found, f"{start!r} is not among {left}"
        left.remove(found)
    assert left == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.section}: {mistake.message}")
def test_one_mistake_is_one_problem(mistake: Mistake) -> None:
    assert_each_is_told_once([mistake])


@examples(30)
@given(st.lists(st.sampled_from(MISTAKES), min_size=2, max_size=len(MISTAKES)))
def test_many_mistakes_are_as_many_problems(mistakes: list[Mistake]) -> None:
    assert_each_is_told_once(mistakes)


def test_all_of_them_at_once() -> None:
    assert_each_is_told_once(MISTAKES)


def test_mistakes_of_one_entry_do_not_hide_each_other() -> None:
    service = """
services:
  api:
    urgency: hi
    channels: [inc, nope]
    rules:
      - {if: event.source matchs 'x', then: {severity: crit}}
      - {if: event.source matches '*x*', then: {prioritty: P1}}
servces: {}
"""
    assert {message.partition(",")[0] for message in told(BASE + service)} == {
        "unknown key 'servces'",
        "services/api has no 'escalation_policy'",
        "urgency: must be one of 'high'",
        "unknown channel 'nope'",
        "unknown key 'prioritty'",
        "rules.if: expected an operator or the end",
        "rules.then.severity: must be one of 'info'",
        "the star in '*x*' is literal",
    }


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("people: [maya]", "'people' must be a mapping of keys to entries, got a list"),
        ("peple: {maya: maya@acme.example}", "unknown key 'peple'"),
    ],
)
def test_what_a_section_would_hold_is_not_missed_where_the_section_is_wrong(
    section: str, expected: str
) -> None:
    policies = "escalation_policies: {oncall: {levels: [{notify: [person/maya]}]}}\n"
    assert told(f"owner: acme\n{section}\n{policies}") == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("teams: {t: {members: {manager: maya}}}", "members.manager: expected a list, got 'maya'"),
        ("teams: {t: {members: {managers: [maya]}}}", "unknown key 'managers'"),
        ("defaults: {urgency: high}\nteams: {t: {members: {manager: [maya]}}}", "unknown section 'urgency'"),
    ],
)
def test_what_follows_from_a_mistake_elsewhere_is_no_second_one(text: str, expected: str) -> None:
    policy = "escalation_policies: {oncall: {team: t, levels: [{notify: [person/maya]}]}}\n"
    found = told(f"owner: acme\npeople: {{maya: maya@acme.example}}\n{policy}{text}\n")
    assert [message.partition(" (")[0] for message in found] == [expected]


def test_mistakes_of_the_text_hide_no_others() -> None:
    text = """
owner: acme
people: {maya: maya@acme.example}
teams: {a: {name: "${NOPE}", members: {manager: [zed]}}, b: {}, b: {}, c: {descripton: "${x"}}
"""
    assert told(text) == [
        "'b' is defined twice, first at FILE:4:58",
        "undefined variable 'NOPE'",
        "'${' is not followed by a variable name",
        "unknown person 'zed'",
        "unknown key 'descripton'",
    ]


# --- syntax errors -----------------------------------------------------------------------------------

BROKEN = [
    pytest.param("  bad: {escalation_policy: oncall\n", id="bracket"),
    pytest.param("  bad: {description: 'it's here', escalation_policy: oncall}\n", id="quote"),
    pytest.param('  bad:\n    escalation_policy: oncall\n    description: "never closed\n', id="open quote"),
    pytest.param("  bad:\n    description: a: b\n", id="colon"),
    pytest.param("  bad:\n    escalation_policy: oncall\n   urgency: high\n", id="indentation"),
    pytest.param("  bad:\n    description: @home\n", id="sign"),
    pytest.param("  bad:\n\tescalation_policy: oncall\n", id="tab"),
]
REST = """\
  wrong: {escalation_policy: nope, urgency: hi}
teams:
  crew: {members: {manger: [maya]}}
routing:
  main: {routes: [{if: event.source exists, to: bad}]}
"""
TOLD_OF_REST = [
    "unknown escalation policy 'nope'",
    "urgency: must be one of",
    "unknown key 'manger'",
]


def begins(messages: Sequence[str], expected: Sequence[str]) -> bool:
    return all(any(message.startswith(words) for message in messages) for words in expected)


@pytest.mark.parametrize("entry", BROKEN)
@pytest.mark.parametrize("order", ["first", "last"])
def test_a_syntax_error_hides_nothing_of_other_entries(entry, order):
    head = "services:\n  good: {escalation_policy: oncall}\n"
    section, rest = REST.split("teams:\n")
    services = entry + section if order == "first" else section + entry
    messages = told(BASE + head + services + "teams:\n" + rest)
    assert begins(messages, TOLD_OF_REST), messages
    assert len(messages) == len(TOLD_OF_REST) + 1, messages


def test_several_syntax_errors_are_told_together():
    entries = "a: {escalation_policy: oncall", "b: {escalation_policy: nope}", "c: {description: 'it's'}"
    messages = told(BASE + "services:\n" + "".join(f"  {entry}\n" for entry in entries))
    assert len(messages) == 3
    assert begins(
        messages, ["the bracket '{' opened here", "unknown escalation policy 'nope'", "the quoted text"]
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("vars: {a: [b\nservices:\n  x: {escalation_policy: nope}\n", id="variables"),
        pytest.param("defaults:\n  services: {urgency: 'it's'}\nservices:\n  x: {}\n", id="defaults"),
        pytest.param("x-base:\n  urgency: &u 'it's'\nservices:\n  x: {urgency: *u}\n", id="shared values"),
        pytest.param("services:\n  x: &a {urgency: 'it's'}\n  y: *a\n", id="an anchor"),
    ],
)
def test_where_others_depend_on_what_cannot_be_read_only_that_is_told(text):
    with pytest.raises(ConfigError) as caught:
        told(BASE + text)
    assert len(caught.value.problems) == 1


def test_a_file_that_cannot_be_read_at_all_does_not_hide_the_others(tmp_path):
    (tmp_path / "pdslack.yaml").write_text(BASE + "services:\n" + REST, encoding="utf-8")
    (tmp_path / "more.yaml").write_text("channels: {a: {topic: 'it's'}}\n", encoding="utf-8")
    messages = [problem.message for problem in load_partly([tmp_path], {}).problems]
    # What it defines is not known, so no reference is unknown.
    assert begins(messages, TOLD_OF_REST[1:]), messages
    assert len(messages) == len(TOLD_OF_REST), messages
