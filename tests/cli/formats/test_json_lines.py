"""`--format jsonl`: every line is an event as Terraform's machine-readable UI has them."""

from __future__ import annotations

import json
from functools import cache

import jsonschema
import pytest

from pdslack_cli.cli.options import RunFormat
from pdslack_cli.sandbox.faults import Fault
from tests.cli.conftest import STACK, Done
from tests.cli.formats.test_json_everywhere import BROKEN

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}


def strict(**properties: object) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


RESOURCE = strict(
    addr=TEXT,
    module={"const": ""},
    resource=TEXT,
    implied_provider={"enum": ["pagerduty", "slack"]},
    resource_type=TEXT,
    resource_name=TEXT,
    resource_key={"type": "null"},
)
DOING = {"enum": ["create", "update", "delete", "import", "remove"]}
HOOK = strict(resource=RESOURCE, action=DOING)
KEPT = {"id_key": {"const": "id"}, "id_value": TEXT}


def hook(**more: object) -> dict[str, object]:
    return {
        **HOOK,
        "properties": {**HOOK["properties"], **KEPT, **more},
        "required": [*HOOK["required"], *more],
    }


CHANGE = strict(resource=RESOURCE, action={"enum": [*DOING["enum"], "replace"]})
CHANGE["properties"] |= {"reason": TEXT, "importing": strict(id=TEXT)}
DIAGNOSTIC = {
    "type": "object",
    "properties": {"severity": {"enum": ["error", "warning"]}, "summary": TEXT, "detail": TEXT},
    "required": ["severity", "summary", "detail"],
}
COUNTED = ("import", "add", "change", "remove", "archive", "disable")
OPERATION = {"enum": ["plan", "apply", "destroy"]}
OUTPUT = strict(sensitive={"const": False}, type={"const": "string"}, value=TEXT)
EVENTS = {
    "version": {"pdslack": TEXT, "ui": TEXT},
    "planned_change": {"change": CHANGE},
    "change_summary": {"changes": strict(**dict.fromkeys(COUNTED, COUNT), operation=OPERATION)},
    "apply_start": {"hook": hook()},
    "apply_progress": {"hook": hook(elapsed_seconds=COUNT)},
    "apply_complete": {"hook": hook(elapsed_seconds=COUNT)},
    "apply_errored": {"hook": hook(elapsed_seconds=COUNT)},
    "diagnostic": {"diagnostic": DIAGNOSTIC},
    "outputs": {"outputs": {"type": "object", "additionalProperties": OUTPUT}},
}
COMMON = {
    "@level": {"enum": ["info", "warn", "error"]},
    "@message": {"type": "string", "minLength": 1},
    "@module": {"const": "pdslack.ui"},
    "@timestamp": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00$"},
}


@cache
def checker(type_: str) -> jsonschema.Draft202012Validator:
    schema = strict(**COMMON, type=TEXT, **EVENTS[type_])
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def events(done: Done) -> list[dict]:
    found = [json.loads(line) for line in done.out.splitlines()]
    for event in found:
        checker(event["type"]).validate(event)
    assert [event["type"] for event in found].index("version") == 0
    return found


def types(found: list[dict]) -> list[str]:
    return [event["type"] for event in found]


@pytest.mark.slow
def test_a_plan_is_its_changes_and_their_sum(cli):
    found = events(cli("plan", "--sandbox", "--format", "jsonl"))
    assert types(found) == ["version", *["planned_change"] * 3, "change_summary"]
    assert {event["change"]["action"] for event in found[1:-1]} == {"create"}
    assert found[-1]["changes"] == {**dict.fromkeys(COUNTED, 0), "add": 3, "operation": "plan"}


@pytest.mark.slow
def test_an_apply_tells_each_step_as_it_goes(cli):
    found = events(cli("apply", "--sandbox", "--yes", "--format", "jsonl"))

    told = types(found)
    assert told[-2:] == ["change_summary", "outputs"]
    assert found[-2]["changes"]["operation"] == "apply"
    assert told.count("apply_start") == told.count("apply_complete") == 3
    for one in (event for event in found if event["type"] == "apply_complete"):
        began = [e["hook"]["resource"] for e in found[: found.index(one)] if e["type"] == "apply_start"]
        assert one["hook"]["resource"] in began
    assert set(found[-1]["outputs"]) == {"team/payments", "channel/incidents", "notification_rule/payments"}


@pytest.mark.slow
def test_a_destroy_is_told_in_the_same_way(cli):
    cli("apply", "--sandbox", "--yes")
    found = events(cli("destroy", "--sandbox", "--yes", "--format", "jsonl"))
    counted = {**dict.fromkeys(COUNTED, 0), "remove": 2, "archive": 1}
    assert found[-2]["changes"] == {**counted, "operation": "destroy"}
    done = [event["hook"] for event in found if event["type"] == "apply_complete"]
    assert {hook["action"] for hook in done} == {"delete"}
    assert all(hook["id_value"] for hook in done)


@pytest.mark.slow
def test_what_takes_the_place_of_another_has_not_its_id(cli):
    hooks = "webhooks: {w: {from: account, url: 'https://acme.example/%s', events: [incident.triggered]}}\n"
    cli.write(STACK + hooks % "a")
    cli("apply", "--sandbox", "--yes")
    cli.write(STACK + hooks % "b")
    found = events(cli("apply", "--sandbox", "--yes", "--format", "jsonl"))
    told = [event["hook"] for event in found if event["type"] in {"apply_start", "apply_complete"}]
    assert {hook["action"]: "id_value" in hook for hook in told} == {"create": False, "delete": True}


@pytest.mark.slow
def test_a_failed_step_is_an_error_and_what_needed_it_a_warning(accounts):
    accounts.sandbox.faults.add(Fault("403", provider="pagerduty", method="POST", path="^/teams$"))
    found = events(accounts.cli("apply", "--yes", "--format", "jsonl", code=1))
    assert "apply_errored" in types(found)
    severities = [event["diagnostic"]["severity"] for event in found if event["type"] == "diagnostic"]
    assert severities == ["error", "warning"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["plan"], BROKEN),
        (["plan"], "a: ["),
        (["plan"], STACK),  # without a token
        (["apply", "--sandbox"], STACK),  # nobody can confirm
        (["apply", "--sandbox", "--yes", "--expect", "0"], STACK),
        (["destroy", "--sandbox"], BROKEN),
        (["plan", "--no-such-flag"], STACK),
        (["apply", "--max-deletes", "many"], STACK),
    ],
)
def test_whatever_is_wrong_is_a_diagnostic(cli, words, text):
    cli.write(text)
    found = events(cli(*words, "--format", "jsonl", code=1))
    assert found[-1]["type"] == "diagnostic"
    assert found[-1]["diagnostic"]["severity"] == "error"


def test_an_environment_that_asks_for_events_leaves_other_commands_alone(cli, monkeypatch):
    monkeypatch.setenv("PDSLACK_FORMAT", "jsonl")
    assert events(cli("plan", "--sandbox"))
    assert cli("validate").out.startswith("Success!")


@pytest.mark.slow
def test_a_step_that_takes_long_gives_signs_of_life(accounts, monkeypatch):
    monkeypatch.setattr("pdslack_cli.cli.views.json_lines.STILL_RUNNING", 0.1)
    accounts.sandbox.faults.add(Fault("slow", "pagerduty", "POST", "^/teams$", seconds=1))
    found = events(accounts.cli("apply", "--yes", "--format", "jsonl"))
    running = [event["hook"]["resource"]["addr"] for event in found if event["type"] == "apply_progress"]
    assert "team/payments" in running


@pytest.mark.slow
def test_marking_commands_and_a_shown_plan_are_events_as_well(cli):
    cli("plan", "--sandbox", "--out", "plan.json")
    shown = events(cli("show", "plan.json", "--format", "jsonl"))
    assert types(shown) == types(events(cli("plan", "--sandbox", "--format", "jsonl")))

    cli("apply", "--sandbox", "--yes")
    for command, action, imports in (("release", "remove", 0), ("adopt", "import", 1)):
        found = events(cli(command, "team/payments", "--sandbox", "--yes", "--format", "jsonl"))
        done = [event["hook"] for event in found if event["type"] == "apply_complete"]
        assert [(hook["resource"]["addr"], hook["action"]) for hook in done] == [("team/payments", action)]
        sums = [event["changes"]["import"] for event in found if event["type"] == "change_summary"]
        assert sums[-1] == imports
    refused = events(cli("rotate", "team/payments", "--sandbox", "--yes", "--format", "jsonl", code=1))
    assert refused[-1]["type"] == "diagnostic"


@pytest.mark.slow
@pytest.mark.parametrize("format_", [*RunFormat])
def test_no_format_of_the_environment_breaks_a_command(cli, monkeypatch, format_):
    cli("apply", "--sandbox", "--yes")
    monkeypatch.setenv("PDSLACK_FORMAT", format_)
    for words in (
        ["validate"],
        ["test"],
        ["plan", "--sandbox"],
        ["output", "--sandbox"],
        ["doctor", "--sandbox"],
        ["list", "priorities", "--sandbox"],
        ["graph"],
        ["coverage", "--sandbox"],
        ["explain", "team"],
        ["fmt", "--check"],
        ["version"],
        ["schema"],
        ["route", "--to", "team/payments", "{}"],
        ["export", "--sandbox", "--owner", "other"],
        ["init"],
    ):
        done = cli(*words, code=None)
        assert "is not one of" not in done.err + done.out, (words, done)
        assert "PDSLACK_FORMAT" not in done.err + done.out, (words, done)


def test_a_format_that_a_command_does_not_have_is_refused_with_those_that_work(cli):
    err = cli("validate", "--format", "jsonl", code=1).err
    assert all(word in err for word in ("jsonl", "text", "json", "markdown", "github")), err
