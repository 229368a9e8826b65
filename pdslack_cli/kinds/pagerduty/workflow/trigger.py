"""Triggers: what starts an incident workflow (pagerduty.md 8.3)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.kinds.fields.conditions import Condition
from pdslack_cli.kinds.fields.references import CatalogRef, RefTo
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lints import Linted
from pdslack_cli.model import Json, Ref

ALL = "all"
STARTS = {"manual": "manual", "if_": "if", "created": "created", "incident_types": "incident_types"}


def _sorted(refs: Iterable[Ref]) -> tuple[Ref, ...]:
    """Sort, because PagerDuty keeps no order; names of incident types are compared case-insensitively."""
    return tuple(sorted(set(refs), key=lambda ref: ref.key.casefold()))


def _spelling(value: object) -> str:
    return "text" if isinstance(value, str) else "list"


Services = Annotated[
    Annotated[Literal["all"], Tag("text")]
    | Annotated[tuple[Annotated[Ref, RefTo("service")], ...], AfterValidator(_sorted), Tag("list")],
    Discriminator(_spelling),
]


class Trigger(Linted):
    """Starts a workflow: manually, for every incident, or when an incident meets a condition."""

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
        Annotated[Ref, RefTo("team")] | None,
        Field(description="only members of this team may start it manually"),
    ] = None

    @model_validator(mode="after")
    def _one_start(self) -> Self:
        starts = [word for name, word in STARTS.items() if getattr(self, name) is not None]
        if len(starts) != 1:
            raise problem(
                f"a trigger has {' and '.join(starts)}" if starts else "a trigger has no start condition",
                "write one of `manual: true`, `created: true`, `if: …` and `incident_types: […]`",
                needs=() if starts else tuple(STARTS.values()),
            )
        if self.team and not self.manual:
            raise problem(
                f"`team` cannot be combined with `{starts[0]}`",
                "it limits who may start a workflow manually",
                needs=(),
            )
        return self

    @property
    def type_(self) -> str:
        if self.manual:
            return "manual"
        return "incident_type" if self.incident_types else "conditional"

    @property
    def identity(self) -> tuple[str, ...]:
        """The identity of a trigger: PagerDuty gives it no name, and its type cannot change."""
        types = sorted(ref.key.casefold() for ref in self.incident_types or ())
        return (self.type_, self.if_ or "", self.team.key if self.team else "", *types)

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """What pairs it with a live trigger: all of it, or else what does not change with its services."""
        return ((self.identity, self.services), self.identity)


def distinct(triggers: tuple[Trigger, ...]) -> tuple[Trigger, ...]:
    """Validate that no two triggers start the workflow for the same incidents of the same service."""
    seen: dict[Hashable, set[object]] = {}
    for number, trigger in enumerate(triggers):
        before = seen.setdefault(trigger.identity, set())
        after = {ALL} if trigger.services == ALL else {*trigger.services} or {None}
        if before & after or (before and ALL in before | after):
            hint = "keep one of them, or give each other services"
            raise problem("two triggers start the workflow for the same service", hint, (number,))
        before |= after
    return triggers


def in_order(triggers: Iterable[Trigger]) -> tuple[Trigger, ...]:
    """Return the triggers sorted, because PagerDuty keeps no order."""
    return tuple(sorted(triggers, key=lambda trigger: (trigger.identity, str(trigger.services))))


def decode_trigger(raw: Json, id_index: IdIndex) -> Trigger:
    """Convert the vendor's object to a spec."""
    type_, condition = text_at(raw, "trigger_type"), (raw.get("condition") or "").strip()
    permissions = raw.get("permissions") or {}
    team_id = permissions.get("team_id") if permissions.get("restricted") else None
    services = [id_index.ref_of("service", service) for service in raw["services"] or []]
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
    """Convert to the vendor's form, except for the type and the workflow, which cannot change."""
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
