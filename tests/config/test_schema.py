"""The schema that editors check with: it takes what we take, and refuses what is plainly wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from pdslack_cli.config.schema import json_schema
from tests.config.plain import read, schema_checker

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").rglob("*.yaml"))


@pytest.fixture
def checker() -> jsonschema.Draft202012Validator:
    return schema_checker()


def described(node: Any, path: str = "") -> Iterator[tuple[str, bool]]:
    """Every field anywhere in a schema, and whether something is said about it."""
    if isinstance(node, dict):
        fields = node.get("properties")
        for name, field in fields.items() if isinstance(fields, dict) else ():
            yield f"{path} {name}", bool(field.get("description"))
        for key, value in node.items():
            yield from described(value, f"{path}/{key}")
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from described(value, f"{path}/{place}")


@pytest.mark.slow
def test_every_field_has_a_description() -> None:
    fields = dict(described(json_schema()))
    assert len(fields) > 300
    assert [field for field, has in fields.items() if not has] == []


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_example_fits_the_schema(file: Path, checker: jsonschema.Draft202012Validator) -> None:
    for plain in (read(file.read_text()), yaml.safe_load(file.read_text())):  # dates as text, and as dates
        assert [error.message for error in checker.iter_errors(plain)] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("bases: {services: {std: {urgency: high}}}", id="a base is a part"),
        pytest.param("services: {a: {like: std, name: A}}", id="an entry whose base holds the rest"),
        pytest.param("defaults: {services: {escalation_policy: x}}\nservices: {a: }", id="an empty entry"),
        pytest.param("schedules: {a: {create_only: [layers]}}", id="create_only"),
        pytest.param("each: [{rows: a.csv, as: a, services: {'${a.n}': {urgency: '${a.u}'}}}]", id="each"),
        pytest.param("each: [{rows: [a], as: a, when: {a: 1}, x-b: 1, tests: []}]", id="each with all words"),
        pytest.param("services: {theirs: {lookup: true}}", id="looked up"),
        pytest.param("defaults:\nservices:\nvars:\n", id="empty sections"),
    ],
)
def test_what_we_take_fits_the_schema(text: str, checker: jsonschema.Draft202012Validator) -> None:
    assert [error.message for error in checker.iter_errors(read(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("servces: {}", id="unknown section"),
        pytest.param("services: {a: {escalation_polic: x}}", id="unknown field"),
        pytest.param("services: {A B: {}}", id="key that cannot be"),
        pytest.param("defaults: {services: {urgncy: high}}", id="unknown field of defaults"),
        pytest.param("bases: {services: {std: {urgncy: high}}}", id="unknown field of a base"),
        pytest.param("each: [{rows: a.csv, services: {}}]", id="each without as"),
        pytest.param("each: [{rows: a.csv, as: a, servces: {}}]", id="unknown section to repeat"),
        pytest.param("services: {a: {create_only: layers}}", id="create_only that is no list"),
    ],
)
def test_what_is_plainly_wrong_does_not(text: str, checker: jsonschema.Draft202012Validator) -> None:
    assert not checker.is_valid(read(text))
