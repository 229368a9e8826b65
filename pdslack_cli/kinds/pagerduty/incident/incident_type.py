"""Incident types: a file names them by key, name or label, and may manage its own (pagerduty.md 8.4).

PagerDuty deletes none: what leaves the file is disabled, and enabled again when it returns.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field, field_validator

from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.kind import marked_live
from pdslack_cli.kinds.base.spec import NAMED, Resource
from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.references import CatalogRef
from pdslack_cli.kinds.fields.scalars import FILLED, Description, problem
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import put_away
from pdslack_cli.kinds.pagerduty.custom_fields.label import LabelledKind, label_details, label_of
from pdslack_cli.model import Json, Live, Name, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

BASE = Ref("incident_type", Name("incident_default"))
"""The type of incidents that have no other, from which all others come."""

LONGEST_DESCRIPTION = 1_000  # with its mark
RESERVED = ("PD", "PagerDuty", "Default")  # as the first word of a label
LABEL = Field(description="what people see; the name, if left out")

TypeRef = Annotated[Ref, CatalogRef("incident_type")]


class IncidentType(Resource):
    """A type of incidents, with custom fields of its own. One that leaves the file is disabled."""

    name: Annotated[str, FILLED, at_most(50), NAMED] = ""
    label: Annotated[str, at_most(50), FILLED, LABEL] = ""
    description: Annotated[Description, at_most(LONGEST_DESCRIPTION)] = ""
    parent: Annotated[
        TypeRef, Field(description="the type whose fields it has too, by key or name; it cannot change")
    ] = BASE
    enabled: Annotated[bool, Field(description="whether new incidents can have it")] = True

    @field_validator("name")
    @classmethod
    def _name_is_not_reserved(cls, name: str) -> str:
        if name.endswith("_default"):
            raise problem(f"{name!r} ends with `_default`, which PagerDuty keeps for itself", "rename it")
        return name

    @field_validator("label")
    @classmethod
    def _label_is_not_reserved(cls, label: str) -> str:
        if label.startswith(RESERVED):
            raise problem(
                f"{label!r} begins like PagerDuty's own types",
                f"begin it with something else than {', '.join(RESERVED)}",
            )
        if not label[:1].isalnum():
            raise problem(f"{label!r} does not begin with a letter or a digit", "correct its first character")
        return label

    @property
    def stays_retired(self) -> bool:
        return not self.enabled


class IncidentTypes(LabelledKind[IncidentType]):
    name, section, spec = "incident_type", "incident_types", IncidentType
    path, wrapper, plural = "/incidents/types", "incident_type", "incident_types"
    params: ClassVar[Mapping[str, Any]] = {"filter": "all"}
    paged = False
    required = frozenset()
    named_alone = unique_names = archives_on_delete = changes_while_retired = True
    usual_names = (str(BASE.key),)
    mark_limit = LONGEST_DESCRIPTION
    sought_with = frozenset({"incident_type"})
    retired_word = "disabled"
    retired_hint = "enable it there, or name another one"
    frozen_fields: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("name", "parent"), "add another type under a name of its own: this one can only be disabled"
    )

    # --- reading -------------------------------------------------------------------------------------

    def live(self, raw: Json) -> Live:
        live = marked_live(self, raw)
        # What somebody else disabled is a type as others are; what is ours was removed from a file.
        return replace(live, retired=live.owned is not None and not raw.get("enabled", True))

    def identity(self, live: Live) -> Hashable:
        return Name(live.name)

    def aliases(self, live: Live) -> Iterable[Hashable]:
        return (label_of(live),)

    def wanted_identity(self, spec: Resource, id_index: IdIndex) -> Hashable:
        return Name(spec.name)

    def listed_details(self, live: Live) -> Json:
        return label_details(live)

    def export_exclusion(self, live: Live) -> str:
        return "" if live.raw.get("parent") else "is PagerDuty's own"

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> IncidentType:
        parent = live.raw.get("parent")
        return IncidentType.from_wire(
            name=live.name,
            label=live.raw["display_name"],
            description=live.raw["description"].strip(),
            parent=id_index.ref("incident_type", parent["id"]) if parent else None,
            enabled=live.raw.get("enabled", True),
        )

    def encode(self, spec: IncidentType, id_index: IdIndex, live: Live | None) -> Json:
        body: Json = spec.model_dump(include={"description", "enabled"}, exclude_unset=True)
        if live is None:
            body["name"] = spec.name
            body["parent_type"] = id_of_type(spec.parent, id_index)
        if live is None or "label" in spec.model_fields_set:
            body["display_name"] = spec.label or spec.name
        return body

    # --- what a plan asks ----------------------------------------------------------------------------

    def doubts(
        self, spec: IncidentType, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterable[Doubt]:
        if not re.fullmatch("[a-z0-9_]+", spec.name):
            yield Doubt(
                ("name",),
                f"PagerDuty may refuse {spec.name!r} as the name of an incident type",
                "use a-z, 0-9 and `_` for its `name:`; people see its `label:`",
            )

    def can_restore(self, clients: Clients) -> bool:
        return True

    # --- writing -------------------------------------------------------------------------------------

    def delete(self, session: Session, live: Live) -> None:
        path = f"{self.path}/{live.id}"
        put_away(session.clients, path, lambda: self._switch(session, live, enabled=False))

    def restore(self, session: Session, live: Live) -> None:
        self._switch(session, live, enabled=True)

    def _switch(self, session: Session, live: Live, *, enabled: bool) -> None:
        session.clients.pagerduty.update(f"{self.path}/{live.id}", {self.wrapper: {"enabled": enabled}})


def id_of_type(ref: Ref, id_index: IdIndex) -> str:
    """Return the id of a type, or the name of the base type, which PagerDuty takes as well."""
    return str(BASE.key) if ref == BASE and ref not in id_index else id_index.id(ref)
