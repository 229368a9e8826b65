"""The schema and the reader agree: what one takes the other takes, and a value of a wrong form neither."""

from __future__ import annotations

import copy
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.config.load import load
from pdslack_cli.config.schema import json_schema
from pdslack_cli.errors import ConfigError
from tests.config.plain import dump, read, schema_checker
from tests.config.test_mutations import ODD, STACKS, TIMES, at, places
from tests.conftest import examples

CHECKER = schema_checker()
HEAD = "owner: x\nslack: {workspace: T0X}\npeople: {m: m@x.example}\n"
POLICY = "escalation_policies: {p: {levels: [{notify: [person/m]}]}}\n"
MORE_ODD = [
    *["Mon-Fri", "mon, Tue", "17:00", "15 m", "yes", "ON", "2026-01-05", "2026-01-05T09:00:00Z", "service/x"],
    *[1, 5, 1020, ["mon", "Tue"], ["a"], [{"name": "x"}], {"x": 1}, {"rows": []}, ["${x}"]],
]
# Longer numbers are text to our reader, and numbers to others.
VALUES = [value for value in (*ODD, *MORE_ODD) if not isinstance(value, int) or abs(value) < 10**18]
FORM = re.compile(r": expected .*, got |unknown key |must be (one of|a mapping)|^expected ")


def test_the_stacks_that_are_changed_are_right(tmp_path: Path) -> None:
    for text in (*STACKS[:2], STACKS[3], TIMES):
        assert refusals(tmp_path, text) == []


def refusals(folder: Path, text: str) -> Sequence[str]:
    file = folder / "pdslack.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        load([file], {})
    except ConfigError as error:
        return [problem.message for problem in error.problems]
    return []


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@st.composite
def changed(draw: st.DrawFn) -> str:
    """A stack of which one value is replaced, put in a list, or has an unknown key."""
    data = read(draw(st.sampled_from([*STACKS[:2], STACKS[3], TIMES])))
    *parent, step = draw(st.sampled_from(list(places(data))))
    holder = at(data, tuple(parent))
    change = draw(st.sampled_from(["replace", "replace", "wrap", "unknown key"]))
    if change == "wrap":
        holder[step] = [holder[step]]
    elif change == "unknown key" and isinstance(holder[step], dict):
        holder[step]["unknwn"] = 1
    else:
        holder[step] = copy.deepcopy(draw(st.sampled_from(VALUES)))
    return dump(data, allow_unicode=True, sort_keys=False)


def schedule(layer: str) -> str:
    return f"schedules: {{s: {{time_zone: Etc/UTC, layers: [{{rotate: 1w, people: [m], {layer}}}]}}}}"


@pytest.mark.slow
@examples(150)
@given(text=changed())
def test_schema_and_reader_agree(folder: Path, text: str) -> None:
    messages = refusals(folder, text)
    fits = CHECKER.is_valid(read(text))
    if not messages:
        assert fits, [error.message for error in CHECKER.iter_errors(read(text))]
    elif any(FORM.search(message) for message in messages if not message.startswith("event.")):
        assert not fits, messages


@pytest.mark.parametrize("key", ["people", "services", "tests"])
def test_a_section_that_is_an_undefined_variable_has_this_problem_only(tmp_path: Path, key: str) -> None:
    assert refusals(tmp_path, f"owner: x\n{key}: ${{x}}\n") == ["undefined variable 'x'"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"services: {{a: {{escalation_policy: p, {field}}}}}", id=field)
        for field in (
            "auto_resolve_timeout: 1h30m",
            "auto_resolve_timeout: 2 hours",
            "auto_resolve_timeout: never",
            "auto_resolve_timeout: null",
            "protect: '${x:-yes}'",
            "auto_resolve_timeout: '${x:-4h}'",
            "exact: yes",
            "support_hours: {time_zone: Europe/Berlin, days: 'Mon-fri, sun', from: 09:00, to: '24:00'}",
            "support_hours: {time_zone: Etc/UTC, days: [mon, sat-sun], from: 10:00, to: 17:00:00}",
            "support_hours: {time_zone: Pacific Time (US & Canada), days: all, from: 10:00, to: 17:00}",
            "integrations: [events-api-v2, Datadog, {name: CI, type: events-api-v2}]",
            "rules: [{if: [], then: {set: {event.summary: {from: event.source}}}}]",
        )
    ]
    + [
        pytest.param(text, id=text)
        for text in (
            "services: {a: {escalation_policy: escalation_policy/p}}",
            "services: {a: {escalation_policy: '${policy:-p}', rules: '${rules:-}'}}\nvars: {rules: []}",
            schedule("start: 2026-01-05T09:00"),
            schedule("start: 2026-01-05 09:00:00, only: [{from: FRI 17:00, to: mon 09:00}]"),
            schedule("start: 2026-01-05 09:00, only: [{days: mon-fri, from: 17:00, to: 08:00}]"),
            "channels: {c: {members: [m, person/m], bookmarks: {Runbook: https://x.example/a}}}",
            "channels: {c: {private: yes}}",
            "channels: {c: {topic: null, bookmarks: null, members: null}}",
            "tests: [{name: a, now: 2026-01-05, send: {to: service/a, event: {}, after: 5m}}]\n"
            "services: {a: {escalation_policy: p}}",
            "tests: [{name: a, now: 2026-01-05T09:00:00Z, send: [{to: service/a, event: {}}]}]\n"
            "services: {a: {escalation_policy: p}}",
            "webhooks: {w: {url: https://x.example/, from: account, events: [incident.*]}}",
        )
    ],
)
def test_accepted_spellings_fit_for_every_yaml_library(tmp_path: Path, text: str) -> None:
    whole = HEAD + POLICY + text + "\n"
    assert refusals(tmp_path, whole) == []
    for plain in (read(whole), yaml.safe_load(whole)):
        assert [error.message for error in CHECKER.iter_errors(plain)] == []


def defaults(node: Any) -> Iterator[Any]:
    """Every part of a schema that has a default value."""
    if isinstance(node, dict):
        if "default" in node and not isinstance(node["default"], dict):
            yield node
        for value in node.values():
            yield from defaults(value)
    elif isinstance(node, list):
        for value in node:
            yield from defaults(value)


@pytest.mark.slow
def test_every_default_is_one_that_a_file_may_hold() -> None:
    schema = json_schema()
    found = list(defaults({key: schema[key] for key in ("properties", "$defs")}))
    assert len(found) > 30
    for part in found:
        jsonschema.Draft202012Validator({**part, "$defs": schema["$defs"]}).validate(part["default"])
