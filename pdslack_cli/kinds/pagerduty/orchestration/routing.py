"""Event orchestrations: routing keys that receive events, and the routes to services (pagerduty.md 7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field

from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.limits import USUAL_NAME
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import FILLED, Description
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind
from pdslack_cli.kinds.pagerduty.orchestration import routing_keys
from pdslack_cli.kinds.pagerduty.orchestration.actions import PathName
from pdslack_cli.kinds.pagerduty.orchestration.cache_variables import (
    CachedValues,
    CacheVariables,
    variable_doubts,
    without_ignored,
)
from pdslack_cli.kinds.pagerduty.orchestration.parts import PathRules, RouterDocument, RoutingKeys
from pdslack_cli.kinds.pagerduty.orchestration.paths import PATHS
from pdslack_cli.kinds.pagerduty.orchestration.router import Dynamic, Routes, UnmatchedTarget
from pdslack_cli.kinds.pagerduty.orchestration.rules import Rules, allowed_in, with_sets
from pdslack_cli.kinds.pagerduty.switches import Aiops, Enablement
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

RULES: Mapping[str, PathName] = {"rules": "global", "unrouted": "unrouted"}


MOST_INTEGRATIONS = 10  # orchestration.md 2.9

Integrations = Annotated[
    tuple[Annotated[str, FILLED], ...],
    NullClears,
    AfterValidator(routing_keys.unique_labels),
    USUAL_NAME,
]


class Routing(Resource):
    """An event orchestration: receives events through its routing keys and sends them to a service."""

    ABOUT: ClassVar[frozenset[str]] = Resource.ABOUT | {"exact"}

    description: Description = ""
    team: Annotated[
        Annotated[Ref, RefTo("team")] | None, Field(description="who may edit it; admins only, if left out")
    ] = None
    integrations: Annotated[Integrations, Field(description="a routing key for each of these senders")] = ()
    exact: Annotated[bool, Field(description="delete integrations that are not listed, and their keys")] = (
        False
    )
    rules: Annotated[
        Rules, NullClears, allowed_in("global"), Field(description="for all events, before they are routed")
    ] = ()
    dynamic: Annotated[
        Dynamic | None, Field(description="a service that the event itself names; tried before `routes`")
    ] = None
    routes: Annotated[
        Routes, NullClears, Field(description="which events go to which service; the first that matches")
    ] = ()
    otherwise: Annotated[
        UnmatchedTarget, Field(description="the service for events that no route takes, or `unrouted`")
    ] = None
    unrouted: Annotated[
        Rules, NullClears, allowed_in("unrouted"), Field(description="for events that reach no service")
    ] = ()
    cache_variables: CachedValues = Field(default_factory=dict)
    aiops: Aiops = True

    @property
    def integration_names(self) -> tuple[str, ...]:
        return self.integrations

    def unlisted(self, integrations: Collection[str]) -> list[str]:
        # The one that PagerDuty makes by itself is taken by the first that the file lists.
        return [] if routing_keys.is_default([*integrations]) else super().unlisted(integrations)

    def merged_onto(self, live: Self, now: datetime) -> Self:
        after = super().merged_onto(live, now)
        if "integrations" not in self.model_fields_set:
            return after
        labels = routing_keys.merged(self.integrations, live.integrations, exact=self.exact)
        return after.model_copy(update={"integrations": labels})


class LookedUpRouting(Resource):
    """An event orchestration of others: its entry may list integrations, which exist or are added."""

    integrations: Annotated[
        Integrations,
        Field(description="a routing key for each of these senders: missing ones are added, none is deleted"),
    ] = ()

    @property
    def integration_names(self) -> tuple[str, ...]:
        return self.integrations

    def merged_onto(self, live: Self, now: datetime) -> Self:
        added = (label for label in self.integrations if label not in live.integrations)
        return live.model_copy(update={"integrations": (*live.integrations, *added)})


class Routings(PagerDutyKind[Routing]):
    name, section, spec, looked_up = "routing", "routing", Routing, LookedUpRouting
    path, wrapper, plural = PATHS, "orchestration", "orchestrations"
    required = frozenset({"name", "team"})  # beside the description, which is always sent
    parts = (
        RoutingKeys(),
        CacheVariables(),  # before the rules that read them
        *(PathRules(field, path) for field, path in RULES.items()),
        RouterDocument(),
        Enablement(PATHS),
    )

    @property
    def title(self) -> str:
        return "event orchestration"

    def resolved(self, spec: Routing, specs: Mapping[Ref, Resource]) -> Routing:
        taken: dict[str, Any] = {
            field: with_sets(getattr(spec, field), specs, path)
            for field, path in RULES.items()
            if field in spec.model_fields_set
        }
        if "routes" in spec.model_fields_set:
            taken["routes"] = tuple(route.without_ignored() for route in spec.routes)
        if "cache_variables" in spec.model_fields_set:
            taken["cache_variables"] = without_ignored(spec.cache_variables)
        return spec.model_copy(update=taken)

    def doubts(
        self, spec: Routing, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterable[Doubt]:
        return variable_doubts(spec.cache_variables)

    def unfit(self, before: Routing | None, after: Routing, found: Mapping[Ref, Live]) -> Iterator[Doubt]:
        there = len(before.integrations) if before else 0
        if len(after.integrations) > max(there, MOST_INTEGRATIONS):
            yield Doubt(
                ("integrations",),
                f"an orchestration has at most {MOST_INTEGRATIONS} integrations, and this one gets "
                f"{len(after.integrations)}",
                "let several senders use one of them, or delete one first",
                at_key=True,
            )

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> Routing:
        team = live.raw.get("team")
        fields: dict[str, Any] = {
            "name": live.name,
            "description": live.raw["description"].strip(),
            "team": id_index.ref("team", team["id"]) if team and team.get("id") else None,
        }
        fields |= self.decoded_parts(live, id_index)
        return Routing.built(fields)

    def encode(self, spec: Routing, id_index: IdIndex, live: Live | None) -> Json:
        body: Json = {name: getattr(spec, name) for name in spec.model_fields_set & {"name", "description"}}
        if "team" in spec.model_fields_set and (spec.team or live):
            body["team"] = {"id": id_index.id(spec.team) if spec.team else None}
        return body

    def sendable(self, live: Live) -> Json:
        """Send no team as a missing field: it is undocumented whether null removes the team."""
        return {**live.raw, "team": live.raw.get("team") or {"id": None}}

    # --- reading -------------------------------------------------------------------------------------

    def read_outputs(self, clients: Clients, live: Live) -> Mapping[str, str]:
        integrations = routing_keys.read_integrations(clients, live.id)
        return {raw["label"]: raw["parameters"]["routing_key"] for raw in integrations}
