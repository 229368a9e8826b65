"""The JSON Schema of the whole file, out of the models of its sections."""

from __future__ import annotations

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.config.stack import Header
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import KEY_PATTERN
from pdslack_cli.model import Json
from pdslack_cli.routing.testing.cases import Case

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> Json:
    """One schema for one file; a stack of several files need not give its owner in each."""
    models: list[type[BaseModel]] = [Header, Resource, Case, *(kind.spec for kind in SECTIONS.values())]
    references, definitions = models_json_schema(
        [(model, "validation") for model in models], by_alias=True, ref_template="#/$defs/{model}"
    )
    properties = dict(definitions["$defs"].pop("Header")["properties"])
    for name in ("pagerduty", "slack", "vars"):
        properties[name] = {"anyOf": [properties[name], {"type": "null"}]}
    entries = {section: references[kind.spec, "validation"] for section, kind in SECTIONS.items()}
    for entry in entries.values():
        # Bases and defaults may hold what an entry leaves out.
        _allow_parts(definitions["$defs"][entry["$ref"].rpartition("/")[2]])
    properties["defaults"] = _object(entries, "laid under every entry of a section")
    bases = {section: {"type": "object", "additionalProperties": entry} for section, entry in entries.items()}
    properties["bases"] = _object(bases, "what entries can be `like`, laid under them over the defaults")
    properties["tests"] = {
        "type": "array",
        "items": references[Case, "validation"],
        "description": "events, and what must become of them (`pdslack test`)",
    }
    for section, kind in SECTIONS.items():
        properties[section] = {
            "type": ["object", "null"],
            "description": (kind.spec.__doc__ or "").splitlines()[0],
            "propertyNames": {"pattern": KEY_PATTERN},
            "additionalProperties": {"anyOf": [entries[section], _LOOKED_UP, {"type": "null"}]},
        }
    properties["each"] = {"type": "array", "items": _repeated(entries)}
    return {
        "$schema": DRAFT,
        "title": "pdslack",
        "type": "object",
        "properties": properties,
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
        **definitions,
    }


_LOOKED_UP: Json = {
    "$ref": "#/$defs/Resource",
    "required": ["lookup"],
    "properties": {"lookup": {"const": True}},
}


def _allow_parts(model: Json) -> None:
    model.pop("required", None)
    for form in model.get("anyOf", ()):
        form.pop("required", None)


def _object(properties: Json, description: str) -> Json:
    return {
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": False,
        "description": description,
    }


def _repeated(entries: Json) -> Json:
    """An item of `each`. Anything in it may be a variable, so that its sections are hints to editors only."""
    sections = {
        section: {"type": "object", "additionalProperties": {"anyOf": [entry, {}]}}
        for section, entry in entries.items()
    }
    words: Json = {
        "rows": {
            "type": ["string", "array"],
            "description": "a .csv or .yaml file beside this one, or a list",
        },
        "as": {"type": "string", "description": "what `${…}` calls the row at hand"},
        "when": {"type": "object", "description": "only rows whose fields are equal to these"},
        "tests": {"type": "array"},
    }
    item = _object(words | sections, "what stands beside `rows`, once for every row")
    return {**item, "type": "object", "required": ["rows", "as"], "patternProperties": {"^x-": {}}}
