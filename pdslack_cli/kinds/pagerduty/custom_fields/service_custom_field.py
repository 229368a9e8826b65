"""Custom fields of services, with their options (pagerduty.md 5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.scalars import FILLED
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.custom_fields.custom_field import (
    OPTIONS,
    CustomField,
    CustomFieldKind,
    sorted_options,
)
from pdslack_cli.model import Live


class ServiceCustomField(CustomField):
    """A field that every service has, whose values each service sets."""

    options: Annotated[
        tuple[Annotated[str, FILLED, at_most(200)], ...],
        NullClears,
        AfterValidator(sorted_options),
        OPTIONS,
    ] = ()
    enabled: Annotated[bool, Field(description="whether services show it")] = True


class ServiceCustomFields(CustomFieldKind[ServiceCustomField]):
    name, section, spec = "service_custom_field", "service_custom_fields", ServiceCustomField
    path = "/services/custom_fields"
    unique_names = True
    sought_with = frozenset({"service_custom_field"})
    frozen_fields: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("name", "type", "many"),
        "add another field under a name of its own; removing this one removes its values from all services",
    )

    def decode(self, live: Live, id_index: IdIndex) -> ServiceCustomField:
        return ServiceCustomField.from_wire(**self.decoded(live))
