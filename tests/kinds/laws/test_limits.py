"""Vendor limits of texts, lists and numbers: known before an apply, exactly as the vendors document them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest
import yaml

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.config import reference
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.report import StepOutcome
from pdslack_cli.errors import ConfigError, Severity
from pdslack_cli.sandbox.server import Sandbox
from tests.config.plain import dump, read
from tests.support.contract import SCHEMAS
from tests.support.factories import stack
from tests.support.runs import Runner

HEAD = """\
owner: acme
slack: {workspace: T0ACME}
people: {maya: maya@acme.example}
escalation_policies: {ep: {levels: [{notify: [person/maya]}]}}
services: {api: {escalation_policy: ep}}
"""
LAYER = "{start: 2026-01-05T09:00:00, rotate: 1 week, people: [maya]"


def told(text: str) -> list[tuple[Severity, str]]:
    """What is wrong with a stack, or may be, without its place."""
    data = yaml.safe_load(HEAD)
    for section, entries in read(text).items():
        data[section] = {**data.get(section, {}), **entries}
    try:
        found = lint_stack(stack(dump(data)))
    except ConfigError as error:
        return [(problem.severity, problem.message) for problem in error.problems]
    return [(problem.severity, problem.message) for problem in found if not problem.lint]


LONG = "x" * 300
BRIDGE = "pagerduty.com:incident-workflows:add-conference-bridge:1"
SERVICE = "escalation_policy: ep"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(f"teams: {{t: {{name: {LONG}}}}}", "name: must have at most 100", id="team"),
        pytest.param(
            f"teams: {{t: {{description: {LONG * 4}}}}}",
            "description: must have at most 1024",
            id="of a team",
        ),
        pytest.param(
            f"services: {{s: {{{SERVICE}, name: {LONG}}}}}",
            "name: must have at most 255",
            id="service",
        ),
        pytest.param(
            f"services: {{s: {{{SERVICE}, integrations: [{{name: {LONG}, type: events-api-v2}}]}}}}",
            "integrations.name: must have at most 255",
            id="integration",
        ),
        pytest.param(f"channels: {{c: {{topic: {LONG}}}}}", "topic: must have at most 250", id="topic"),
        pytest.param(f"channels: {{c: {{purpose: {LONG}}}}}", "purpose: must have at most 250", id="purpose"),
        pytest.param(f"channels: {{c: {{name: {LONG}}}}}", "refuses the channel name", id="channel"),
        pytest.param(
            f"services: {{s: {{{SERVICE}, rules: [{{then: {{run: [A, B]}}}}]}}}}",
            "run: must have at most 1 item",
            id="automation actions of a rule",
        ),
        pytest.param(
            f"services: {{s: {{{SERVICE}, alert_grouping: {{by: content, fields: [clas], window: 10m}}}}}}",
            "'clas' is not a field of alerts",
            id="field of a grouping",
        ),
        pytest.param(f"people: {{p: {LONG}@acme.example}}", "must have at most 100 characters", id="person"),
    ],
)
def test_what_is_above_a_documented_limit_is_an_error(text, message):
    found = told(text)
    assert any(message in words for severity, words in found if severity is Severity.ERROR), found


@pytest.mark.parametrize(
    ("text", "field"),
    [
        pytest.param(
            f"schedules: {{s: {{name: {LONG}, time_zone: Etc/UTC, layers: [{LAYER}}}]}}}}",
            "name",
            id="schedule",
        ),
        pytest.param(
            f"schedules: {{s: {{time_zone: Etc/UTC, layers: [{LAYER}, name: {LONG}}}]}}}}",
            "layers.name",
            id="layer",
        ),
        pytest.param(
            f"escalation_policies: {{e: {{name: {LONG}, levels: [{{notify: [person/maya]}}]}}}}",
            "name",
            id="escalation policy",
        ),
        pytest.param(f"routing: {{r: {{name: {LONG}}}}}", "name", id="orchestration"),
        pytest.param(f"routing: {{r: {{integrations: [A, {LONG}]}}}}", "integrations", id="label of a key"),
        pytest.param(
            f"services: {{s: {{{SERVICE}, rules: [{{label: {LONG}, then: {{severity: info}}}}]}}}}",
            "rules.label",
            id="rule",
        ),
        pytest.param(
            f"routing: {{r: {{routes: [{{label: {LONG}, if: event.source exists, to: api}}]}}}}",
            "routes.label",
            id="route",
        ),
        pytest.param(f"workflows: {{w: {{name: {LONG}}}}}", "name", id="workflow"),
        pytest.param(
            f"workflows: {{w: {{steps: [{{name: {LONG}, action: '{BRIDGE}'}}]}}}}",
            "steps.name",
            id="step",
        ),
    ],
)
def test_a_long_name_without_a_documented_limit_is_a_warning(text, field):
    message = f"{field} has 300 characters, and PagerDuty may refuse more than 255"
    assert told(text) == [(Severity.WARNING, message)]
    assert told(text.replace(LONG, "x" * 255)) == []


# --- what validate passes, the vendors take ----------------------------------------------------------


Path = tuple[str | int, ...]


def texts(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of all texts in the data."""
    if isinstance(value, str):
        yield path
    for step, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from texts(inner, (*path, step))


def replaced(data: Any, path: Path, value: str) -> Any:
    if not path:
        return value
    step, *rest = path
    if isinstance(data, dict):
        return {**data, step: replaced(data[step], tuple(rest), value)}
    return [*data[:step], replaced(data[step], tuple(rest), value), *data[step + 1 :]]


def sample() -> dict[str, Any]:
    """A stack with every field of every section, without what a test of limits has no use for."""
    data = read(files(reference).joinpath("sample.yaml").read_text(encoding="utf-8"))
    for section in ("tests", "each", "vars", "priority"):
        del data[section]
    del data["channels"]["payments-incidents"]["canvas"]  # which is the name of a file
    data["services"]["platform-api"] = {"lookup": True}  # by its name, since a new account has other ids
    return data


@pytest.mark.slow
def test_every_text_that_is_valid_is_taken_by_the_vendors():
    free = [*texts(sample())]
    # A text that may not have one length may not have a greater one; most are words and may have none.
    for length, together in ((101, 4), (256, 8), (1025, 16), (5000, 32)):
        free, wanted = lengthened(not_refused(free, length), length, together)
        assert free, length
        with Sandbox() as sandbox:
            runner = Runner(sandbox)
            runner.seed(wanted)
            report = runner.apply(wanted)
        assert [str(result.error) for result in report.of(StepOutcome.FAILED)] == [], length


def not_refused(paths: list[Path], length: int) -> list[Path]:
    """The texts that are neither where a problem is nor the name of another object if all are that long."""
    data = sample()
    for number, path in enumerate(paths):
        data = replaced(data, path, longer(number, length))
    lines = json.dumps(data, indent=1).splitlines()  # a line for each text
    try:
        found = stack("\n".join(lines))
    except ConfigError as refused:
        problems, referred = refused.problems, ""
    else:
        problems = tuple(problem for problem in lint_stack(found) if not problem.lint)
        referred = "\n".join(map(str, found.referred))
    places = [problem.location.line for problem in problems if problem.location]
    wrong = "\n".join([*(lines[line - 1] for line in places), referred])
    left = [path for number, path in enumerate(paths) if longer(number, length) not in wrong]
    return left if left == paths else not_refused(left, length)  # some problems hide others


def longer(number: int, length: int) -> str:
    """A text of that length, unlike any other."""
    return f"{number}".ljust(length, "x")


def lengthened(paths: list[Path], length: int, together: int) -> tuple[list[Path], Stack]:
    """The texts that may have that length, and the sample in which each of them has it.

    So many are tried at once, and by halves where one of them may not.
    """
    data, taken, numbered = sample(), [], [*enumerate(paths)]
    wanted = stack(json.dumps(data))  # which is YAML, and written ten times as fast
    groups = [numbered[first : first + together] for first in range(0, len(numbered), together)][::-1]
    while groups:
        group, changed = groups.pop(), data
        for number, path in group:
            changed = replaced(changed, path, longer(number, length))
        if found := as_wanted(changed, wanted):
            data, wanted = changed, found
            taken += [path for _, path in group]
        elif half := len(group) // 2:
            groups += [group[half:], group[:half]]
    return taken, wanted


def as_wanted(data: Any, wanted: Stack) -> Stack | None:
    """The stack of the data, if it is valid and has the references and the owner that are wanted."""
    try:
        found = stack(json.dumps(data))
    except ConfigError:
        return None
    # Words of the account are whatever the account has.
    same = (found.referred, found.owner) == (wanted.referred, wanted.owner)
    return found if same and all(problem.lint for problem in lint_stack(found)) else None


# --- the limits of PagerDuty's own schema ------------------------------------------------------------

KEYWORDS = ("maxLength", "maximum", "minimum", "pattern", "maxItems", "minItems")
OURS = {
    "/teams": "team",
    "/schedules": "schedule",
    "/escalation_policies": "escalation_policy",
    "/services": "service",
    "/services/{id}/integrations": "integration",
    "/alert_grouping_settings": "alert_grouping_setting",
    "/event_orchestrations": "orchestration",
    "/event_orchestrations/{id}/integrations": "integration",
    "/webhook_subscriptions": "webhook_subscription",
    "/incident_workflows": "incident_workflow",
    "/incident_workflows/triggers": "trigger",
}
"""The objects that we create, by path."""

NEVER_SENT = {
    "service.alert_grouping_parameters": "deprecated: alert grouping settings are used instead",
    "integration.email_parsers": "not in our integrations",
    "integration.email_filters": "not in our integrations",
    "webhook_subscription.filter": "made from a reference",
    "escalation_policy.teams": "at most one, from a reference",
}


def grouping(window: str) -> str:
    return f"services: {{s: {{escalation_policy: ep, alert_grouping: {window}}}}}"


def people(count: int) -> str:
    keys = [f"p{number}" for number in range(count)]
    levels = f"[{{notify: [{', '.join(f'person/{key}' for key in keys)}]}}]"
    addresses = ", ".join(f"{key}: {key}@acme.example" for key in keys)
    return f"people: {{{addresses}}}\nescalation_policies: {{e: {{levels: {levels}}}}}"


WRITTEN: dict[tuple[str, str], Callable[[int], str]] = {
    ("team.name", "maxLength"): lambda n: f"teams: {{t: {{name: {'x' * n}}}}}",
    # The mark takes part of the room.
    ("team.description", "maxLength"): lambda n: (
        f"teams: {{t: {{description: {'x' * (n if n > 1024 else n - 100)}}}}}"
    ),
    ("escalation_policy.escalation_rules[].targets", "maxItems"): people,
    ("escalation_policy.escalation_rules[].targets", "minItems"): people,
    ("escalation_policy.num_loops", "minimum"): lambda n: (
        f"escalation_policies: {{e: {{repeat: {n}, levels: [{{notify: [person/maya]}}]}}}}"
    ),
    ("alert_grouping_setting.config.timeout", "maximum"): lambda n: grouping(f"{{by: time, window: {n}s}}"),
    ("alert_grouping_setting.config.timeout", "minimum"): lambda n: grouping(f"{{by: time, window: {n}s}}"),
    ("alert_grouping_setting.config.time_window", "maximum"): lambda n: grouping(
        f"{{by: intelligent, window: {n}s}}"
    ),
    ("alert_grouping_setting.config.time_window", "minimum"): lambda n: grouping(
        f"{{by: intelligent, window: {n}s}}"
    ),
    ("schedule.schedule_layers[].restrictions[].start_day_of_week", "maximum"): lambda n: (
        f"schedules: {{s: {{time_zone: Etc/UTC, layers: [{LAYER}, "
        f'only: [{{days: [{n}], from: "09:00", to: "17:00"}}]}}]}}}}'
    ),
    ("schedule.schedule_layers[].restrictions[].start_day_of_week", "minimum"): lambda n: (
        f"schedules: {{s: {{time_zone: Etc/UTC, layers: [{LAYER}, "
        f'only: [{{days: [{n}], from: "09:00", to: "17:00"}}]}}]}}}}'
    ),
    ("webhook_subscription.events", "minItems"): lambda n: (
        f"webhooks: {{w: {{url: 'https://a.example', from: account, events: {['incident.triggered'] * n}}}}}"
    ),
}
"""A stack with a value of that size, for each limit of a field that we write."""


def limits(
    document: Any, schema: Any, path: str, seen: frozenset[str] = frozenset()
) -> Iterator[tuple[str, str, Any]]:
    """Every limit of a schema: the path of the field, the keyword, and the value."""
    while "$ref" in schema:
        if schema["$ref"] in seen:
            return
        seen |= {schema["$ref"]}
        target = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[int(step)] if isinstance(target, list) else target[step.replace("~1", "/")]
        schema = target
    if schema.get("readOnly"):
        return
    yield from ((path, keyword, schema[keyword]) for keyword in KEYWORDS if keyword in schema)
    for form in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from limits(document, form, path, seen)
    for name, inner in schema.get("properties", {}).items():
        yield from limits(document, inner, f"{path}.{name}".lstrip("."), seen)
    if "items" in schema:
        yield from limits(document, schema["items"], f"{path}[]", seen)


def documented() -> dict[tuple[str, str], Any]:
    """The limits of all fields that we may write, by field and keyword."""
    path = SCHEMAS / "pagerduty-rest.json"
    if not path.exists():
        pytest.skip("PagerDuty's schema is not at hand")
    document = json.loads(path.read_text(encoding="utf-8"))
    found = {}
    for operation in OURS:
        content = document["paths"][operation]["post"]["requestBody"]["content"]
        for each in content.values():
            for field, keyword, value in limits(document, each["schema"], ""):
                found[field, keyword] = value
    return found


def test_every_limit_of_the_schema_is_ours_too():
    for (field, keyword), value in documented().items():
        if any(field.startswith(never) for never in NEVER_SENT):
            continue
        build = WRITTEN[field, keyword]  # a new limit of the schema needs a row
        beyond = value + (1 if keyword.startswith("max") else -1)
        assert told(build(value)) == [], f"{field}: {keyword} {value}"
        severities = {severity for severity, _ in told(build(beyond))}
        assert Severity.ERROR in severities, f"{field}: {keyword} {beyond}"
