"""`--format markdown` and `github` of the commands that neither plan nor apply."""

from __future__ import annotations

import json
import re

import pytest

from tests.cli.conftest import STACK
from tests.test_readme import COMMANDS, page

TESTED = """\
owner: shop
people: {maya: maya@acme.example}
escalation_policies: {on-call: {levels: [{notify: [person/maya], escalate_after: 15m}]}}
services: {api: {escalation_policy: on-call}}
routing:
  main:
    routes:
      - {label: Api, if: event.source matches 'api', to: api}
      - {label: Never, if: event.source matches 'x', to: api}
    otherwise: unrouted
tests:
  - name: "@everyone ``` <b>"
    send: {to: routing/main, event: {summary: x, severity: critical, source: api}}
    expect: {service: api, severity: SEVERITY}
"""
# Everything that others may have written stands between these.
FENCED = re.compile(r"^(`{3,})text\n.*?^\1$", re.DOTALL | re.MULTILINE)
EVENT = {"summary": "@everyone ``` <b>", "severity": "error", "source": "x"}
ALERT = {"at": "2026-01-05T09:00:00Z", "to": "routing/main", "event": EVENT}


@pytest.fixture
def runner_files(cli, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(cli.folder / "summary.md"))
    monkeypatch.setenv("RUNNER_TEMP", str(cli.folder))
    return cli.folder


def results(cli):
    """The commands, with whether they succeed."""
    cli.write(TESTED.replace("SEVERITY", "info"), "wrong/pdslack.yaml")
    cli.write(TESTED.replace("SEVERITY", "critical"), "right/pdslack.yaml")
    cli.write(json.dumps(ALERT) + "\n", "alerts.jsonl")
    yield ["doctor", "--sandbox"], 0
    yield ["test", "right"], 0
    yield ["test", "wrong"], 1
    yield ["replay", "right", "--base", "wrong", "--from", "alerts.jsonl"], 0


def test_markdown_is_a_comment_that_nothing_breaks_out_of(cli):
    for words, code in results(cli):
        out = cli(*words, "--format", "markdown", code=code).out
        assert re.match(rf"<!-- pdslack/{words[0]}:[a-z]+ -->\n## pdslack {words[0]}: `[a-z]+`\n", out), out
        outside = FENCED.sub("", out)
        assert "@everyone" not in outside
        assert "<b>" not in outside
        assert "```" not in outside


def test_what_failed_is_told_with_its_story(cli):
    cli.write(TESTED.replace("SEVERITY", "info"))
    out = cli("test", "--format", "markdown", code=1).out
    assert "**0 passed, 1 failed; 1 of 2 rules reached**" in out
    assert "severity: expected info, got critical" in out
    assert "No case reached these rules" in out


def test_github_gets_annotations_a_summary_and_a_comment(cli, runner_files):
    for words, code in results(cli):
        out = cli(*words, "--format", "github", code=code).out
        assert (code == 1) == ("::error file=wrong/pdslack.yaml,line=" in out)
        kept = list(runner_files.glob(f"pdslack-{words[0]}-*.md"))
        assert kept[0].read_text().startswith(f"<!-- pdslack/{words[0]}:")
        assert kept[0].read_text() in (runner_files / "summary.md").read_text()


def test_a_fault_of_the_doctor_is_an_annotation(cli, runner_files):
    cli.write(STACK)
    out = cli("doctor", "--format", "github", code=1).out  # no token is set
    assert "::error" in out
    assert "PAGERDUTY_API_KEY" in out


def test_the_page_of_commands_has_the_formats_of_each():
    found = {}
    for name, command in COMMANDS.items():
        for parameter in command.params:
            if "--format" in parameter.opts and parameter.default is not None:
                found[name] = {str(format_) for format_ in type(parameter.default)}
    words = "((?:`[a-z]+`(?:, )?)+)"
    told = {
        name: set(re.findall("[a-z]+", formats))
        for names, formats in re.findall(rf"^\| {words} \| {words} \|$", page("commands"), re.MULTILINE)
        for name in re.findall("[a-z]+", names)
    }
    assert {name: told.get(name) for name in found} == found
