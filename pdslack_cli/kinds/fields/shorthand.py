"""Short forms: a single value for a list, a text for a mapping, null for an empty list."""

from __future__ import annotations

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from pdslack_cli.model import Json


class OneOrSeveral:
    """Annotation of a tuple: a single value is accepted as a list of one, and printed as a single value."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            _listed,
            handler(source),
            serialization=core_schema.wrap_serializer_function_ser_schema(_alone, schema=handler(source)),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        several = handler(schema)
        one = {key: value for key, value in several["items"].items() if key != "examples"}
        return {"anyOf": [one, several]}


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _alone(values: Any, dump: core_schema.SerializerFunctionWrapHandler) -> Any:
    written = dump(values)
    return written[0] if len(written) == 1 else written


def or_text(schema: Json) -> None:
    """Return the JSON Schema of a model that a single text may replace (`json_schema_extra`)."""
    whole = dict(schema)
    schema.clear()
    schema["anyOf"] = [{"type": "string"}, whole]


class _NullClears:
    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            lambda value: () if value is None else value, handler(source)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        return {"anyOf": [handler(schema), {"type": "null"}]}


NullClears = _NullClears()
"""Annotation of a list: null is the empty one."""


class _OrFile:
    """The name is resolved when the files are read (`config/expand/contents.py`)."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler(source)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        file = {
            "type": "object",
            "patternProperties": {"^file$": {"type": "string", "minLength": 1}},  # no field of its own
            "required": ["file"],
            "additionalProperties": False,
        }
        return {"anyOf": [handler(schema), file]}


OR_FILE = _OrFile()
"""Annotation of a text of an entry that may stand in a file of its own: `{file: NAME}`."""


class _FromFile:
    """The file is read where the stack is (`config/expand/contents.py`)."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler(source)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        return {"type": ["string", "null"], "minLength": 1}


FROM_FILE = _FromFile()
"""Annotation of a text of an entry that stands in a file of its own: the value names it."""
