"""Traps in the rules of a stack: where in the file they are told, and how they are switched off."""

from __future__ import annotations

import re

import pytest

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.errors import ConfigError, Severity
from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

HEAD = """\
owner: payments
people: {maya: maya@acme.example}
escalation_policies: {first: {levels: [{notify: [person/maya], escalate_after: 30m}]}}
"""
BAD = "event.severity matches 'high'"


def found(text: str) -> list[str]:
    """What is told of a stack, as `line:column lint`."""
    problems = lint_stack(stack(HEAD + text))
    return [f"{one.location.line}:{one.location.column} {one.lint}" for one in problems if one.location]


def marked(text: str) -> tuple[str, list[str]]:
    """A text without the marks `«lint»`, and what should be told: each lint at the place of its mark."""
    expected: list[str] = []
    while location := re.search("«([a-z-]+)»", text):
        before = HEAD + text[: location.start()]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        expected.append(f"{line}:{column} {location[1]}")
        text = text[: location.start()] + text[location.end() :]
    return text, expected


SERVICE = """\
services:
  api:
    escalation_policy: first
    rules:
"""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            SERVICE + "      - if: event.class exists and «impossible-value»event.severity matches 'high'\n",
            id="a condition",
        ),
        pytest.param(
            SERVICE + "      - if: [event.class exists, «impossible-value»event.severity matches 'high']\n",
            id="one of several conditions",
        ),
        pytest.param(
            SERVICE + "      - if: alert.title exists && event.severity == «unquoted-value»high\n",
            id="sugar before it",
        ),
        pytest.param(
            SERVICE + "      - if: >-\n          event.class exists\n"
            "          and «impossible-value»event.severity matches 'high'\n",
            id="folded over lines",
        ),
        pytest.param(
            SERVICE + '      - then: {title: "{{alert.title}} on {{«unknown-field»event.hots}}"}\n',
            id="a template after sugar",
        ),
        pytest.param(
            SERVICE + '      - then: {note: "{{«unset-variable»variables.host}}"}\n',
            id="a variable that is not set",
        ),
        pytest.param(
            SERVICE + "      - then: {variables: {host: «unused-variable»event.source}}\n",
            id="a variable that nothing uses",
        ),
        pytest.param(
            SERVICE + '      - then: {set: {event.class: "{{«unknown-field»event.hots}}"}}\n',
            id="an extraction",
        ),
        pytest.param(
            SERVICE + "      - then: {set: {event.class: {from: «unknown-field»event.hots, regex: '.*'}}}\n",
            id="the source of an extraction",
        ),
        pytest.param(SERVICE + "      - then: {set: {event.hots: «unknown-target»x}}\n", id="a target"),
        pytest.param(
            SERVICE + '      - then: {fields: {impact: "{{«unknown-field»event.hots}}"}}\n',
            id="a custom field",
        ),
        pytest.param(
            SERVICE
            + "      - then:\n          webhook:\n            - name: a\n              url: https://x.y\n"
            '              body: {text: "{{«unknown-field»event.hots}}"}\n'
            '              headers: {X: "{{«unknown-field»event.hats}}"}\n',
            id="a webhook",
        ),
        pytest.param(
            SERVICE + "      - then:\n          webhook: {name: a, url: https://x.y, "
            'body: {text: "{{«unknown-field»event.hots}}"}}\n',
            id="the only webhook",
        ),
        pytest.param(
            SERVICE + "      - then: «suppress-and-suspend»{suppress: true, pause: 5m}\n",
            id="what a rule does",
        ),
        pytest.param(
            SERVICE + "      - label: all\n      - «unreachable-rule»label: none\n", id="a rule below all"
        ),
        pytest.param(
            SERVICE + "      - if: event.class exists\n        rules:\n          - label: first\n"
            "            if: event.group exists\n            rules:\n"
            "              - if: «impossible-value»event.severity matches 'high'\n"
            "      - if: «impossible-value»event.severity matches 'low'\n",
            id="nested rules",
        ),
        pytest.param(
            SERVICE + "      - if: event.class exists\n"
            '      - otherwise: {note: "{{«unknown-field»event.hots}}"}\n',
            id="the catch-all",
        ),
        pytest.param(
            SERVICE + "      - {if: event.class exists, rules: {set: more, rules: ["
            "{if: «impossible-value»event.severity matches 'high'}]}}\n"
            "      - {if: event.group exists, rules: {set: more, rules: ["
            "{if: event.severity matches 'high'}]}}\n",
            id="a set with a name, of two rules",
        ),
        pytest.param(
            SERVICE + "      - if: event.class exists\n      - use: common\n"
            "      - {if: event.group exists, rules: common}\n"
            "      - if: event.component matches «literal-star»'*'\n"
            "sets:\n  common:\n    - label: first\n      if: event.source exists\n"
            "    - if: «impossible-value»event.severity matches 'high'\n",
            id="a set of the file, told once",
        ),
        pytest.param(
            SERVICE + "      - if: event.class exists\n"
            "routing:\n  main:\n"
            "    rules: [{if: «impossible-value»event.severity matches 'high'}]\n"
            "    dynamic: {service_name: event.component}\n"
            "    routes:\n      - {if: «cache-variable-in-router»cache_var.x == 1, to: api}\n"
            "    unrouted:\n      - if: «impossible-value»event.severity matches 'low'\n",
            id="the paths of an orchestration",
        ),
        pytest.param(
            SERVICE + "      - {label: a, if: event.class exists}\n"
            "      - {if: event.group exists, label: «repeated-label»a}\n",
            id="two rules of one label",
        ),
        pytest.param(
            SERVICE + "      - if: event.class exists\n"
            "routing:\n  main:\n    routes:\n"
            "      - {label: a, if: event.class exists, to: api}\n"
            "      - {if: event.group exists, label: «repeated-label»a, to: «repeated-service»api}\n",
            id="two routes of one label to one service",
        ),
        pytest.param(
            "workflows:\n  major:\n    triggers:\n      - {if: incident.title exists, services: all}\n"
            "      - {manual: true, services: all}\n"
            "      - {if: «impossible-value»incident.urgency matches 'huge', services: all}\n",
            id="a trigger",
        ),
        pytest.param(
            "workflows:\n  major:\n    triggers:\n"
            "      - {if: «unknown-root»event.severity matches 'critical', services: all}\n",
            id="a trigger that asks for an event",
        ),
    ],
)
def test_a_trap_is_told_at_its_character(text):
    text, expected = marked(text)
    assert sorted(found(text)) == sorted(expected)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SERVICE + f"      - {{if: {BAD}, ignore: [impossible-value]}}\n", id="of a rule"),
        pytest.param(
            SERVICE + "      - otherwise: {note: '{{event.hots}}'}\n        ignore: [unknown-field]\n",
            id="of the catch-all",
        ),
        pytest.param(
            SERVICE + "      - use: common\n"
            f"sets:\n  common:\n    - {{if: {BAD}, ignore: [impossible-value]}}\n",
            id="of a set",
        ),
        pytest.param(
            SERVICE + "      - if: event.class exists\n"
            "routing:\n  main:\n    routes:\n"
            f"      - {{if: {BAD}, to: api, ignore: [impossible-value]}}\n",
            id="of a route",
        ),
        pytest.param(
            "workflows:\n  major:\n    triggers:\n"
            "      - {if: incident.urgency matches 'huge', services: all, ignore: [impossible-value]}\n",
            id="of a trigger",
        ),
    ],
)
def test_a_lint_is_switched_off_where_it_is_found(text):
    assert found(text) == []
    assert found(text.replace("ignore: [impossible-value]", "ignore: [unused-variable]").replace(
        "ignore: [unknown-field]", "ignore: [unused-variable]"
    ))  # fmt: skip


def test_a_lint_that_is_not_there_cannot_be_switched_off():
    with pytest.raises(ConfigError, match="unknown lint 'impossible'"):
        stack(HEAD + SERVICE + f"      - {{if: {BAD}, ignore: [impossible]}}\n")


def test_the_hint_says_how_to_switch_a_lint_off():
    (problem,) = lint_stack(stack(HEAD + SERVICE + f"      - if: {BAD}\n"))
    assert (problem.severity, problem.lint) == (Severity.ERROR, "impossible-value")
    assert "`ignore: [impossible-value]`" in problem.hint


def test_rows_of_a_table_have_their_traps_once():
    text = """\
each:
  - rows: [{name: a}, {name: b}]
    as: app
    services:
      ${app.name}:
        escalation_policy: first
        rules:
          - if: event.severity matches 'high'
"""
    assert found(text) == ["11:17 impossible-value"]


@pytest.mark.slow
def test_what_is_switched_off_is_never_sent_and_never_compared():
    text = (
        "routing:\n  main:\n"
        "    rules: [{label: a, if: not event.class matches 'x', ignore: [missing-field]}]\n"
        "    routes: [{if: not event.group matches 'x', to: api, ignore: [missing-field]}]\n"
        "workflows:\n  major:\n    triggers:\n"
        "      - {if: not incident.priority matches 'x', services: all, ignore: [missing-field]}\n"
        "services:\n  api:\n    escalation_policy: first\n"
        "    rules: [{label: a, if: not event.class matches 'x', ignore: [missing-field]}]\n"
    )
    wanted = stack(HEAD + text)
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        runner.apply(wanted)
        assert runner.plan(wanted).changes == ()
        assert runner.plan(stack(HEAD + text.replace(", ignore: [missing-field]", ""))).changes == ()


OUTSIDE = """\
teams: {{ops: {team}}}
escalation_policies:
  p: {{team: ops, levels: [{{notify: [person/tom]}}, {{notify: [person/maya]}}]}}
"""


@pytest.mark.parametrize(
    ("team", "warned"),
    [
        pytest.param("{members: {manager: [tom]}}", ["maya"], id="not among the members"),
        pytest.param("{members: {manager: [tom], observer: [maya]}}", [], id="members"),
        pytest.param("{}", [], id="members that the file leaves alone"),
        pytest.param("{lookup: true}", [], id="a team that is only looked up"),
    ],
)
def test_people_outside_the_team_of_a_policy_are_a_warning_and_applied(team, warned):
    head = "owner: a\npeople: {maya: maya@acme.example, tom: tom@acme.example}\n"
    wanted = stack(head + OUTSIDE.format(team=team))
    problems = lint_stack(wanted)
    assert [problem.message.partition(" ")[0] for problem in problems] == warned
    assert {problem.severity for problem in problems} <= {Severity.WARNING}
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        assert runner.apply(wanted).complete
        assert runner.plan(wanted).changes == ()


def test_two_routes_to_one_service_are_applied():
    wanted = stack(
        HEAD + "services: {api: {escalation_policy: first}}\n"
        "routing: {main: {routes: [{label: a, if: event.class exists, to: api}, "
        "{label: a, if: event.group exists, to: api}]}}\n"
    )
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        assert runner.apply(wanted).complete
        assert runner.plan(wanted).changes == ()


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        pytest.param("Europe/Berlin", "", id="listed"),
        pytest.param("Etc/UTC", "", id="UTC by its long name"),
        pytest.param("UTC", "Etc/UTC is the same", id="UTC"),
        pytest.param("Europe/Oslo", "Europe/Berlin has the same hours", id="not listed"),
        pytest.param("US/Mountain", "America/Denver has the same hours", id="an old name"),
        pytest.param("Eastern Time (US & Canada)", "America/New_York is the same", id="of the web interface"),
    ],
)
def test_a_time_zone_that_pagerduty_does_not_list_is_warned_of_and_kept(zone, hint):
    hours = f"support_hours: {{time_zone: {zone}, days: mon-fri, from: '08:00', to: '20:00'}}"
    wanted = stack(f"""{HEAD}
schedules: {{s: {{time_zone: {zone}, layers: []}}}}
services: {{api: {{escalation_policy: first, {hours}, urgency: {{support_hours: high, outside: low}}}}}}
""")
    found = [problem for problem in lint_stack(wanted) if "time zone" in problem.message]
    assert [problem.severity for problem in found] == [Severity.WARNING] * (2 if hint else 0)
    assert all(hint in problem.hint for problem in found)
    assert {entry.spec.time_zone for entry in wanted.of_kind("schedule")} == {zone}
