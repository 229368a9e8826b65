"""Custom fields of incidents, which belong to a type of them (pagerduty.md 8.5).

Rules name a field by the key of its entry, or by what PagerDuty calls it: first among the fields of the base
type, which every incident has, then among those of all other types.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.scalars import FILLED
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.custom_fields.custom_field import (
    OPTIONS,
    CustomField,
    CustomFieldKind,
    options_of,
    sorted_options,
)
from pdslack_cli.kinds.pagerduty.custom_fields.label import label_details, label_of
from pdslack_cli.kinds.pagerduty.incident.incident_type import (
    BASE,
    IncidentTypes,
    TypeRef,
    id_of_type,
)
from pdslack_cli.model import Json, Live, Name, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


def _default(value: object) -> object:
    """Return a default as texts: PagerDuty takes one, and answers with the type of the field."""
    if isinstance(value, list | tuple):
        return tuple(sorted({str(_default(item) or "") for item in value}))
    if value == "":
        return None
    return json.dumps(value) if isinstance(value, bool | int | float) else value


_ONE = {"type": ["string", "number", "boolean"]}
DefaultValue = Annotated[
    str | tuple[str, ...] | None,
    BeforeValidator(_default),
    WithJsonSchema({"type": [*_ONE["type"], "array", "null"], "items": _ONE}),
]


class IncidentCustomField(CustomField):
    """A field of incidents: of all, or of those of one type."""

    incident_type: Annotated[
        TypeRef, Field(description="whose field it is, by key or name; the base type's if left out")
    ] = BASE
    options: Annotated[
        tuple[Annotated[str, FILLED, at_most(100)], ...],
        NullClears,
        AfterValidator(sorted_options),
        OPTIONS,
    ] = ()
    default: Annotated[
        DefaultValue, Field(description="what a new incident has; a list where `many`, null for none")
    ] = None
    enabled: Annotated[bool, Field(description="whether incidents show it")] = True


class IncidentCustomFields(CustomFieldKind[IncidentCustomField]):
    name, section, spec = "incident_custom_field", "incident_custom_fields", IncidentCustomField
    path = "/incidents/types"
    named_alone = unique_names = True
    sought_with = frozenset({"incident_custom_field"})
    frozen_fields: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("name", "incident_type", "type", "many"),
        "add another field under a name of its own; removing this one removes its values from all incidents",
    )

    # --- reading -------------------------------------------------------------------------------------

    def read(self, clients: Clients, wanted: Collection[Resource]) -> Iterable[Live]:
        """Names are looked for among the fields of the base type first, which is one call."""
        if wanted and not any(spec.id or isinstance(spec, IncidentCustomField) for spec in wanted):
            raws = self._of_type(clients, str(BASE.key))
            base = [self.live({**raw, "incident_type": _type("", str(BASE.key))}) for raw in raws]
            names = {name for live in base for name in (Name(live.name), label_of(live))}
            if {Name(spec.name) for spec in wanted} <= names:
                return base
        return [self.live(raw) for raw in self.listed(clients)]

    def listed(self, clients: Clients) -> Iterable[Json]:
        """Return the fields of all types, each once: a list may have those of the parent as well."""
        types = sorted(IncidentTypes().listed(clients), key=lambda raw: str(raw["name"]) != BASE.key)
        found: dict[str, Json] = {}
        for type_ in types:
            names = {type_["id"], type_["name"], type_.get("display_name")}
            for raw in self._of_type(clients, type_["id"]):
                if raw["id"] not in found or raw.get("incident_type") in names:
                    found[raw["id"]] = {**raw, "incident_type": _type(type_["id"], type_["name"])}
        return found.values()

    def _of_type(self, clients: Clients, type_: str) -> list[Json]:
        path = f"{self.path}/{type_}/custom_fields"
        return clients.pagerduty.list(path, self.plural, paged=False, **self.params)

    def identity(self, live: Live) -> Hashable:
        return live.raw["incident_type"]["id"], Name(live.name)

    def aliases(self, live: Live) -> Iterable[Hashable]:
        name, label = Name(live.name), label_of(live)
        if live.raw["incident_type"]["name"] == BASE.key:
            return name, ("", name), label
        return (), (), name, label  # after those of the base type

    def wanted_identity(self, spec: Resource, id_index: IdIndex) -> Hashable | None:
        if not isinstance(spec, IncidentCustomField):
            return Name(spec.name)
        if "incident_type" not in spec.model_fields_set:
            return "", Name(spec.name)
        return (id_index.id(spec.incident_type), Name(spec.name)) if spec.incident_type in id_index else None

    def listed_details(self, live: Live) -> Json:
        return {**label_details(live), "incident_type": live.raw["incident_type"]["name"]}

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> IncidentCustomField:
        id_, name = live.raw["incident_type"].values()
        is_base = name == BASE.key and id_index.known("incident_type", id_) is None
        return IncidentCustomField.from_wire(
            **self.decoded(live),
            incident_type=BASE if is_base else id_index.ref("incident_type", id_, name),
            default=_live_default(live),
        )

    def encode(self, spec: IncidentCustomField, id_index: IdIndex, live: Live | None) -> Json:
        body = super().encode(spec, id_index, live)
        if "default" in spec.model_fields_set:
            is_list = isinstance(spec.default, tuple)
            body["default_value"] = list(spec.default or ()) if is_list else spec.default
        return body

    # --- what a plan asks ----------------------------------------------------------------------------

    def doubts(
        self, spec: IncidentCustomField, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterable[Doubt]:
        return _doubts_of_default(spec)

    def unfit(
        self, before: IncidentCustomField | None, after: IncidentCustomField, found: Mapping[Ref, Live]
    ) -> Iterator[Doubt]:
        if before is None or before.default != after.default:
            yield from _doubts_of_default(after)

    def obstacles(
        self,
        spec: IncidentCustomField,
        live: Live,
        fields: Collection[str],
        id_index: IdIndex,
        *,
        adopt: bool,
    ) -> Iterable[str]:
        yield from super().obstacles(spec, live, fields, id_index, adopt=adopt)
        if "options" in fields and spec.options:
            default = spec.default if "default" in spec.model_fields_set else _live_default(live)
            kept = sorted({*_values(default)} & {*options_of(live)} - {*spec.options})
            if kept:
                yield (
                    f"the option {kept[0]!r} cannot be removed, because it is the default: set another "
                    "`default`, or null"
                )

    # --- writing -------------------------------------------------------------------------------------

    def folder_of(self, spec: IncidentCustomField, id_index: IdIndex) -> str:
        return f"{self.path}/{id_of_type(spec.incident_type, id_index)}/custom_fields"

    def path_of(self, live: Live) -> str:
        return f"{self.path}/{live.raw['incident_type']['id']}/custom_fields/{live.id}"


def _live_default(live: Live) -> Any:
    default = live.raw.get("default_value")
    return _default(default) if default not in (None, "", []) else None


def _doubts_of_default(spec: IncidentCustomField) -> Iterator[Doubt]:
    unknown = [value for value in _values(spec.default) if spec.options and value not in spec.options]
    if unknown:
        yield Doubt(
            ("default",),
            f"the default {unknown[0]!r} is not among the options",
            f"write one of {', '.join(spec.options)}",
        )
    if isinstance(spec.default, tuple) and not spec.many:
        yield Doubt(("default",), "the default is a list, and the field takes one value", "add `many: true`")


def _values(default: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return default if isinstance(default, tuple) else (default,) if default else ()


def _type(id_: str, name: str) -> Json:
    return {"id": id_, "name": name}
