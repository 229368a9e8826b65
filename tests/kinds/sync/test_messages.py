"""Templates and rules of the two-way service are checked when the file is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdslack_cli.config.load import load, load_partly
from pdslack_cli.kinds.sync.variables import VARIABLES, is_variable, similar_variable
from pdslack_cli.model import Ref

STACK = """\
owner: payments
slack: {workspace: T0ACME}
vars: {env: prod}
people: {maya: maya@acme.example}
teams: {payments: {}, platform: {}}
escalation_policies: {p: {team: payments, levels: [{notify: [person/maya], escalate_after: 30m}]}}
services: {api: {escalation_policy: p}, web: {escalation_policy: p}}
channels: {inc: {}, other: {}}
"""


def problems(tmp_path: Path, text: str) -> list[tuple[int, int, str, str]]:
    file = tmp_path / "pdslack.yaml"
    file.write_text(STACK + text)
    found = load_partly([file], {}).problems
    first = STACK.count("\n")
    return [
        (problem.location.line - first, problem.location.column, problem.message, problem.hint)
        for problem in found
        if problem.location
    ]


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        (
            '{type: section, text: {type: mrkdwn, text: "a {{pagerduty.incident.titel}}"}}',
            ("{{pager", "unknown variable 'pagerduty.incident.titel'", "'pagerduty.incident.title'"),
        ),
        (
            '{type: section, text: {type: mrkdwn, text: "${env} ${pagerduty.oncall.user.slackid}"}}',
            (
                "${pager",
                "unknown variable 'pagerduty.oncall.user.slackid'",
                "'pagerduty.oncall.user.slack_id'",
            ),
        ),
        (
            '{type: section, text: {type: mrkdwn, text: "${pagreduty.incident.id}"}}',
            ('"${pag', "undefined variable 'pagreduty.incident.id'", ""),
        ),
        (
            '{type: context, elements: [{type: mrkdwn, text: "{{incident.urgency}}"}]}',
            ("{{inc", "unknown variable 'incident.urgency'", "'pagerduty.incident.urgency'"),
        ),
        ("{type: sektion}", ("sektion", "got 'sektion'", "did you mean 'section'?")),
        ("{text: hi}", ("{", "has no `type`", "add `type:` with one of section")),
        ("{type: section}", ("{", "the section block has no `text`", "")),
        ("{type: image, alt_text: x}", ("{", "the image block has no `image_url`", "")),
        ("heder", ("heder", "must be one of 'header'", "did you mean 'header'?")),
    ],
)
def test_a_mistake_in_a_template_has_its_place(tmp_path, blocks, expected):
    (found,) = problems(tmp_path, f"messages:\n  short:\n    blocks:\n    - header\n    - {blocks}\n")

    begins_with, message, hint = expected
    assert found[:2] == (5, len("    - ") + blocks.index(begins_with) + 1), found
    assert message in found[2]
    assert hint in found[3]


def test_all_mistakes_of_a_template_are_told_at_once(tmp_path):
    text = "messages: {m: {text: '{{a}} {{b}}', blocks: [heder, {type: header, text: {text: '{{c}}'}}]}}\n"

    assert len(problems(tmp_path, text)) == 3


def test_variables_of_the_file_are_filled_in_and_those_of_incidents_stay(tmp_path):
    file = tmp_path / "pdslack.yaml"
    file.write_text(
        STACK + "defaults: {messages: {text: '${env} ${pagerduty.incident.title}'}}\n"
        "messages: {m: {blocks: [header]}, n: {text: '${env}: ${pagerduty.incident.custom_fields.Region}'}}\n"
    )

    stack = load([file], {})

    assert stack.entries[Ref("message", "m")].spec.text == "prod ${pagerduty.incident.title}"
    assert stack.entries[Ref("message", "n")].spec.text == "prod: ${pagerduty.incident.custom_fields.Region}"


def test_outside_of_messages_a_variable_of_incidents_is_undefined(tmp_path):
    (found,) = problems(tmp_path, "bases: {channels: {b: {topic: '${pagerduty.incident.id}'}}}\n")

    assert "undefined variable 'pagerduty.incident.id'" in found[2]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{from: service/api, to: inc, severities: [critical]}", "cannot choose by severity"),
        ("{from: service/api, to: inc, on_call: [person/maya]}", "PagerDuty's Slack app cannot do that"),
        ("{from: service/api, to: inc, fallback: other}", "PagerDuty's Slack app cannot do that"),
        ("{from: service/api, to: inc, via: sync, message: shrt}", "unknown message 'shrt'"),
        ("{from: service/api, to: inc, via: sync, fallback: othr}", "unknown channel 'othr'"),
        ("{from: service/api, to: inc, via: sync, severities: [bad]}", "must be one of"),
        ("{from: service/api, to: inc, via: sync, audience: stakeholder}", "writes for responders alone"),
        ("{from: service/api, to: inc, via: sync, message: m, fallback: other, on_call: [person/maya]}", ""),
    ],
)
def test_a_rule_takes_what_its_poster_can_do(tmp_path, rule, message):
    found = problems(tmp_path, f"messages: {{m: {{}}}}\nnotification_rules: {{r: {rule}}}\n")

    assert [one[2] for one in found if message not in one[2]] == []
    assert bool(found) == bool(message)


@pytest.mark.parametrize(
    ("sync", "native", "twice"),
    [
        ("from: service/api, to: inc", "from: service/api, to: inc", True),
        ("from: [service/web, service/api], to: inc", "from: service/api, to: inc", True),
        ("from: service/api, to: inc", "from: team/payments, to: inc", True),
        ("from: team/payments, to: inc", "from: service/web, to: inc", True),
        ("from: team/platform, to: inc", "from: service/web, to: inc", False),
        ("from: service/api, to: inc", "from: service/web, to: inc", False),
        ("from: service/api, to: inc", "from: service/api, to: other", False),
        ("from: service/api, to: inc, urgency: low", "from: service/api, to: inc, urgency: high", False),
        (
            "from: service/api, to: inc, priorities: [P1]",
            "from: service/api, to: inc, priorities: [none]",
            False,
        ),
        ("from: service/api, to: inc, priorities: [P1]", "from: service/api, to: inc", True),
    ],
)
def test_what_both_would_post_is_refused(tmp_path, sync, native, twice):
    rules = f"notification_rules:\n  r: {{{sync}, via: sync}}\n  s: {{{native}}}\n"

    found = problems(tmp_path, rules)

    assert [one[:2] for one in found] == [(2, 3)] * twice
    assert all("through PagerDuty's Slack app" in one[2] for one in found)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("pagerduty.incident.html_ur", "pagerduty.incident.html_url"),
        ("incident.title", "pagerduty.incident.title"),
        ("pagerduty.user.slack_id", "pagerduty.oncall.user.slack_id"),
        ("zzz", ""),
    ],
)
def test_the_nearest_variable(written, meant):
    assert similar_variable(written) == meant


def test_which_names_are_variables():
    assert all(is_variable(name) for name in VARIABLES)
    assert is_variable("pagerduty.incident.custom_fields.Customer impact")
    assert is_variable("pagerduty.alert.details.labels.cluster")
    assert not is_variable("pagerduty.incident.custom_fields.")
    assert not is_variable("pagerduty.incident")
