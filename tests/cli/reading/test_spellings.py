"""Spellings that people bring along: each is read as the canonical one, and written as that."""

from __future__ import annotations

import pytest

from pdslack_cli.config.load import load_texts
from tests.cli.conftest import Cli
from tests.config.plain import read, schema_checker

pytestmark = pytest.mark.slow_after(2)

STACK = """\
owner: acme
slack: {workspace: T0ACME}
people: {maya: maya@acme.example, tom: tom@acme.example}
teams: {core: {members: {manager: [maya]}}}
schedules:
  s:
    time_zone: Europe/Berlin
    layers:
      - name: A
        start: 2026-01-05T09:00:00
        rotate: 1 week
        people: [maya, tom]
        only: [{days: mon-fri, from: "09:00", to: "17:00"}]
escalation_policies:
  on-call: {levels: [{notify: [person/maya], escalate_after: 15m}]}
channels:
  ops: {topic: "🔥", members: [maya, team/core]}
  ops-2: {}
services:
  api:
    escalation_policy: on-call
    channels: [ops]
    urgency: {support_hours: high, outside: low}
    support_hours: {time_zone: Europe/Berlin, days: mon-fri, from: "09:00", to: "17:00"}
    integrations:
      - {name: A, type: events-api-v2}
      - {name: B, vendor: Datadog}
      - {name: C, email: c@acme.pagerduty.com}
    rules:
      - if: event.class matches 'x'
        then: {webhook: {name: W, url: https://x.example, send: auto, 'on': triggered}}
notification_rules:
  api: {from: service/api, to: ops-2, urgency: high}
tests:
  - name: t
    send: {to: service/api, event: {summary: x}}
    expect: {on_call: [maya], channels: [ops]}
"""
ONLY = 'days: mon-fri, from: "09:00", to: "17:00"}]'
# What stands in STACK, the canonical text to put there (none: the same), and another spelling of it.
SPELLINGS = [
    ("rotate: 1 week", "", "rotate: weekly"),
    ("rotate: 1 week", "", "rotate: 7 days"),
    ("rotate: 1 week", "rotate: 1 day", "rotate: daily"),
    ("days: mon-fri", "", "days: Monday-Friday"),
    ("days: mon-fri", "", "days: [1, 2, 3, 4, 5]"),
    ("days: mon-fri", "", "days: 1-5"),
    ("days: mon-fri", "", "days: [Mon, tuesday, WED, thurs, fri]"),
    ("days: mon-fri", "", "days: weekdays"),
    ("days: mon-fri", "days: [sat, sun]", "days: weekend"),
    ("days: mon-fri", "days: mon", "days: 1"),
    ('to: "17:00"', "", "to: 17:00"),
    ('to: "17:00"}]', 'to: "00:00"}]', 'to: "24:00"}]'),
    (ONLY, "from: fri 17:00, to: mon 09:00}]", "from: Friday 17:00, to: Mon 09:00}]"),
    (ONLY, "from: fri 17:00, to: mon 00:00}]", "from: fri 17:00, to: sun 24:00}]"),
    ("type: events-api-v2", "", "type: Events API v2"),
    ("type: events-api-v2", "", "type: events_api_v2_inbound_integration"),
    ("vendor: Datadog", "", "type: Datadog"),
    ("vendor: Datadog", "vendor: datadog", "type: datadog"),
    ("name: C, email:", "", "name: C, type: email, email:"),
    ("channels: [ops]\n    urg", "", "channels: ['#ops']\n    urg"),
    ("to: ops-2", "", "to: '#ops-2'"),
    ("[maya, tom]", "", "['@maya', '@tom']"),
    ("[person/maya]", "", "['@maya']"),
    ("manager: [maya]", "", "manager: ['@maya']"),
    ("members: [maya, team", "", "members: ['@maya', team"),
    ("on_call: [maya]", "", "on_call: '@maya'"),
    ("channels: [ops]}\n", "", "channels: '#ops'}\n"),
    ("ops: {topic", "ops: {name: ops, topic", "ops: {name: '#ops', topic"),
    ('topic: "🔥"', "", 'topic: ":fire:"'),
    ("'on': triggered", "", "true: triggered"),
    ("'on': triggered", "", "on: triggered"),
]


def both(old: str, canonical: str, spelling: str) -> tuple[str, str]:
    """The stack with the canonical text, and with the other spelling of it."""
    assert old in STACK
    return STACK.replace(old, canonical or old), STACK.replace(old, spelling)


@pytest.mark.parametrize(("old", "canonical", "spelling"), SPELLINGS)
def test_a_spelling_is_read_as_the_canonical_one(old: str, canonical: str, spelling: str) -> None:
    meant, found = (load_texts({"a.yaml": text}, {}) for text in both(old, canonical, spelling))
    assert found.specs == meant.specs
    assert [placed.case for placed in found.cases] == [placed.case for placed in meant.cases]


@pytest.mark.parametrize(("old", "canonical", "spelling"), SPELLINGS)
def test_a_spelling_fits_the_schema(old: str, canonical: str, spelling: str) -> None:
    checker = schema_checker()
    if spelling in {"true: triggered", "on: triggered", "to: 17:00"}:
        return  # YAML 1.1, which the schema is checked with here, takes these for other than text
    for text in both(old, canonical, spelling):
        assert [error.message for error in checker.iter_errors(read(text))] == []


@pytest.mark.slow
def test_every_spelling_applies_plans_to_nothing_and_is_exported_as_the_canonical_one(cli: Cli) -> None:
    text = STACK
    for old, canonical, spelling in SPELLINGS:
        if not canonical and spelling != "on: triggered":
            text = text.replace(old, spelling)
    cli.write(text)
    cli("validate")
    cli("apply", "--sandbox", "--yes")
    assert "No changes" in cli("plan", "--sandbox").out
    exported = cli("export", "--sandbox", "--owner", "acme").out
    for word in ("mon-fri", "events-api-v2", "Datadog", "- person/maya", "rotate: 1w"):
        assert word in exported, exported
    for word in ("weekly", "'#", "'@", ":fire:", "true: trig", "Events API", "weekdays"):
        assert word not in exported, exported


@pytest.mark.slow
@pytest.mark.parametrize("where", ["vars", "default"])
def test_an_owner_may_come_from_a_variable(where: str, cli: Cli) -> None:
    owner = "${OWNER:-acme}" if where == "default" else "${OWNER}"
    head = "vars: {OWNER: acme}\n" if where == "vars" else ""
    cli.write(head + STACK.replace("owner: acme", f"owner: {owner}"))
    assert "of owner 'acme'" in cli("validate").out
    cli("apply", "--sandbox", "--yes")
    assert "No changes" in cli("plan", "--sandbox").out
    cli.write(STACK)
    assert "No changes" in cli("plan", "--sandbox").out


@pytest.mark.parametrize("head", ["", "vars: {OWNER: '${GIVEN}'}\n"])
def test_an_owner_takes_no_value_of_the_environment(head: str, cli: Cli) -> None:
    cli.patch.setenv("PDSLACK_VAR_GIVEN", "acme-payments")
    owner = "${OWNER}" if head else "${GIVEN}"
    cli.write(head + STACK.replace("owner: acme", f"owner: {owner}"))
    refused = cli("validate", code=1).err
    assert f"owner '{owner}' takes the value of PDSLACK_VAR_GIVEN" in refused
    assert "payments" not in refused


def test_an_owner_without_its_variable_is_a_problem(cli: Cli) -> None:
    cli.write(STACK.replace("owner: acme", "owner: ${OWNER}"))
    assert "1:8: undefined variable 'OWNER'" in cli("validate", code=1).err
