"""Extractions: text that a rule takes from an event, and the fields it sets (orchestration.md 2.7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializationInfo,
    TypeAdapter,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from pdslack_cli.kinds.base.spec import InOrder, Spec
from pdslack_cli.kinds.fields.conditions import EventPath, EventTarget, Regex, Template
from pdslack_cli.kinds.fields.scalars import FILLED
from pdslack_cli.model import Json

WHOLE = "(.*)"


class Found(Spec):
    """Text extracted from a field of the event: the groups of a pattern, or else its whole match."""

    from_: Annotated[EventPath, Field(alias="from", description="the field to look in")]
    regex: Annotated[Regex, Field(description="what to find there; the whole text, if left out")] = WHOLE

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"from": value} if isinstance(value, str) else value

    @model_serializer
    def _shortest(self, info: SerializationInfo) -> Any:
        short = info.exclude_unset and self.regex == WHOLE
        return self.from_ if short else {"from": self.from_, "regex": self.regex}


class Value(Spec):
    """The new value of a field of the event: a template, or text extracted from another field."""

    WRITTEN_AS = Found

    template: Annotated[Template, FILLED] = ""
    found: Found | None = None

    @model_validator(mode="before")
    @classmethod
    def _either(cls, value: Any) -> Any:
        return {"found": value} if isinstance(value, dict) else {"template": value}

    @model_serializer
    def _as_written(self) -> Any:
        if self.found is None:
            return self.template
        return {"from": self.found.from_, "regex": self.found.regex}


def _ordered(item: Any) -> Any:
    """A mapping whose order is significant, kept as pairs. A list of mappings may repeat a key."""
    mapping: TypeAdapter[dict[str, Any]] = TypeAdapter(item, config=ConfigDict(defer_build=True))

    def pairs(value: Any) -> Any:
        parts = value if isinstance(value, list) else [value]
        return tuple(pair for part in parts for pair in mapping.validate_python(part).items())

    return BeforeValidator(pairs)


def _mapping(pairs: Iterable[tuple[str, Spec]], info: SerializationInfo) -> Any:
    written = [(key, value.model_dump(mode="json", exclude_unset=info.exclude_unset)) for key, value in pairs]
    mapping = dict(written)
    if len(mapping) < len(written):
        return [{key: value} for key, value in written]
    return mapping if info.mode == "json" else InOrder(written)


def _mapping_schema(item: Json, description: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "object", "additionalProperties": item, "description": description})


_FOUND_SCHEMA: Json = {
    "type": "object",
    "properties": {
        "from": {"type": "string", "description": "the field to look in"},
        "regex": {"type": "string", "description": "what to find there; the whole text, if left out"},
    },
    "required": ["from"],
    "additionalProperties": False,
}
_TEXT_OR_FOUND: Json = {"anyOf": [{"type": "string"}, _FOUND_SCHEMA]}

Values = Annotated[
    tuple[tuple[str, Value], ...],
    _ordered(dict[EventTarget, Value]),
    PlainSerializer(_mapping),
    _mapping_schema(_TEXT_OR_FOUND, "fields of the event and what they become, in this order"),
]
Variables = Annotated[
    tuple[tuple[str, Found], ...],
    _ordered(dict[Annotated[str, FILLED], Found]),
    PlainSerializer(_mapping),
    _mapping_schema(_TEXT_OR_FOUND, "names for `{{variables.NAME}}` and where their texts are found"),
]


def encode_variable(name: str, found: Found) -> Json:
    """Convert a variable to PagerDuty's form."""
    return {"name": name, "path": found.from_, "type": "regex", "value": found.regex}


def decode_variable(raw: Json) -> tuple[str, Found]:
    """Return a variable's name and the source of its value."""
    return raw["name"], Found.from_wire(from_=raw["path"] or "", regex=raw.get("value") or WHOLE)


def encode_extraction(target: str, value: Value) -> Json:
    """Convert an extraction to PagerDuty's form: a template, or a source and a pattern."""
    if value.found is None:
        return {"target": target, "template": value.template}
    return {"target": target, "source": value.found.from_, "regex": value.found.regex}


def decode_extraction(raw: Json) -> tuple[str, Value]:
    """Return the field that is set, and its new value."""
    if raw.get("regex"):
        return raw["target"], Value.from_wire(
            found=Found.from_wire(from_=raw.get("source") or "", regex=raw["regex"])
        )
    return raw["target"], Value.from_wire(template=raw.get("template"))
