"""JSON Schemas as functions that say quickly that a value is valid.

A library walks through a schema for every value anew, which took a third of the time of the tests of the
sandbox. What these functions let pass is valid; whether what they do not let pass is wrong, and why, the
library says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Predicate = Callable[[Any], bool]

TYPES: dict[str, Predicate] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


class Predicates:
    """The functions of a document; schemas in `definitions` refer to each other, and to themselves."""

    def __init__(self, definitions: Json) -> None:
        self._definitions = definitions
        self._known: dict[str, Predicate] = {}

    def of(self, schema: Any) -> Predicate:
        """What lets pass only what the schema does."""
        if not isinstance(schema, dict):
            return lambda value: schema is True
        if schema.keys() == {"$ref"}:
            return self._referred(schema["$ref"].removeprefix("#/$defs/"))
        checks = [self._check(keyword, argument, schema) for keyword, argument in schema.items()]
        match checks:
            case []:
                return lambda value: True
            case [check]:
                return check
        return lambda value: all(check(value) for check in checks)

    def _referred(self, name: str) -> Predicate:
        def check(value: Any) -> bool:
            if name not in self._known:
                self._known[name] = self.of(self._definitions[name])
            return self._known[name](value)

        return check

    def _check(self, keyword: str, argument: Any, schema: Json) -> Predicate:
        match keyword:
            case "type" if isinstance(argument, str):
                return TYPES[argument]
            case "enum":
                return lambda value: any(type(value) is type(one) and value == one for one in argument)
            case "allOf" | "anyOf":
                choices, among = [self.of(one) for one in argument], all if keyword == "allOf" else any
                return lambda value: among(choice(value) for choice in choices)
            case "items":
                element = self.of(argument)
                return lambda value: not isinstance(value, list) or all(map(element, value))
            case "properties":
                return self._properties(argument)
            case "required":
                return lambda value: not isinstance(value, dict) or all(name in value for name in argument)
            case "else" if schema.get("if") == {"type": "null"}:
                other = self.of(argument)
                return lambda value: value is None or other(value)
            case "if" if argument == {"type": "null"}:
                return lambda value: True
            case "minLength" | "maxLength":
                return _bounded(str, len, keyword, argument)
            case "minItems" | "maxItems":
                return _bounded(list, len, keyword, argument)
            case "minimum" | "maximum":
                return _bounded(int | float, lambda value: value, keyword, argument)
            case "pattern":
                return lambda value: not isinstance(value, str) or re.search(argument, value) is not None
        return lambda value: False

    def _properties(self, properties: Json) -> Predicate:
        checks = {name: self.of(schema) for name, schema in properties.items()}

        def check(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            return all(checks[name](inner) for name, inner in value.items() if name in checks)

        return check


def _bounded(of: Any, size: Callable[[Any], float], keyword: str, bound: float) -> Predicate:
    def is_other(value: Any) -> bool:
        return not isinstance(value, of) or isinstance(value, bool)  # which are no numbers here

    if keyword.startswith("min"):
        return lambda value: is_other(value) or size(value) >= bound
    return lambda value: is_other(value) or size(value) <= bound
