"""A test that names what the stack does not have could only fail: it is refused where the name stands."""

from __future__ import annotations

import pytest

from tests.cli.reading.validating import HEAD, told

STACK = HEAD + (
    "channels: {incidents: {}}\n"
    "services:\n"
    "  api: {name: Public API, escalation_policy: on-call, rules: [{if: event.class exists, "
    "then: {priority: P1, fields: {Region: eu}}}]}\n"
    "routing: {main: {}}\n"
    "tests:\n"
    "  - name: t\n"
)
PLACES = {
    "service": ("apy", "unknown service 'apy' (did you mean 'api'?)"),
    "escalation_policy": ("on-cal", "unknown escalation policy 'on-cal' (did you mean 'on-call'?)"),
    "priority": ("P11", "unknown priority 'P11' (did you mean 'P1'?)"),
    "fields": ("{Regoin: eu}", "unknown incident custom field 'Regoin' (did you mean 'Region'?)"),
    "on_call": ("[maya, tmo]", "unknown person 'tmo' (did you mean 'tom'?)"),
    "channels": ("incident", "unknown channel 'incident' (did you mean 'incidents'?)"),
    "path": ("[event.class exist]",
             "no rule is called 'event.class exist' (did you mean 'event.class exists'?)"),
    "severity": ("crtical", "expect.severity: must be one of 'info', 'warning', 'error', 'critical', got "
                 "'crtical' (did you mean 'critical'?)"),
    "urgency": ("hihg", "expect.urgency: must be one of 'high', 'low', got 'hihg' (did you mean 'high'?)"),
}  # fmt: skip
WRITTEN = [  # in other forms, in an expectation
    ("service: service/api", "unknown service 'service/api' (write api)"),
    ("on_call: person/maya", "unknown person 'person/maya' (write maya)"),
    ("on_call: maya@acme.example", "unknown person 'maya@acme.example' (write maya)"),
    ("on_call: team/payments", "unknown person 'team/payments' ('payments' is a team, expected a person; "
     "the stack defines maya, tom)"),
    ("channels: channel/incidents", "unknown channel 'channel/incidents' (did you mean 'incidents'?)"),
    ("fields: [Region]", "expect.fields: expected a mapping, got [Region] (write `key: value` below it)"),
    ("incident: true", "unknown key 'incident' (write `outcome`)"),
]  # fmt: skip


@pytest.mark.parametrize("field", PLACES)
def test_an_unknown_name_in_an_expectation_is_refused(cli, field):
    written, expected = PLACES[field]
    cli.write(STACK + f"    send: {{to: service/api, event: {{}}}}\n    expect: {{{field}: {written}}}\n")
    (line,) = told(cli)
    assert line.startswith("14:")
    assert line.split(": ", 1)[1] == expected


@pytest.mark.parametrize(("written", "expected"), WRITTEN)
def test_another_form_of_a_name_gets_the_right_one(cli, written, expected):
    cli.write(STACK + f"    send: {{to: service/api, event: {{}}}}\n    expect: {{{written}}}\n")
    (line,) = told(cli)
    assert line.split(": ", 1)[1] == expected


@pytest.mark.parametrize(
    ("send", "expected"),
    [
        (
            "service/api",
            "13:11: send: expected a mapping, got 'service/api' (write `to: …` and `event: …` below it)",
        ),
        *(
            (f"{{to: service/api, event: {{{field}: x}}}}", f"13:37: events have no field {field!r} ({cure})")
            for field, cure in [
                ("severty", "did you mean 'severity'?"),
                ("custom_detail", "did you mean 'custom_details'?"),
                ("details", "write `custom_details`"),
                ("title", "write `summary`"),
                ("host", "write `source`"),
                ("payload", "write its fields directly below `event`; the JSON as sent goes to `raw`"),
            ]
        ),
        ("{to: routing/mian, event: {}}", "13:16: unknown event orchestration 'mian' (did you mean 'main'?)"),
        ("[{to: service/apy, event: {}}]", "13:17: unknown service 'apy' (did you mean 'api'?)"),
        (
            "{to: service/api, event: {severity: crtical}}",
            "13:47: event.severity: must be one of 'critical', 'error', 'warning', 'info', got 'crtical' "
            "(did you mean 'critical'?)",
        ),
        (
            "{to: service/api, event: {event_action: triger}}",
            "13:51: event.event_action: must be one of 'trigger', 'acknowledge', 'resolve', got 'triger' "
            "(did you mean 'trigger'?)",
        ),
        (
            "[{to: service/api, event: {}, expect: {channels: [incident]}}, {to: service/api, event: {}}]",
            "13:61: unknown channel 'incident' (did you mean 'incidents'?)",
        ),
    ],
)
def test_an_unknown_name_in_an_event_is_refused(cli, send, expected):
    cli.write(STACK + f"    send: {send}\n")
    assert told(cli) == [expected]


def test_what_the_stack_has_may_be_named_by_key_or_name(cli):
    cli.write(
        STACK + "    send: {to: service/api, event: {severity: critical}}\n"
        "    expect: {service: Public API, priority: p1, channels: ['#incidents'], on_call: ['@maya'],\n"
        "             escalation_policy: null, fields: {Region: eu}}\n"
    )
    assert cli("validate").code == 0


def test_test_files_are_validated_with_the_stack(cli):
    cli.write(STACK.partition("tests:")[0] + "teams2: {}\n")
    cli.write("tests: [{name: t, send: {to: service/apy, event: {}}}]\n", "pdslack.test.yaml")
    err = cli("validate", code=1).err
    assert "unknown key 'teams2'" in err
    assert "pdslack.test.yaml:1:30: unknown service 'apy'" in err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("test: []\n", "pdslack.test.yaml:1:1: unknown key 'test' (did you mean 'tests'?)"),
        ("tests:\n- name: t\n  send: {to: service/api, event: {}}\n  expect: {channels: #incidents}\n",
         "pdslack.test.yaml:4:22: '#' begins a comment here"),
        ("- {name: t}\n", "pdslack.test.yaml:1:1: the file has no sections (begin with `tests:`)"),
        ("tests: [{name: t, send: {to: service/api, event: {}}, expect: {pause: 5}}]\n",
         "pdslack.test.yaml:1:71: expect.pause: 5 is not a duration (add its unit, such as 5m)"),
        ("tests: [{name: t, send: {to: service/api, event: {}}, expect: {event: {severity: crit}}}]\n",
         "pdslack.test.yaml:1:82: event.severity: must be one of"),
        ("tests: [{name: t, cache: {service/api: {n: 1}}, send: {to: service/api, event: {}}, expect: {}}]\n",
         "pdslack.test.yaml:1:41: service/api has no cache variable 'n' (it has none)"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_test_file_is_one_problem(cli, text, expected):
    cli.write(STACK.partition("tests:")[0])
    cli.write(text, "pdslack.test.yaml")
    (line,) = told(cli)
    assert line.startswith(expected)
