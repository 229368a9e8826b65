"""`pdslack explain`: fields and topics in the terminal, and the nearest of what is not there."""

from __future__ import annotations

import re

import pytest

from pdslack_cli.config.reference.fields import root_fields
from pdslack_cli.config.reference.topics import TOPICS
from pdslack_cli.kinds.sync.variables import VARIABLES


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["service"], "escalation_policy  <reference to an escalation policy>  required"),
        (["service.alert_grouping"], "by  <content | content-and-intelligent | time | intelligent>"),
        (["service.alert_grouping.by"], "alert_grouping: {by: content"),
        (["services.integrations"], "see also  pdslack explain integrations"),
        (["services.auto_resolve_timeout"], "see also    pdslack explain durations"),
        (["service.rules.if"], "pdslack explain conditions"),
        (["escalation_policy.levels.notify"], "pdslack explain references"),
        (["schedule.layers.only"], "{from: fri 17:00, to: sat 12:00}"),
        (["service.rules.ignore"], "unreachable-rule"),
        (["conditions"], "event.summary matches part 'timeout'"),
        (["durations"], "1h30m"),
        (["integration-types"], "events-api-v2"),
        (["references"], "escalation_policy/KEY"),
        (["schedules", "--recursive"], "      days  <"),
        ([], "when a rule"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_a_page(cli, words, expected):
    assert expected in cli("explain", *words).out


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("x" * 500, f"there is no section, field or topic '{'x' * 59}…", "`pdslack explain` lists sections"),
        ("servce", "there is no section, field or topic 'servce'", "did you mean 'service'?"),
        ("condtions", "there is no section", "did you mean 'conditions'?"),
        ("auto_pause", "there is no section", "did you mean services.auto_pause?"),
        ("service.alert_groupin.by", "services has no field 'alert_groupin'", "'services.alert_grouping.by'"),
        ("service.webhook", "services has no field 'webhook'", "'services.rules.then.webhook'"),
        (
            "service.runbook.x",
            "services.runbook has no fields: it is a URL",
            "`pdslack explain services.runbook`",
        ),
        ("zzzzzz", "there is no section", "`pdslack explain` lists"),
        ("...", "there is no section", "`pdslack explain` lists"),
    ],
)
@pytest.mark.parametrize("format_", ["text", "json"])
def test_what_is_unknown_names_the_nearest(cli, name, message, hint, format_):
    done = cli("explain", name, "--format", format_, code=1)
    told = done.out if format_ == "json" else done.err
    assert message in told
    assert hint in told


def test_json_has_all_that_the_page_has(cli):
    page = cli("explain", "service.urgency", "--format", "json").json
    assert page["allowed"] == ["high", "low", "severity"]
    assert page["default"] == "high"
    assert [field["path"] for field in page["fields"]][:1] == ["services.urgency.support_hours"]
    assert "urgency: severity" in page["example"]
    everything = cli("explain", "--format", "json").json
    assert [field["path"] for field in everything["fields"]] == [field.name for field in root_fields()]
    assert [topic["name"] for topic in everything["topics"]] == [topic.name for topic in TOPICS]
    deep = cli("explain", "service", "--format", "json", "--recursive").json["fields"]
    assert "services.rules.then.webhook.send" in {field["path"] for field in deep}


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_page_fits_the_terminal(cli, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", cli("explain", "files").out)
    assert max(map(len, shown.splitlines())) <= columns


def test_every_variable_of_a_message_is_listed():
    (topic,) = (topic for topic in TOPICS if topic.name == "message-variables")
    listed = {name.strip("{}"): meaning for name, meaning in topic.rows}
    assert VARIABLES.items() <= listed.items()
