"""The JSON Schema of the whole file, out of the models of its sections."""

from __future__ import annotations

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from pdslack_cli.config.load import SECTIONS
from pdslack_cli.config.stack import Header
from pdslack_cli.kinds.base import Resource
from pdslack_cli.kinds.fields import KEY_PATTERN
from pdslack_cli.model import Json

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> Json:
    """One schema for one file; a stack of several files need not give its owner in each."""
    models: list[type[BaseModel]] = [Header, Resource, *(kind.spec for kind in SECTIONS.values())]
    references, definitions = models_json_schema(
        [(model, "validation") for model in models], by_alias=True, ref_template="#/$defs/{model}"
    )
    properties = dict(definitions["$defs"].pop("Header")["properties"])
    properties["defaults"] = {
        "type": "object",
        "properties": {section: {"type": "object"} for section in SECTIONS},
        "additionalProperties": False,
        "description": "laid under every entry of a section",
    }
    for section, kind in SECTIONS.items():
        entry = references[kind.spec, "validation"]
        looked_up = {
            "$ref": "#/$defs/Resource",
            "required": ["lookup"],
            "properties": {"lookup": {"const": True}},
        }
        properties[section] = {
            "type": ["object", "null"],
            "description": (kind.spec.__doc__ or "").splitlines()[0],
            "propertyNames": {"pattern": KEY_PATTERN},
            "additionalProperties": {"anyOf": [entry, looked_up, {"type": "null"}]},
        }
    return {
        "$schema": DRAFT,
        "title": "pdslack",
        "type": "object",
        "properties": properties,
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
        **definitions,
    }
