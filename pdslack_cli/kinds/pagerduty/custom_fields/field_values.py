"""Values of custom fields on a service: those that the file names; others stay (pagerduty.md 5.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.custom_fields.service_custom_field import ServiceCustomField
from pdslack_cli.model import Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

_TYPES: Mapping[str, tuple[type, ...]] = {
    "integer": (int,),
    "float": (int, float),
    "boolean": (bool,),
}  # all others are texts


def _setting(value: Any) -> Any:
    """A list is a set of texts, in one order; anything else stands for itself."""
    if isinstance(value, list | tuple):
        if not all(isinstance(item, str) for item in value):
            raise problem("several values are texts", "put each in quotes")
        return tuple(sorted(set(value)))
    if value is not None and not isinstance(value, str | int | float):
        raise problem(f"{value!r} is not a value for a custom field", "write a text, number, boolean or list")
    return value


Setting = Annotated[
    Any,
    AfterValidator(_setting),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "number", "boolean", "null"]},
                {"type": "array", "items": {"type": "string"}},
            ]
        }
    ),
]
FieldValues = Annotated[
    dict[Annotated[Ref, RefTo("service_custom_field")], Setting],
    BeforeValidator(lambda value: {} if value is None else value),
    Field(description="values of custom fields, by the keys of these; null unsets one, and others stay"),
]


def with_values(wanted: FieldValues, live: FieldValues) -> dict[Ref, Any]:
    """Return the values after the wanted ones are set."""
    return {ref: value for ref, value in {**live, **wanted}.items() if value is not None}


def shown_values(values: FieldValues, specs: Mapping[Ref, Resource]) -> dict[Ref, Any]:
    """Return the values of fields that the file does not disable: PagerDuty shows no value of those."""
    return {ref: value for ref, value in values.items() if not _is_disabled(specs.get(ref))}


def _is_disabled(field: Resource | None) -> bool:
    return isinstance(field, ServiceCustomField) and not field.enabled


def value_doubts(values: FieldValues, specs: Mapping[Ref, Resource]) -> Iterator[Doubt]:
    """Warn of values that are none of their field, as the file describes it."""
    for ref, value in values.items():
        field = specs.get(ref)
        if value is None or not isinstance(field, ServiceCustomField):
            continue
        place = ("custom_fields", ref.key)
        if _is_disabled(field):
            yield Doubt(
                place, f"{ref} is disabled, so this value is not set", "remove it, or enable the field"
            )
        elif field.many != isinstance(value, tuple):
            hint = "write a list" if field.many else "write one value"
            yield Doubt(place, f"{ref} takes {'several values' if field.many else 'one value'}", hint)
        elif wrong := [each for each in (value if field.many else (value,)) if not _fits(each, field)]:
            hint = (
                f"write one of {', '.join(field.options)}" if field.options else f"its type is {field.type}"
            )
            yield Doubt(place, f"{wrong[0]!r} is not a value of {ref}", hint)


def _fits(value: Any, field: ServiceCustomField) -> bool:
    types = _TYPES.get(field.type, (str,))
    is_typed = isinstance(value, types) and (isinstance(value, bool) <= (bool in types))
    return is_typed and (not field.options or value in field.options)


class HasFieldValues(Protocol):
    @property
    def custom_fields(self) -> FieldValues: ...


class CustomFieldValues(Part[HasFieldValues]):
    """The values of a service: one list, and one call for all that change."""

    fields = frozenset({"custom_fields"})
    stored, optional = "field_values", True
    empty: ClassVar[FieldValues] = {}

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {self.stored: clients.pagerduty.list(_path(live), "custom_fields", paged=False)}

    def is_bare(self, field: str, value: Any) -> bool:
        return all(each is None for each in (value or {}).values())

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {
            "custom_fields": {
                id_index.ref("service_custom_field", raw["id"], raw["name"]): _decoded(raw["value"])
                for raw in live.parts[self.stored]
                if raw.get("value") not in (None, [])
            }
        }

    def write(self, session: Session, ref: Ref, live: Live, spec: HasFieldValues) -> None:
        there = self.decode_if_there(live, session.id_index).get("custom_fields") or {}
        named = {**dict.fromkeys(there), **spec.custom_fields}
        changed = {field: value for field, value in named.items() if there.get(field) != value}
        body = [
            {"id": session.id_index.id(field), "value": [*value] if isinstance(value, tuple) else value}
            for field, value in changed.items()
        ]
        if body:
            session.clients.pagerduty.update(_path(live), {"custom_fields": body})


def _path(live: Live) -> str:
    return f"/services/{live.id}/custom_fields/values"


def _decoded(value: Any) -> Any:
    return tuple(sorted(map(str, value))) if isinstance(value, list) else value
