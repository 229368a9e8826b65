"""`pdslack route`: the way of one event, to read and for programs."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

ROOT = Path(__file__).parents[3]
STACK = """\
owner: payments
people: {maya: maya@acme.example}
escalation_policies: {first: {levels: [{notify: [person/maya], escalate_after: 30m}]}}
channels: {incidents: {}}
notification_rules: {cards: {from: service/api, to: incidents}}
slack: {workspace: T0ACME}
services:
  api: {name: Payments API, escalation_policy: first, urgency: severity}
  auth:
    escalation_policy: first
    rules:
      - if: trigger_count over 5 minutes > 3 or event.custom_details.load > 5
        then: {pause: 5m}
routing:
  main:
    rules:
      - {label: Late, if: now in Mon 00:00:00 to 00:00:00 Etc/UTC, then: {note: "on {{event.source}}"}}
    routes:
      - if: [event.class matches 'card', event.custom_details.service matches 'api']
        to: api
      - {label: Logins, if: event.class matches 'login', to: auth}
"""


@pytest.fixture
def stack(cli: Cli) -> Cli:
    cli.write(STACK)
    return cli


def test_the_docs_show_what_route_prints(cli, monkeypatch):
    page = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    shown = re.search(r"```text\n\$ (pdslack route (?:.*\\\n)*.*)\n((?:.*\n)+?)```", page)
    assert shown is not None
    monkeypatch.chdir(ROOT)
    _, *words = shlex.split(shown[1].replace("\\\n", ""))
    assert cli(*words).out == shown[2]


def test_every_rule_is_told_with_the_values_that_decided(stack):
    fields = ["--summary", "Card declined", "--severity", "warning", "--source", "pos"]
    details = ["--detail", "service=api", "--detail", "region=eu=1"]
    told = stack("route", "--at", "2026-01-05T12:00:00", *fields, *details)
    assert told.out == (
        "Card declined → routing/main, 2026-01-05 12:00:00 UTC\n"
        "├── routing/main rules\n"
        "│   └── ✓ Late: now in Mon 00:00:00 to 00:00:00 Etc/UTC  (now is 2026-01-05 12:00:00+00:00)"
        "  pdslack.yaml:17\n"
        "│       └── note = on pos\n"
        "└── routing/main routes\n"
        "    └── ✓ event.class matches 'card' or event.custom_details.service matches 'api'"
        "  pdslack.yaml:19\n"
        "        ├── event.class matches 'card'  (event.class is null)\n"
        "        ├── event.custom_details.service matches 'api'  (event.custom_details.service is api)\n"
        "        └── service = api\n"
        "Outcome: incident\n"
        "  service            api (Payments API)\n"
        "  title              Card declined\n"
        "  severity           warning\n"
        "  urgency            low\n"
        "  escalation policy  first\n"
        "  on call            maya\n"
        "  channels           #incidents\n"
        "  note               on pos\n"
    )


def test_what_makes_no_sense_and_what_is_undocumented_is_told(stack):
    told = stack("route", "--to", "service/auth", "--details", "load=9").out
    assert "Warning:" in told
    assert "This relies on behaviour that PagerDuty does not document:" in told


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"class": "login", "summary": "Slow"}, id="as rules see it"),
        pytest.param(
            {"routing_key": "R" * 32, "payload": {"class": "login", "summary": "Slow"}},
            id="as it is sent",
        ),
    ],
)
def test_an_event_comes_from_a_file_or_from_standard_input(stack, monkeypatch, body):
    stack.write(json.dumps(body), "event.json")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(body).encode())))
    for source in ("event.json", "-"):
        way = stack("route", source, "--severity", "info", "--format", "json").json
        assert (way["service"], way["event"]["summary"], way["event"]["severity"]) == ("auth", "Slow", "info")
        assert "routing_key" not in way["event"]


def test_programs_get_the_whole_way_as_json(stack):
    way = stack("route", "--class", "login", "--at", "2026-01-07", "--format", "json").json
    assert (way["outcome"], way["service"], way["path"]) == ("incident", "auth", ["Logins"])
    late, _, card, login = way["steps"][:4]
    assert (late["owner"], late["path"], late["line"], late["matched"]) == ("main", "global", 17, False)
    assert card["conditions"][0] == {
        "condition": "event.class matches 'card'",
        "value": False,
        "reads": {"event.class": "login"},
    }
    assert login["changes"] == {"service": "auth"}


def test_what_others_wrote_cannot_move_the_cursor(stack):
    assert "\x1b" not in stack("route", "--summary", "red \x1b[31m").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["--to", "service/apy"], "'service/apy': did you mean 'service/api'?", id="target"),
        pytest.param(["--to", "api"], "the stack has no 'api'", id="no kind"),
        pytest.param(["--detail", "x"], "--details: expected KEY=VALUE, got 'x'", id="detail"),
        pytest.param(["no.json"], "cannot read no.json: No such file or directory", id="no file"),
        pytest.param(["pdslack.yaml"], "pdslack.yaml is not JSON", id="no JSON"),
        pytest.param(["nan.json"], "nan.json is not JSON: NaN is no number of JSON", id="no number"),
        pytest.param(["vast.json"], "vast.json is not JSON: the number 1e999 is too large", id="vast"),
        pytest.param(["long.json"], "the number 99999999999999999999… has 9,000 digits", id="long"),
        pytest.param(["list.json"], "list.json must contain one event as a JSON object", id="no event"),
        pytest.param(["odd.json"], "odd.json must contain 'payload' as a JSON object", id="no payload"),
        pytest.param(
            ["text.json", "--detail", "a=b"], "'custom_details' of the event must be", id="no details"
        ),
    ],
)
def test_a_mistake_is_told(stack, words, message):
    stack.write("[]", "list.json")
    stack.write('{"custom_details": {"x": NaN}}', "nan.json")
    stack.write('{"custom_details": {"x": 1e999}}', "vast.json")
    stack.write(f'{{"custom_details": {{"x": {"9" * 9000}}}}}', "long.json")
    stack.write('{"payload": ["x"]}', "odd.json")
    stack.write('{"custom_details": "x"}', "text.json")
    assert message in stack("route", *words, code=1).err


def test_where_to_must_be_said_where_it_is_not_plain(stack):
    stack.write(f"{STACK}  other: {{}}\n")
    assert (
        "cannot determine where to send the event; pass --to routing/main or --to routing/other"
        in stack("route", code=1).err
    )


def test_nobody_on_call_is_the_reason_of_the_outcome(cli):
    cli.write(
        "owner: acme\npeople: {ada: ada@acme.example}\n"
        "schedules: {s: {time_zone: Etc/UTC, layers: [{start: 2026-01-05T09:00:00, rotate: 1 week, "
        "people: [ada], only: [{days: mon-fri, from: '09:00', to: '17:00'}]}]}}\n"
        "escalation_policies: {ep: {levels: [{notify: [schedule/s]}]}}\n"
        "services: {a: {escalation_policy: ep}}\n"
        "tests: [{name: t, now: 2026-01-10T12:00:00, send: {to: service/a, event: {}}, "
        "expect: {outcome: incident}}]\n"
    )
    words = ("route", "--to", "service/a", "--summary", "x", "--at", "2026-01-10T12:00:00")
    assert "Outcome: ignored (nobody is on call)" in cli(*words).out
    assert cli(*words, "--format", "json").json["reason"] == "nobody is on call"
    assert "expected incident, got ignored (nobody is on call)" in cli("test", code=1).out
