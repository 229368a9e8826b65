"""Bad input as a whole: every mistake of all files at once, and never a traceback."""

from __future__ import annotations

import pytest

from tests.cli.reading.validating import HEAD, told

SECTIONS_THAT_REFER = """\
schedules:
  primary:
    time_zone: Europe/Berlin
    layers: [{start: 2026-01-05T09:00:00, rotate: 1 week, people: [maya, tim]}]
services:
  api: {escalation_policy: on-cal}
channels:
  incidents: {members: [team/paymnts]}
notification_rules:
  a: {from: api, to: incidents}
  b: {from: channel/incidents, to: incidents}
  c: {from: service/api, to: nowhere}
routing:
  r: {team: nobody, routes: [{if: event.class exists, to: apy}]}
"""


def test_references_are_told_where_they_are_written(cli):
    cli.write(HEAD + SECTIONS_THAT_REFER)
    assert told(cli) == [
        "10:74: unknown person 'tim' (did you mean 'tom'?)",
        "12:28: unknown escalation policy 'on-cal' (did you mean 'on-call'?)",
        "14:25: unknown team 'paymnts' (did you mean 'team/payments'?)",
        "16:13: from: 'api' is not a reference to a service or team (write service/api)",
        "17:13: from: 'channel/incidents' is not a reference to a service or team "
        "('incidents' is a channel, expected a service or team; "
        "the stack defines service/api, team/payments)",
        "18:30: unknown channel 'nowhere' (the stack defines incidents)",
        "20:13: unknown team 'nobody' (the stack defines payments)",
        "20:59: unknown service 'apy' (did you mean 'api'?)",
    ]


def test_a_reference_to_what_is_wrong_in_itself_is_no_second_mistake(cli):
    cli.write(HEAD.replace("maya@acme.example", "maya") + "services: {api: {escalation_policy: on-call}}\n")
    assert [complaint.partition(":")[0] for complaint in told(cli)] == ["3"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "sets:\n  a: [{rules: b}]\n  b: [{rules: a}]\n",
            "8:3: entries refer to each other in a cycle: set/a → set/b → set/a "
            "(remove one of these references)",
            id="entries",
        ),
        pytest.param(
            "vars: {a: '${b}', b: '${a}'}\n",
            "7:8: variables refer to each other in a cycle: a → b → a (write one of them out)",
            id="variables",
        ),
        pytest.param(
            "bases: {services: {a: {like: b}, b: {like: a}}}\n"
            "services: {x: {like: a, escalation_policy: on-call}}\n",
            "7:30: bases are `like` each other in a cycle: a → b → a (remove `like` from one of them)",
            id="bases",
        ),
    ],
)
def test_circles_are_refused(cli, text, expected):
    cli.write(HEAD + text)
    assert told(cli) == [expected]


def test_what_is_defined_twice_is_told_with_both_places(cli):
    cli.write("owner: acme\nteams:\n  payments: {}\n  infra: {name: a, name: b}\n", "s/one.yaml")
    cli.write("owner: other\nteams:\n  payments: {}\n", "s/two.yaml")
    assert told(cli, "s") == [
        "s/one.yaml:4:20: 'name' is defined twice, first at s/one.yaml:4:11 "
        "(keep one of the two, or give them "
        "different names)",
        "s/two.yaml:1:8: 'owner' has a different value at s/one.yaml:1:8 "
        "(all files together are one stack: keep one)",
        "s/two.yaml:3:3: 'teams.payments' is defined twice, first at s/one.yaml:3:3 "
        "(keep one of the two, or give them "
        "different names)",
    ]


def test_two_entries_that_mean_one_object_are_told(cli):
    cli.write(HEAD + "channels:\n  a: {name: incidents}\n  incidents: {}\n")
    assert told(cli) == [
        "8:3: channel/a and channel/incidents have the same name 'incidents' (the other is defined at "
        "pdslack.yaml:9:3)",
        "9:3: channel/incidents and channel/a have the same name 'incidents' (the other is defined at "
        "pdslack.yaml:8:3)",
    ]


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "owner: acme\nchannels:\n  a: {topic: xoxb-1234567890-abcdef}\n",
            "3:14: this looks like a Slack token "
            "(xoxb…) (set PDSLACK_VAR_name and write ${name} here; if it "
            "is real, revoke it now)",
            id="a token",
        ),
        pytest.param(
            "owner: acme\nchannels:\n  a: {topic: '${TOPCI}'}\nvars: {TOPIC: x}\n",
            "3:14: undefined variable 'TOPCI' (did you mean 'TOPIC'?)",
            id="an undefined variable",
        ),
        pytest.param(
            "owner: acme\nteams:\n  a: {name: 'x}\n",
            "3:13: this quote is never closed (close it; inside '…' a quote is written '')",
            id="YAML syntax",
        ),
        pytest.param("", "1:1: the file is empty (it needs at least `owner: NAME`)", id="an empty file"),
        pytest.param(
            "owner: \x07acme\n",
            "1:8: control character U+0007 is not allowed "
            "(remove it, or write it as an escape in double quotes: "
            '"\\x07")',
            id="a control character",
        ),
        pytest.param(
            "a: &a {x: 1}\nb: [" + "*a, " * 100_000 + "]\n",
            "2:66669: the aliases of this file expand to more than 50,000 values "
            "(repeat less, or split the file)",
            id="100,000 aliases",
        ),
        pytest.param(
            "x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
            + "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 30)),
            "5:35: the aliases of this file expand to more than 50,000 values "
            "(repeat less, or split the file)",
            id="aliases of aliases",
        ),
        pytest.param(
            "owner: acme\n<<<<<<< HEAD\nteams: {}\n=======\npeople: {}\n>>>>>>> other\n",
            "2:1: a merge conflict is left in this file (keep the lines that are right, and remove the lines "
            "with <<<<<<<, ======= and >>>>>>>)",
            id="merge conflict",
        ),
        pytest.param(
            "[" * 5000,
            "1:100: the file is nested more than 100 levels deep here "
            "(no stack is nested that deep: check the "
            "brackets)",
            id="5,000 brackets",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_told_where(cli, text, expected):
    cli.write(text)
    assert told(cli) == [expected]


def test_files_that_are_not_there_are_told(cli):
    cli.write("owner: acme\n", "stacks/one.txt")
    assert told(cli, "pdslak.yaml", "stacks") == [
        "there are no stack files in the folder 'stacks' (`pdslack init` writes a first one; -C FOLDER runs "
        "in another folder; folders inside are not searched)",
        "pdslak.yaml:1:1: there is no file 'pdslak.yaml' (did you mean 'pdslack.yaml'?)",
    ]


def test_a_file_that_is_no_text_is_told(cli):
    cli.write("").write_bytes(b"owner: acme\nteams: {a: {name: \xff}}\n")
    assert told(cli) == ["2:19: the file is not UTF-8 text (save it in UTF-8)"]


def test_all_mistakes_of_all_files_are_told_at_once(cli):
    cli.write("owner: acme\nservces: {}\npeople: {maya: maya}\n", "s/a.yaml")
    cli.write(
        "services:\n  api: {escalation_policy: none, urgncy: high}\n  web: {escalation_policy: x}\n",
        "s/b.yaml",
    )
    assert told(cli, "s") == [
        "s/a.yaml:2:1: unknown key 'servces' (did you mean 'services'?)",
        "s/a.yaml:3:16: 'maya' is not an e-mail address (write it like maya@acme.example)",
        "s/b.yaml:2:28: unknown escalation policy 'none' (the stack defines no escalation policy)",
        "s/b.yaml:2:34: unknown key 'urgncy' (did you mean 'urgency'?)",
        "s/b.yaml:3:28: unknown escalation policy 'x' (the stack defines no escalation policy)",
    ]


def test_what_is_repeated_is_told_at_the_template_with_its_row(cli):
    cli.write("name,policy\nauth,on-call\npay,on-cal\n", "apps.csv")
    cli.write(
        HEAD + "each:\n  - rows: apps.csv\n    as: app\n"
        "    services: {'${app.name}': {escalation_policy: '${app.policy}'}}\n"
    )
    found = cli("validate", code=1)
    assert found.err.startswith("pdslack.yaml:10:51 (apps.csv row 3): unknown escalation policy 'on-cal'\n")
    (diagnostic,) = cli("validate", "--format", "json", code=1).json["diagnostics"]
    assert diagnostic["summary"] == "unknown escalation policy 'on-cal' (apps.csv row 3)"
