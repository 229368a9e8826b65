"""`pdslack replay`: past alerts by the rules that are live and by those of the files."""

from __future__ import annotations

import io
import json
import stat
import sys
from datetime import UTC, datetime, timedelta

import pytest

from pdslack_cli.sandbox.server import Sandbox
from tests.cli.conftest import Cli

STACK = """\
owner: payments
slack: {workspace: T0ACME}
people: {maya: maya@acme.example, tom: tom@acme.example}
schedules:
  primary:
    time_zone: Etc/UTC
    layers: [{start: 2026-01-05T09:00:00, rotate: 1 week, people: [maya]}]
escalation_policies:
  first: {levels: [{notify: [schedule/primary], escalate_after: 30m}]}
  second: {levels: [{notify: [person/tom], escalate_after: 30m}]}
channels: {incidents: {}}
notification_rules: {all: {from: service/api, to: incidents}}
services:
  api:
    name: Payments API
    escalation_policy: first
    rules: [{label: Cards, if: event.class matches 'card', then: {priority: P1}}]
  auth: {escalation_policy: second}
routing:
  main:
    routes:
      - {label: Cards, if: event.class matches 'card', to: api}
      - {label: Logins, if: event.class matches 'login', to: auth}
"""
EVERY_ALERT_IS_THE_FIRST = (
    "every alert counts as the first: repeats, grouping, and resolves that come in time are not replayed"
)
ROTATIONS_ARE_TODAYS = (
    "who is on call follows the rotations as they are now, as if they had always been, and without overrides"
)
NOW = datetime.now(UTC).replace(microsecond=0)


def alert(class_: str, to: str = "routing/main", hours: float = 0, **event: object) -> str:
    at = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(hours=hours)
    fields = {"summary": f"{class_} {hours}", "severity": "critical", "class": class_, **event}
    return json.dumps({"at": at.isoformat(), "to": to, "event": fields}) + "\n"


ALERTS = alert("card") + alert("card", hours=1) + alert("login", hours=2)


@pytest.fixture
def files(cli: Cli) -> Cli:
    """Two versions of the files, and alerts."""
    cli.write(STACK)
    cli.write(STACK, "base/pdslack.yaml")
    cli.write(ALERTS, "alerts.jsonl")
    return cli


def differences(cli: Cli, *words: str) -> list[tuple[str, str, str, str, int]]:
    report = cli("replay", *words, "--format", "json").json
    return [
        (one["service"], one["change"], one["before"], one["after"], one["count"])
        for one in report["differences"]
    ]


# --- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("", "", [], id="nothing"),
        pytest.param(
            """'card', to: api}
      - {label: Logins, if: event.class matches 'login', to: auth}""",
            """'login', to: api}
      - {label: Logins, if: event.class matches 'card', to: auth}""",
            [("api", "elsewhere", "api", "auth", 2), ("auth", "elsewhere", "auth", "api", 1)],
            id="routes that change places",
        ),
        pytest.param(
            "if: event.class matches 'login', to: auth", "if: event.class matches 'logon', to: auth",
            [("auth", "silenced", "auth", "unrouted", 1)], id="no route any more",
        ),
        pytest.param(
            "{priority: P1}", "{suppress: true}",
            [("api", "silenced", "api", "suppressed (api)", 2)], id="suppressed",
        ),
        pytest.param(
            "{priority: P1}", "{pause: 5m}", [("api", "pause", "api", "paused (api)", 2)], id="paused",
        ),
        pytest.param(
            "escalation_policy: first\n", "escalation_policy: second\n",
            [("api", "people", "maya", "tom", 2)], id="another policy",
        ),
        pytest.param(
            "people: [maya]", "people: [tom]", [("api", "people", "maya", "tom", 2)], id="a rotation"
        ),
        pytest.param(
            "{priority: P1}", "{priority: P2}", [("api", "priority", "P1", "P2", 2)], id="a priority"
        ),
        pytest.param(
            "  auth: {", "  auth: {urgency: low, ", [("auth", "urgency", "high", "low", 1)], id="an urgency"
        ),
        pytest.param(
            "{all: {from: service/api, to: incidents}}", "{}",
            [("api", "channels", "#incidents", "no channel", 2)], id="channels",
        ),
        pytest.param(
            "{priority: P1}", "{priority: P1, title: x, note: y}",
            [("api", "looks", "", "title, note", 2)], id="title and note",
        ),
        pytest.param("main:", "other:", [
            ("api", "unheard", "api", "", 2), ("auth", "unheard", "auth", "", 1)
        ], id="an orchestration that is gone"),
    ],
)  # fmt: skip
def test_only_what_would_end_otherwise_is_told(files, old, new, expected):
    text = STACK.replace(old.replace("\\n", "\n"), new.replace("\\n", "\n"), 1)
    if expected is None:  # two routes to one service are no stack
        text, expected = (
            STACK.replace("to: api}", "to: x}")
            .replace("to: auth}", "to: api}")
            .replace("to: x}", "to: auth}"),
            [("api", "elsewhere", "api", "auth", 2), ("auth", "elsewhere", "auth", "api", 1)],
        )
    files.write(text)
    assert differences(files, "--from", "alerts.jsonl", "--base", "base/pdslack.yaml") == expected


def test_the_table_counts_by_service_and_says_what_it_cannot_show(files):
    files.write(STACK.replace("{priority: P1}", "{suppress: true}"))
    told = files("replay", "--from", "alerts.jsonl", "--base", "base/pdslack.yaml").out
    assert [line.rstrip() for line in told.splitlines()] == [
        "service  alerts  would                    for example",
        "api      2 of 2  page nobody: suppressed  card 0 (2026-01-05 00:00)",
        "",
        "2 of 3 alerts (2026-01-05 to 2026-01-05) would end differently than under base/pdslack.yaml.",
        "",
        "What this cannot show:",
        f"  - {EVERY_ALERT_IS_THE_FIRST}",
        f"  - {ROTATIONS_ARE_TODAYS}",
    ]
    quiet = files("replay", "--from", "alerts.jsonl", "--base", "base/pdslack.yaml", "--quiet").out
    assert (
        quiet
        == "2 of 3 alerts (2026-01-05 to 2026-01-05) would end differently than under base/pdslack.yaml.\n"
    )


def test_counters_run_over_all_alerts(files):
    counted = STACK.replace("event.class matches 'card', then", "trigger_count over 2 hours > 1, then")
    files.write(counted.replace("{priority: P1}", "{suppress: true}"))
    assert differences(files, "--from", "alerts.jsonl", "--base", "base/pdslack.yaml")[0] == (
        "api", "silenced", "api", "suppressed (api)", 1
    )  # fmt: skip
    told = files("replay", "--from", "alerts.jsonl", "--base", "base/pdslack.yaml").out
    assert "counters and cache variables begin empty" in told


def test_alerts_for_what_the_base_does_not_have_are_left_out(files):
    files.write(ALERTS + alert("card", to="service/new"), "alerts.jsonl")
    told = files("replay", "--from", "alerts.jsonl", "--base", "base/pdslack.yaml").out
    assert "0 of 4 alerts" in told
    assert "Left out: 1, sent to what is not in base/pdslack.yaml." in told


def test_alerts_come_from_standard_input(files, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((ALERTS + "\n").encode())))
    assert "0 of 3 alerts" in files("replay", "--from", "-", "--base", "base/pdslack.yaml").out


def test_a_file_without_alerts_says_so(files):
    files.write("", "alerts.jsonl")
    told = files("replay", "--from", "alerts.jsonl", "--base", "base/pdslack.yaml").out
    assert "There were no alerts to compare base/pdslack.yaml with the files." in told


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("{", "Invalid JSON", id="no JSON"),
        pytest.param(alert("card", to="card"), "to: ", id="no target"),
        pytest.param('{"to": "service/api", "event": {}}', "at: Field required", id="no time"),
    ],
)
def test_a_line_that_is_no_alert_is_told_by_its_number(files, line, message):
    files.write(ALERTS + line, "alerts.jsonl")
    told = files("replay", "--from", "alerts.jsonl", "--base", "base/pdslack.yaml", code=1).err
    assert "alerts.jsonl:4:1: not a valid alert: " in told
    assert message in told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["--from", "a", "--since", "3d"], "--since asks PagerDuty", id="two sources"),
        pytest.param(
            ["--from", "alerts.jsonl", "--save", "b"],
            "the alerts of --from are already in a file",
            id="saved twice",
        ),
        pytest.param(["--base", "base/pdslack.yaml"], "pass --from FILE", id="nothing to replay"),
        pytest.param(["--from", "alerts.jsonl"], "pass --base FILES", id="no account"),
        pytest.param(
            ["--from", "none", "--base", "base/pdslack.yaml"], "cannot read none: No such file", id="no file"
        ),
        pytest.param(
            ["--sandbox", "--since", "soon"],
            "--since: expected a time such as 12h, 30d or 2026-01-31, got 'soon'",
            id="no time",
        ),
        pytest.param(["--sandbox", "--since", "2999-01-01"], "is not in the past", id="the future"),
        pytest.param(["--sandbox", "--save", "no/a"], "cannot write no/a", id="no folder"),
        pytest.param([], "no token is set", id="no token"),
    ],
)
def test_a_mistake_is_told(files, words, message):
    assert message in files("replay", *words, code=1).err


# --- PagerDuty -------------------------------------------------------------------------------------


def past(days: float, service: str, *classes: str) -> dict[str, object]:
    """An incident of the past, with an alert for each class."""
    events = [{"summary": f"{one} {days}", "severity": "critical", "class": one} for one in classes]
    created = (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"service": service, "created_at": created, "alerts": [{"event": event} for event in events]}


@pytest.fixture
def applied(cli: Cli) -> Cli:
    """The stack is live, and has had incidents."""
    cli.write(STACK)
    cli("apply", "--sandbox", "--yes")
    incidents = [
        past(2, "auth", "login"),
        past(20, "Payments API", "card", "card"),
        past(50, "auth", "login"),
    ]
    with Sandbox(str(cli.folder / ".pdslack" / "sandbox.sqlite")) as sandbox:
        sandbox.seed({"incidents": incidents})
    return cli


@pytest.mark.slow
def test_history_goes_through_the_live_rules_and_the_files(applied):
    applied.write(STACK.replace("'card', to", "'cards', to").replace("[maya]", "[tom]"))
    assert differences(applied, "--sandbox") == [("api", "silenced", "api", "unrouted", 2)]
    assert applied("replay", "--sandbox", "--since", "90d", "--format", "json").json["alerts"] == 4
    told = applied("replay", "--sandbox", "--since", "1d").out
    assert "There were no alerts to compare the live rules with the files." in told
    assert "those that were dropped or suppressed are not among them" in told


@pytest.mark.slow
def test_what_the_files_leave_out_stays_as_it_is_live(applied):
    applied.write(
        STACK.replace("rules: [{label: Cards, if: event.class matches 'card', then: {priority: P1}}]", "")
    )
    assert differences(applied, "--sandbox") == []


@pytest.mark.slow
def test_saved_alerts_are_the_same_again(applied):
    applied.write(STACK.replace("{priority: P1}", "{priority: P2}"))
    wanted = [("api", "priority", "P1", "P2", 2)]
    assert differences(applied, "--sandbox", "--save", "kept.jsonl") == wanted
    kept = applied.folder / "kept.jsonl"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    ats = [json.loads(line)["at"] for line in kept.read_text().splitlines()]
    assert len(ats) == 3
    assert ats == sorted(ats)
    assert differences(applied, "--sandbox", "--from", "kept.jsonl") == wanted
    applied.write(STACK, "base/pdslack.yaml")
    assert differences(applied, "--from", "kept.jsonl", "--base", "base/pdslack.yaml") == wanted


@pytest.mark.slow
def test_a_plan_that_cannot_be_made_cannot_be_replayed(applied):
    applied.write(STACK.replace("owner: payments", "owner: others"))
    assert "belongs to owner 'payments'" in applied("replay", "--sandbox", code=1).err
