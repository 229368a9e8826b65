"""Values of the wrong type: what pydantic expected, in words, and how to write that."""

from __future__ import annotations

from collections.abc import Mapping

TEXT, WHOLE, NUMBER, BOOLEAN = "text", "a whole number", "a number", "true or false"
LIST, MAPPING, NULL = "a list", "a mapping", "null"

EXPECTED: Mapping[str, str] = {
    "string_type": TEXT,
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "bool_type": BOOLEAN,
    "bool_parsing": BOOLEAN,
    "list_type": LIST,
    "tuple_type": LIST,
    "set_type": LIST,
    "frozen_set_type": LIST,
    "dict_type": MAPPING,
    "model_type": MAPPING,
    "model_attributes_type": MAPPING,
    "none_required": NULL,
}
"""The expected types, by the type of pydantic's error."""

_HOW_TO_WRITE = {
    TEXT: "write a single text value",
    WHOLE: "write it in digits",
    NUMBER: "write it in digits",
    BOOLEAN: "write true or false",
    LIST: "begin each item with `- `",
    MAPPING: "write `key: value` below it",
}


def how_to_write(wanted: str) -> str:
    """Return the hint for a value that should be of another type, and that no other form makes valid."""
    return _HOW_TO_WRITE.get(wanted, "")


def is_scalar(value: object) -> bool:
    """Return whether a value is a text, number or boolean."""
    return isinstance(value, str | int | float)
