"""What lints find: errors end a command, the rest is told beside its result."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli

STACK = """\
owner: payments
people: {maya: maya@acme.example}
escalation_policies: {first: {levels: [{notify: [person/maya], escalate_after: 30m}]}}
services:
  api:
    escalation_policy: first
    rules:
      - if: not event.class matches 'card'
      - if: event.custom_details.load > 5
"""
WRONG = f"{STACK}      - if: event.severity matches 'high'\n"
WARNING = """\
pdslack.yaml:8:17: warning: its negation is also true for events without event.class
  8 |       - if: not event.class matches 'card'
    |                 ^ write: event.class exists and not …; if intended, add `ignore: [missing-field]`

pdslack.yaml:9:13: notice: never true where event.custom_details.load is text, even '5'
  9 |       - if: event.custom_details.load > 5
    |             ^ make sure that every sender sends a number; if intended, add `ignore: [text-order]`

1 warning, 1 notice.
"""


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["validate"], id="validate"),
        pytest.param(["plan", "--sandbox"], id="plan"),
        pytest.param(["apply", "--sandbox", "--yes"], id="apply"),
    ],
)
def test_advice_is_told_beside_the_result(cli: Cli, words: list[str]):
    cli.write(STACK)
    told = cli(*words)
    assert told.err.startswith(WARNING)
    assert "warning" not in told.out
    assert "warning" not in cli(*words, "--quiet").err


@pytest.mark.parametrize("words", [["validate"], ["plan", "--sandbox"], ["apply", "--sandbox", "--yes"]])
def test_an_error_ends_the_command(cli: Cli, words: list[str]):
    cli.write(WRONG)
    told = cli(*words, code=1)
    assert (
        "pdslack.yaml:10:13: never true: event.severity is one of critical, error, warning, info\n"
        in told.err
    )
    assert told.err.endswith("1 problem, 1 warning, 1 notice.\n")
    assert told.out == ""


@pytest.mark.slow
def test_what_is_live_can_always_be_destroyed(cli: Cli):
    cli.write(STACK)
    cli("apply", "--sandbox", "--yes")
    cli.write(WRONG)
    assert "Destroy complete!" in cli("destroy", "--sandbox", "--yes").out


def test_programs_get_severity_and_lint(cli: Cli):
    cli.write(STACK)
    document = cli("validate", "--format", "json").json
    assert (document["valid"], document["error_count"], document["warning_count"]) == (True, 0, 1)
    found = [(one["severity"], one["lint"], one["range"]["start"]) for one in document["diagnostics"]]
    assert found == [
        ("warning", "missing-field", {"line": 8, "column": 17}),
        ("info", "text-order", {"line": 9, "column": 13}),
    ]
    cli.write(WRONG)
    document = cli("validate", "--format", "json", code=1).json
    assert (document["valid"], document["error_count"], document["warning_count"]) == (False, 1, 1)


def test_github_annotates_each_by_its_severity(cli: Cli):
    cli.write(STACK)
    told = cli("validate", "--format", "github").out
    assert "::warning file=pdslack.yaml,line=8,col=17," in told
    assert "::notice file=pdslack.yaml,line=9,col=13," in told
    assert "Success!" in told


@pytest.mark.parametrize("words", [["validate"], ["plan", "--sandbox"]])
def test_a_pull_request_shows_advice(cli: Cli, words: list[str]):
    cli.write(STACK)
    assert "warning: its negation" in cli(*words, "--format", "markdown").out


def test_programs_get_the_advice_of_a_plan_that_can_be_applied(cli: Cli):
    cli.write(STACK)
    document = cli("plan", "--sandbox", "--format", "json", "--out", "plan.json").json
    assert (document["applyable"], document["errored"]) == (True, False)
    assert [one["severity"] for one in document["diagnostics"]] == ["warning", "info"]
    assert cli("show", "plan.json", "--format", "json").json["diagnostics"] == []
