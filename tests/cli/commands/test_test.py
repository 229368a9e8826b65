"""`pdslack test`: which cases pass, what is told of those that do not, and which rules none has reached."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import Cli

EXAMPLES = Path(__file__).parents[3] / "examples"
STACK = """\
owner: payments
people: {maya: maya@acme.example}
escalation_policies: {first: {levels: [{notify: [person/maya], escalate_after: 30m}]}}
services:
  api:
    escalation_policy: first
    rules:
      - label: Critical
        if: event.severity matches 'critical'
        then: {priority: P1}
        rules: [{label: Cards, if: event.class matches 'card', then: {note: card}}, {label: Others}]
      - label: Chatter
        if: event.severity matches 'info'
        then: {suppress: true}
"""
CRITICAL = "send: {to: service/api, event: {summary: Down, severity: critical, class: card}}"
RIGHT = f"- name: right\n  {CRITICAL}\n  expect: {{priority: P1, note: card}}\n"
WRONG = f"- name: wrong\n  {CRITICAL}\n  expect: {{service: api, priority: P2}}\n"


def write(cli: Cli, *cases: str, stack: str = STACK) -> None:
    cli.write(f"{stack}tests:\n" + "".join(cases))


@pytest.mark.parametrize("example", ["quickstart.yaml", "tutorial.yaml", "fintech"])
def test_the_examples_pass_and_reach_every_rule(cli, example):
    report = cli("test", str(EXAMPLES / example), "--format", "json").json
    assert (report["failed"], report["unreached_rules"], report["unreachable_rules"]) == (0, [], [])


def test_passed_cases_are_listed_and_rules_that_none_reached(cli):
    write(cli, RIGHT)
    assert cli("test").out == (
        "✓ right\n"
        "\n"
        "No case reached these rules:\n"
        "  service/api rules: Others  pdslack.yaml:11\n"
        "  service/api rules: Chatter  pdslack.yaml:12\n"
        "\n"
        "1 passed, 0 failed; 2 of 4 rules reached\n"
    )
    assert cli("test", "--quiet").out == "1 passed, 0 failed; 2 of 4 rules reached\n"


def test_a_failed_case_tells_its_story_up_to_the_rule_that_decided(cli):
    write(cli, RIGHT, WRONG)
    assert cli("test", "--quiet", code=1).out == (
        "✗ wrong  pdslack.yaml:19\n"
        "├── priority: expected P2, got P1\n"
        "└── service/api rules\n"
        "    └── ✓ Critical: event.severity matches 'critical'"
        "  (event.severity is critical)  pdslack.yaml:8\n"
        "        └── priority = P1\n"
        "1 passed, 1 failed; 2 of 4 rules reached\n"
    )


def test_each_event_of_a_sequence_has_its_own_story(cli):
    write(
        cli,
        "- name: two\n  send:\n"
        "    - {to: service/api, event: {severity: info}, expect: {outcome: incident}}\n"
        "    - {to: service/api, event: {severity: error}, after: 5m}\n"
        "  expect: {priority: P1}\n",
    )
    told = cli("test", "--quiet", code=1).out
    assert "├── event 1 of 2\n│   ├── outcome: expected incident, got suppressed\n" in told
    assert "└── event 2 of 2\n    ├── priority: expected P1, got null\n" in told


def test_rules_that_no_event_can_reach_are_told(cli):
    write(cli, RIGHT, stack=f"{STACK}      - label: All\n      - label: None\n")
    assert (
        "No event can reach these rules:\n  pdslack.yaml:16: never matches: 'All' above takes its events\n"
        in cli("test").out
    )


def test_what_a_green_test_rests_on_is_said(cli):
    reading = "the rules of a nested set see what the rule above it extracted"
    assert f"\n  - {reading} (2 cases)\n" in cli("test", str(EXAMPLES / "fintech")).out
    report = cli("test", str(EXAMPLES / "fintech"), "--format", "json").json
    assert report["unverified"] == {reading: 2}


def test_many_rules_are_told_in_few_lines(cli):
    numbers = range(30)
    services = "".join(f"  s{number}: {{escalation_policy: first}}\n" for number in numbers)
    routes = "".join(f"      - {{if: event.class matches '{n}', to: s{n}}}\n" for n in numbers)
    head = STACK.partition("services:")[0]
    case = "- name: t\n  send: {to: routing/r, event: {class: '25'}}\n  expect: {service: s24}\n"
    write(cli, case, stack=f"{head}services:\n{services}routing:\n  r:\n    routes:\n{routes}")
    told = cli("test", code=1).out
    assert "├── ✗ 13 rules (`pdslack route` shows all)\n    ├── ✗ event.class matches '13'" in told
    assert "and 17 more (`--format json` lists all)" in told
    assert len(told.splitlines()) < 40


def test_programs_get_the_same_as_json(cli):
    write(cli, RIGHT, WRONG)
    report = cli("test", "--format", "json", code=1).json
    assert (report["passed"], report["failed"], report["rules"]) == (1, 1, 4)
    assert report["unreached_rules"][0] == {
        "rule": "service/api rules: Others",
        "file": "pdslack.yaml",
        "line": 11,
    }
    assert report["cases"][1] == {
        "name": "wrong",
        "file": "pdslack.yaml",
        "line": 19,
        "passed": False,
        "failures": [{"event": 1, "field": "priority", "expected": "P2", "got": "P1"}],
    }


def test_junit_has_a_case_for_each_and_the_story_of_a_failure(cli):
    write(cli, RIGHT, WRONG)
    cli("test", "--junit", "report.xml", code=1)
    suite = ET.parse(cli.folder / "report.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    right, wrong = suite.findall("testcase")
    assert (right.find("failure"), wrong.get("line")) == (None, "19")
    failure = wrong.find("failure")
    assert failure is not None
    assert failure.get("message") == "priority: expected P2, got P1"
    assert "✓ Critical" in (failure.text or "")


def test_github_is_told_of_a_failure_at_its_line(cli):
    write(cli, WRONG)
    told = cli("test", "--format", "github", code=1).out
    assert "::error file=pdslack.yaml,line=16,col=3," in told
    assert "wrong: priority: expected P2, got P1" in told


@pytest.mark.parametrize(
    ("files", "words", "names"),
    [
        pytest.param(
            ["pdslack.test.yaml", "more.test.yaml"], [], ["more", "pdslack"], id="beside pdslack.yaml"
        ),
        pytest.param(["shop.test.yml", "more.test.yaml"], ["shop.yaml"], ["shop"], id="beside another file"),
        pytest.param(["a.test.yaml", ".b.test.yaml"], ["."], ["a"], id="in a folder"),
    ],
)
def test_tests_stand_beside_the_files(cli, files, words, names):
    cli.write(STACK, "shop.yaml" if words == ["shop.yaml"] else "pdslack.yaml")
    for file in files:
        cli.write(f"tests:\n- name: {file.strip('.').partition('.')[0]}\n  {CRITICAL}\n", file)
    if words == ["shop.yaml"]:
        (cli.folder / "pdslack.yaml").unlink()
    assert [case["name"] for case in cli("test", *words, "--format", "json").json["cases"]] == names


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(RIGHT.replace("note:", "notes:"), "18:26: unknown key 'notes'", id="a key"),
        pytest.param(RIGHT.replace("P1", "{}"), "18:22: expect.priority", id="a value"),
        pytest.param(RIGHT.replace("service/api", "api"), "17:14: send.to: 'api'", id="a target"),
        pytest.param(
            "- name: empty\n  send: []\n", "17:9: send: at least one is required, got none", id="nothing sent"
        ),
        pytest.param(
            RIGHT.replace("- name", "- time_zone: B\n  name"),
            "16:14: time_zone: 'B' is not a time zone",
            id="a zone",
        ),
    ],
)
def test_a_mistake_in_a_case_is_told_at_its_place(cli, text, told):
    write(cli, text)
    assert f"pdslack.yaml:{told}" in cli("test", code=1).err


def test_a_test_file_holds_tests_alone(cli):
    cli.write(STACK)
    cli.write(f"owner: x\ntests:\n{RIGHT}", "pdslack.test.yaml")
    assert "pdslack.test.yaml:1:1: 'owner' is not allowed in a test file" in cli("test", code=1).err


def test_a_target_that_is_not_there_is_refused(cli):
    write(cli, RIGHT.replace("service/api", "service/apy"))
    assert "unknown service 'apy'" in cli("test", code=1).err


def test_a_stack_without_tests_is_told_so(cli):
    cli.write(STACK)
    assert "no tests found" in cli("test", code=1).err


def test_a_junit_file_that_cannot_be_written_is_told(cli):
    write(cli, RIGHT)
    assert "cannot write no/report.xml" in cli("test", "--junit", "no/report.xml", code=1).err


@pytest.mark.slow
def test_watching_runs_again_when_a_file_changes(cli):
    write(cli, RIGHT)
    environ = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"}
    watch = subprocess.Popen(
        [sys.executable, "-m", "pdslack_cli.cli.main", "test", "--watch", "--quiet"],
        cwd=cli.folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    too_long = threading.Timer(60, watch.kill)  # what never comes is a failure, not a wait for ever
    too_long.start()
    with watch:
        assert watch.stdout is not None
        try:
            assert watch.stdout.readline().startswith("1 passed, 0 failed")
            write(cli, "broken")
            # A file that is being written may be seen while it is still empty.
            assert any("has no 'key: '" in line for line in watch.stdout)
            write(cli, WRONG)
            assert any(line.startswith("0 passed, 1 failed") for line in watch.stdout)
            watch.send_signal(signal.SIGINT)
            assert watch.wait(30) == 130
        finally:
            too_long.cancel()
            watch.kill()
