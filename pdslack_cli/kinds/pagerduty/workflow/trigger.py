"""Triggers: what starts an incident workflow (pagerduty.md 8.3)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from pdslack_cli.kinds.fields.conditions import Condition
from pdslack_cli.kinds.fields.scalars import CatalogRef, RefTo, problem
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lints import Linted
from pdslack_cli.model import Json, Ref

ALL = "all"
STARTS = {"manual": "manual", "if_": "if", "created": "created", "incident_types": "incident_types"}


def _sorted(refs: Iterable[Ref]) -> tuple[Ref, ...]:
    """In one order, since PagerDuty keeps none, and for names of types in any case."""
    return tuple(sorted(set(refs), key=lambda ref: ref.key.casefold()))


def _spelling(value: object) -> str:
    return "text" if isinstance(value, str) else "list"


Services = Annotated[
    Annotated[Literal["all"], Tag("text")]
    | Annotated[tuple[Annotated[Ref, RefTo("service")], ...], AfterValidator(_sorted), Tag("list")],
    Discriminator(_spelling),
]


class Trigger(Linted):
    """One way to start a workflow: by hand, or when an incident comes or meets a condition."""

    manual: Annotated[Literal[True] | None, Field(description="somebody starts it")] = None
    created: Annotated[Literal[True] | None, Field(description="on every new incident")] = None
    if_: Annotated[Condition | None, Field(alias="if", description="when an incident meets this")] = None
    incident_types: Annotated[
        Annotated[
            tuple[Annotated[Ref, CatalogRef("incident_type")], ...],
            Field(min_length=1),
            AfterValidator(_sorted),
        ]
        | None,
        Field(description="on a new incident of these types"),
    ] = None
    services: Annotated[Services, Field(description="whose incidents: keys, or `all`")]
    team: Annotated[
        Annotated[Ref, RefTo("team")] | None, Field(description="only its people may start it by hand")
    ] = None

    @model_validator(mode="after")
    def _one_start(self) -> Self:
        said = [word for name, word in STARTS.items() if getattr(self, name) is not None]
        if len(said) != 1:
            raise problem(
                f"a trigger has {' and '.join(said)}" if said else "a trigger does not say what starts it",
                "write one of `manual: true`, `created: true`, `if: …` and `incident_types: […]`",
            )
        if self.team and not self.manual:
            raise problem(
                f"`team` stands beside `{said[0]}`", "it says who may start a workflow by hand only"
            )
        return self

    @property
    def type_(self) -> str:
        if self.manual:
            return "manual"
        return "incident_type" if self.incident_types else "conditional"

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes it this trigger: PagerDuty gives it no name, and keeps its type for ever."""
        types = sorted(ref.key.casefold() for ref in self.incident_types or ())
        return (self.type_, self.if_ or "", self.team.key if self.team else "", *types)


def distinct(triggers: tuple[Trigger, ...]) -> tuple[Trigger, ...]:
    """The same; raises a validation error where two differ only in their services."""
    seen: set[Hashable] = set()
    for trigger in triggers:
        if trigger.identity in seen:
            raise problem("two triggers differ only in their services", "join their services in one trigger")
        seen.add(trigger.identity)
    return triggers


def in_order(triggers: Iterable[Trigger]) -> tuple[Trigger, ...]:
    """In one order, since PagerDuty keeps none."""
    return tuple(sorted(triggers, key=lambda trigger: trigger.identity))


def decode_trigger(raw: Json, id_index: IdIndex) -> Trigger:
    """The vendor's object in the words of the file."""
    type_, condition = raw["trigger_type"], (raw.get("condition") or "").strip()
    permissions = raw.get("permissions") or {}
    team_id = permissions.get("team_id") if permissions.get("restricted") else None
    services = [
        id_index.ref("service", service["id"], service.get("summary")) for service in raw["services"] or []
    ]
    types = [id_index.ref("incident_type", id_) for id_ in raw.get("incident_types") or []]
    return Trigger.from_wire(
        manual=True if type_ == "manual" else None,
        created=True if type_ == "conditional" and not condition else None,
        if_=condition or None,
        incident_types=_sorted(types) if type_ == "incident_type" else None,
        services=ALL if raw.get("is_subscribed_to_all_services") else _sorted(services),
        team=id_index.ref("team", team_id) if team_id else None,
    )


def encode_trigger(trigger: Trigger, id_index: IdIndex) -> Json:
    """What the vendor takes for all but the type and the workflow, which are for ever."""
    services = () if trigger.services == ALL else trigger.services
    body: Json = {
        "is_subscribed_to_all_services": trigger.services == ALL,
        "services": [{"id": id_index.id(ref)} for ref in services if isinstance(ref, Ref)],
    }
    if trigger.type_ == "conditional":
        # Empty is every new incident, which nothing but the explicit text says.
        body["condition"] = trigger.if_ or ""
    if trigger.incident_types:
        body["incident_types"] = id_index.ids(trigger.incident_types)
    if trigger.team:
        body["permissions"] = {"restricted": True, "team_id": id_index.id(trigger.team)}
    return body
