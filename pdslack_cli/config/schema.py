"""The JSON Schema of the whole file, generated from the models of its sections."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, NoDefault, models_json_schema
from pydantic_core import SchemaError, SchemaSerializer, core_schema, to_jsonable_python

from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.config.stack import Header
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.scalars import KEY_PATTERN
from pdslack_cli.model import Json
from pdslack_cli.routing.testing.cases import Case

DRAFT = "https://json-schema.org/draft/2020-12/schema"

# Any value may be a variable, also where no text could stand.
VARIABLE = "#/$defs/Variable"
_VARIABLE: Json = {"$ref": VARIABLE}
_VARIABLE_SCHEMA: Json = {"type": "string", "pattern": r"\$\{", written.X_TYPE: "variable"}
_NULL: Json = {"type": "null"}


@cache  # to generate it takes longer than most commands
def json_schema() -> Json:
    """Return the schema of one file, to read only; in a stack of several files the owner is optional in each.

    The order of its properties is the canonical one, which `fmt` writes.
    """
    models: list[type[BaseModel]] = [Header, Resource, Case, *(kind.spec for kind in SECTIONS.values())]
    references, found = models_json_schema(
        [(model, "validation") for model in models],
        by_alias=True,
        ref_template="#/$defs/{model}",
        schema_generator=_FileSchema,
    )
    definitions = found["$defs"]
    entries = {
        section: {**references[kind.spec, "validation"], "description": _first_line(kind.spec)}
        for section, kind in SECTIONS.items()
    }
    for entry in entries.values():
        # Bases, defaults and lookups may leave out what an entry needs.
        _allow_parts(definitions[entry["$ref"].rpartition("/")[2]])
    properties = _top_level(definitions.pop("Header")["properties"], entries, references[Case, "validation"])
    order = tuple(properties)
    # These are read before there are any variables, and are none themselves.
    fixed = {name: properties.pop(name) for name in ("priority", "vars", "each")}
    for schema in (*definitions.values(), {"properties": properties}):
        _allow_variables(schema)
    for schema in (fixed["vars"], fixed["each"]["items"]):
        _allow_variables(schema)
    properties = {name: properties.get(name) or fixed[name] for name in order}
    return {
        "$schema": DRAFT,
        "title": "pdslack",
        "type": "object",
        "properties": properties,
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
        "$defs": {**definitions, "Variable": _VARIABLE_SCHEMA},
    }


class _FileSchema(GenerateJsonSchema):
    """Generates schemas in the spelling of the file: defaults as written, titles only for models."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Json:
        found = super().default_schema(schema)
        found.pop("default", None)
        default = self.get_default_value(schema)
        spelling = None if default is NoDefault else _spelling(schema["schema"], default)
        # Nothing that is worth a word, and often nothing that a file could say.
        return found if spelling is None or spelling in ("", [], {}) else {**found, "default": spelling}

    def bool_schema(self, schema: core_schema.BoolSchema) -> Json:
        text = written.any_case(*("true", "false", "yes", "no", "on", "off", "y", "n", "t", "f", "0", "1"))
        forms = [super().bool_schema(schema), {"enum": [0, 1]}, written.text_schema("boolean", text)]
        return {written.X_TYPE: "boolean", "anyOf": forms}

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> Json:
        found = super().tagged_union_schema(schema)
        found.pop("discriminator", None)
        return {"anyOf": found.pop("oneOf"), **found} if "oneOf" in found else found


def _spelling(schema: core_schema.CoreSchema, default: Any) -> Any:
    """Return a default in the spelling of the file."""
    if isinstance(default, BaseModel):
        return {}
    try:
        return SchemaSerializer(schema).to_python(default, mode="json", by_alias=True)
    except SchemaError:  # a schema that refers to others: their values are plain
        return to_jsonable_python(default)


def _top_level(header: Json, entries: Json, case: Json) -> Json:
    """Return the schemas of the top-level keys."""
    properties = dict(header)
    for name in ("pagerduty", "slack", "vars"):
        described = properties[name].pop("description")
        properties[name] = {"anyOf": [properties[name], _NULL], "description": described}
    properties["defaults"] = _object(entries, "fields for every entry of a section that does not set them")
    properties["bases"] = _object(
        {
            section: {
                "type": "object",
                "additionalProperties": entry,
                "description": f"named fields for `{section}`",
            }
            for section, entry in entries.items()
        },
        "named fields for the entries that are `like` them; they win over `defaults`",
    )
    for section, entry in entries.items():
        properties[section] = {**_section(entry), "propertyNames": {"pattern": KEY_PATTERN}}
    properties["each"] = {
        "type": ["array", "null"],
        "items": _repeated(entries),
        "description": "entries that are written once and repeated for every row of a table",
    }
    properties["tests"] = {
        "type": ["array", "null"],
        "items": case,
        "description": "events and their expected outcomes; `pdslack test` runs them",
    }
    return properties


def _section(entry: Json) -> Json:
    return {
        "type": ["object", "null"],
        "description": entry["description"],
        "additionalProperties": {"anyOf": [{"$ref": entry["$ref"]}, _NULL]},
    }


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").splitlines()[0]


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
    """Return the schema of an item of `each`."""
    sections = {section: _section(entry) for section, entry in entries.items()}
    words: Json = {
        "rows": {
            "type": ["string", "array"],
            "description": "the table: a .csv or .yaml file beside this one, or a list of mappings",
        },
        "as": {"type": "string", "description": "the name of the row in `${NAME.field}`"},
        "when": {"type": "object", "description": "use only rows with these values, such as `app.env: prod`"},
    }
    tests: Json = {"tests": {"type": ["array", "null"], "description": "tests, one for every row"}}
    words |= sections | tests
    item = _object(words, "a table, and the sections that are repeated for every row of it")
    return {**item, "type": "object", "required": ["rows", "as"], "patternProperties": {"^x-": {}}}


# --- variables -------------------------------------------------------------------------------------


def _allow_variables(schema: Json) -> None:
    """Allow `${…}` for every value in a schema."""
    for holder, key in list(_places(schema)):
        value = holder[key]
        _allow_variables(value)
        if not _takes_any_text(value):
            holder[key] = _or_variable(value)


def _places(schema: Json) -> Iterator[tuple[Json, str]]:
    """Yield the schemas of values in a mapping or a list, including those in alternatives."""
    for name in schema.get("properties", ()):
        yield schema["properties"], name
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield schema, name
    for form in schema.get("anyOf", ()):
        yield from _places(form)


def _takes_any_text(schema: Json) -> bool:
    forms = schema.get("anyOf", [schema])
    return any(_is_any_text(form) or form == _VARIABLE for form in forms) or not schema


def _is_any_text(schema: Json) -> bool:
    types = schema.get("type", ())
    return "string" in ([types] if isinstance(types, str) else types) and not (
        schema.keys() & {"pattern", "enum", "const", "maxLength"}
    )


def _or_variable(schema: Json) -> Json:
    about: Json = {key: schema[key] for key in ("description", "default") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in about}
    forms = rest.pop("anyOf", None)
    if forms and not rest.keys() - {"title", "examples", written.X_TYPE}:
        return {**rest, "anyOf": [*forms, _VARIABLE], **about}
    return {"anyOf": [{**rest, **({"anyOf": forms} if forms else {})}, _VARIABLE], **about}
