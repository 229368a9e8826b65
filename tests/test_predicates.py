"""The quick judgement of a value is that of the library, or asks for it."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.predicates import Predicates

DEFINITIONS = {
    "name": {"type": "string", "minLength": 2, "maxLength": 4},
    "tree": {"type": "object", "properties": {"below": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}},
}
SCHEMAS: list[Any] = [
    True,
    False,
    {},
    *({"type": name} for name in ("null", "boolean", "integer", "number", "string", "array", "object")),
    {"enum": ["a", 1, None]},
    {"type": "string", "pattern": "^a"},
    {"minimum": 1, "maximum": 2},
    {"minItems": 1, "maxItems": 1},
    {"items": {"type": "string"}},
    {"required": ["a"], "properties": {"a": {"type": "string"}}},
    {"if": {"type": "null"}, "else": {"type": "string"}},
    {"anyOf": [{"type": "string"}, {"type": "array"}]},
    {"allOf": [{"type": "string"}, {"enum": ["a", "b"]}]},
    {"$ref": "#/$defs/name"},
    {"$ref": "#/$defs/tree"},
]
ASKED = [{"uniqueItems": True}, {"exclusiveMinimum": 1}, {"if": {"type": "string"}, "else": {"type": "null"}}]
"""Schemas of which the functions leave all to the library."""

VALUES: list[Any] = [
    None, True, False, 0, 1, 2, 3, 1.5, "", "a", "ab", "b", "abcde", [], ["a"], [1], ["a", "a"], {},
    {"a": "x"}, {"a": None}, {"b": 1}, {"below": [{"below": []}]}, {"below": [{"below": 1}]},
]  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_what_passes_is_what_is_valid(schema: Any) -> None:
    whole = {"allOf": [schema], "$defs": DEFINITIONS}
    passes, validator = Predicates(DEFINITIONS).of(schema), Draft202012Validator(whole)
    assert [value for value in VALUES if passes(value)] == [
        value for value in VALUES if validator.is_valid(value)
    ]


@pytest.mark.parametrize("schema", ASKED, ids=str)
def test_what_the_functions_do_not_know_passes_none(schema: Any) -> None:
    passes = Predicates({}).of(schema)
    assert not any(passes(value) for value in VALUES)
