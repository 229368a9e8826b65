"""What custom fields of services and of incidents have in common (pagerduty.md 5.5, 8.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import Field, model_validator

from pdslack_cli.kinds.base.spec import NAMED, Resource
from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.scalars import FILLED, Description, Pattern, problem
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.custom_fields.label import LabelledKind
from pdslack_cli.model import Json, Live

LONGEST_DESCRIPTION = 1_000  # with its mark

FieldName = Annotated[
    str, Pattern("^[a-z0-9_]{1,50}$", "name of a custom field", rule="use a-z, 0-9 and `_`, at most 50")
]


class CustomField(Resource):
    """A custom field, whatever has it."""

    name: Annotated[FieldName, NAMED] = ""
    label: Annotated[
        str, at_most(50), FILLED, Field(description="what people see; the name, if left out")
    ] = ""
    description: Annotated[Description, at_most(LONGEST_DESCRIPTION)] = ""
    type: Annotated[
        Literal["string", "integer", "float", "boolean", "datetime", "url"],
        Field(description="of its values; it cannot change"),
    ] = "string"
    many: Annotated[bool, Field(description="whether it takes several values at once; it cannot change")] = (
        False
    )
    options: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _options_are_texts(self) -> Self:
        if self.options and self.type != "string":
            raise problem(
                f"options are texts, and the type is {self.type}",
                "remove `type` or `options`",
                ("options",),
                needs=("type", "options"),
            )
        return self


def sorted_options(options: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(options)))


def options_of(live: Live) -> tuple[str, ...]:
    """Return the options of a live field."""
    return sorted_options(option["data"]["value"] for option in live.raw.get("field_options") or ())


OPTIONS = Field(description="the values to choose from; any value, if there are none")

F = TypeVar("F", bound=CustomField)


class CustomFieldKind(LabelledKind[F]):
    """Custom fields of something: they come with their options, which keep their ids as long as they stay."""

    wrapper, plural = "field", "fields"
    params: ClassVar[Mapping[str, Any]] = {"include": ["field_options"]}
    paged = False
    required = frozenset()
    own_children = frozenset({"options"})
    mark_limit = LONGEST_DESCRIPTION

    def decoded(self, live: Live) -> dict[str, Any]:
        """Return the fields of the spec that all custom fields have."""
        raw = live.raw
        return {
            "name": live.name,
            "label": raw["display_name"],
            "description": raw["description"].strip(),
            "type": raw["data_type"],
            "many": raw["field_type"].startswith("multi_value"),
            "options": options_of(live),
            "enabled": raw.get("enabled", True),
        }

    def encode(self, spec: F, id_index: IdIndex, live: Live | None) -> Json:
        set_fields = spec.model_fields_set
        body: Json = spec.model_dump(include={"description", "enabled"}, exclude_unset=True)
        if live is None:
            count = "multi_value" if spec.many else "single_value"
            body |= {"name": spec.name, "data_type": spec.type}
            body["field_type"] = f"{count}_fixed" if spec.options else count
        if live is None or "label" in set_fields:
            body["display_name"] = spec.label or spec.name
        if "options" in set_fields:
            body["field_options"] = _options(spec.options, live)
        return body

    def obstacles(
        self, spec: F, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        if "options" in fields and bool(spec.options) != live.raw["field_type"].endswith("_fixed"):
            other = (
                "cannot lose all of its options" if live.raw.get("field_options") else "cannot get options"
            )
            yield f"it {other}: PagerDuty fixes at its creation whether it has any"


def _options(values: tuple[str, ...], live: Live | None) -> list[Json]:
    """Return the options of a request: those that stay keep their place and id, which values name."""
    there = live.raw.get("field_options") or () if live else ()
    kept = [option for option in there if option["data"]["value"] in values]
    new = sorted(set(values) - {option["data"]["value"] for option in kept})
    return [
        *({"id": option["id"], "data": option["data"]} for option in kept),
        *({"data": {"data_type": "string", "value": value}} for value in new),
    ]
