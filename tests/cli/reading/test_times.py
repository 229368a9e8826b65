"""A time with an offset means that instant, wherever a time is taken."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pdslack_cli.cli.options import since_time
from pdslack_cli.routing.replay.alerts import Alert
from pdslack_cli.routing.testing.cases import Case

STACK = """\
owner: cases
people: {cy: cy@acme.example}
schedules:
  hours:
    time_zone: Europe/London
    layers:
      - name: L
        start: 2026-01-05T09:00:00
        rotate: 1 week
        people: [cy]
        only: [{days: mon-fri, from: "08:30", to: "17:30"}]
escalation_policies: {hours: {levels: [{notify: [schedule/hours]}]}}
services: {api: {escalation_policy: hours}}
"""
TIMES = [
    ("2026-03-30T17:15:00+01:00", "2026-03-30T16:15:00+00:00"),
    ("2026-03-30T17:15:00Z", "2026-03-30T17:15:00+00:00"),
    ("2026-03-30T17:15:00", "2026-03-30T17:15:00+00:00"),
    ("2026-03-30T00:15:00+05:30", "2026-03-29T18:45:00+00:00"),
]


@pytest.mark.parametrize(("said", "meant"), TIMES)
def test_route_takes_the_instant(cli, said, meant):
    cli.write(STACK)
    found = cli("route", "--to", "service/api", "--summary", "x", "--at", said, "--format", "json").json
    assert found["at"] == meant


def test_who_is_on_call_follows_the_offset(cli):
    cli.write(STACK)
    in_time = cli("route", "--to", "service/api", "--summary", "x", "--at", "2026-03-30T17:15:00+01:00")
    too_late = cli("route", "--to", "service/api", "--summary", "x", "--at", "2026-03-30T17:15:00")
    assert "on call            cy" in in_time.out
    assert "on call            cy" not in too_late.out


@pytest.mark.parametrize(("said", "meant"), TIMES)
def test_replay_takes_the_instant(said, meant):
    assert since_time(said, datetime(2027, 1, 1, tzinfo=UTC)).isoformat() == meant
    alert = Alert.model_validate_json(json.dumps({"at": said, "to": "service/api", "event": {}}))
    assert alert.at.isoformat() == meant


@pytest.mark.parametrize(("said", "meant"), TIMES)
def test_a_test_case_takes_the_instant(said, meant):
    send = {"to": "service/api", "event": {}, "at": said}
    case = Case.model_validate({"name": "x", "now": said, "send": [send]})
    assert case.instant(case.now).isoformat() == meant
    assert case.instant(case.send[0].at).isoformat() == meant


@pytest.mark.parametrize("said", ["yesterday", "0001-01-01T00:00:00+01:00", "2026-02-30T00:00:00"])
def test_what_is_no_time_is_a_problem(cli, said):
    cli.write(STACK)
    wrong = cli("route", "--to", "service/api", "--summary", "x", "--at", said, code=1)
    assert "expected a time such as" in wrong.err


def test_a_case_of_year_one_is_a_problem(cli):
    case = (
        "tests: [{name: t, now: 0001-01-01T00:00:00+01:00, send: {to: service/api, event: {summary: x}}}]\n"
    )
    cli.write(STACK + case)
    wrong = cli("test", code=1)
    assert "the year 1 is out of range" in wrong.err
