"""Event orchestrations: where events come in, and which service they go to (pagerduty.md 7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field

from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import RefTo, Text
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind
from pdslack_cli.kinds.pagerduty.orchestration import paths, router, routing_keys
from pdslack_cli.kinds.pagerduty.orchestration.actions import PathName
from pdslack_cli.kinds.pagerduty.orchestration.paths import (
    PATHS,
    change_path,
    decode_path,
    does,
    foreign_rules,
    read_path,
    read_variables,
    replace_path,
)
from pdslack_cli.kinds.pagerduty.orchestration.router import (
    Dynamic,
    Otherwise,
    Router,
    Routes,
    change_router,
    decode_router,
)
from pdslack_cli.kinds.pagerduty.orchestration.rules import Rules, allowed_in, with_sets
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

DOCUMENTS: Mapping[str, str] = {
    "rules": "global",
    "dynamic": "router",
    "routes": "router",
    "otherwise": "router",
    "unrouted": "unrouted",
}
"""Which document holds a field."""

RULES: Mapping[str, PathName] = {"rules": "global", "unrouted": "unrouted"}


class Routing(Resource):
    """An event orchestration: events come in by its routing keys and go to a service."""

    ABOUT: ClassVar[frozenset[str]] = Resource.ABOUT | {"exact"}

    description: Text = ""
    team: Annotated[
        Annotated[Ref, RefTo("team")] | None, Field(description="who may edit it; admins only, if left out")
    ] = None
    integrations: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        NullClears,
        AfterValidator(routing_keys.unique_labels),
        Field(description="a routing key for each of these senders"),
    ] = ()
    exact: Annotated[bool, Field(description="delete integrations that are not listed, and their keys")] = (
        False
    )
    rules: Annotated[
        Rules, NullClears, allowed_in("global"), Field(description="for all events, before they are routed")
    ] = ()
    dynamic: Dynamic | None = None
    routes: Annotated[Routes, NullClears] = ()
    otherwise: Annotated[Otherwise, Field(description="where events go that no route took")] = None
    unrouted: Annotated[
        Rules, NullClears, allowed_in("unrouted"), Field(description="for events that reach no service")
    ] = ()

    def merged_onto(self, live: Self) -> Self:
        after = super().merged_onto(live)
        if "integrations" not in self.model_fields_set:
            return after
        labels = routing_keys.merged(self.integrations, live.integrations, exact=self.exact)
        return after.model_copy(update={"integrations": labels})


class Routings(PagerDutyKind[Routing]):
    name, section, spec = "routing", "routing", Routing
    path, wrapper, plural = PATHS, "orchestration", "orchestrations"
    required = frozenset({"name", "team"})  # beside the description, which is always sent
    part_fields = frozenset({"integrations", *DOCUMENTS})
    child_fields = frozenset({"integrations", "rules", "routes", "unrouted"})
    rule_fields = frozenset({"rules", "routes", "unrouted"})

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
        return spec.model_copy(update=taken)

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> Routing:
        team = live.raw.get("team")
        fields: dict[str, Any] = {
            "name": live.name,
            "description": live.raw["description"].strip(),
            "team": id_index.ref("team", team["id"]) if team and team.get("id") else None,
        }
        if "integrations" in live.parts:
            fields["integrations"] = tuple(raw["label"] for raw in live.parts["integrations"])
        for field, path in RULES.items():
            if path in live.parts:
                fields[field] = decode_path(live.parts[path], id_index, path)
        if "router" in live.parts:
            fields |= decode_router(live.parts["router"], id_index)._asdict()
        return Routing.model_construct(**fields)

    def encode(self, spec: Routing, id_index: IdIndex, live: Live | None) -> Json:
        body: Json = {name: getattr(spec, name) for name in spec.model_fields_set & {"name", "description"}}
        if "team" in spec.model_fields_set:
            body["team"] = {"id": id_index.id(spec.team) if spec.team else None}
        return body

    def sendable(self, live: Live) -> Json:
        """Without a team it names none in so many words: a null is not said to take one off."""
        return {**live.raw, "team": live.raw.get("team") or {"id": None}}

    # --- reading -------------------------------------------------------------------------------------

    def read_parts(self, clients: Clients, live: Live, fields: Collection[str]) -> Live:
        parts = dict(live.parts)
        for document in {DOCUMENTS[field] for field in fields if field in DOCUMENTS}:
            parts[document] = read_path(clients, f"{PATHS}/{live.id}/{document}")
        if "integrations" in fields:
            parts["integrations"] = routing_keys.read_integrations(clients, live.id)
        return replace(live, parts=parts)

    def read_whole(self, clients: Clients, live: Live) -> Live:
        whole = super().read_whole(clients, live)
        return replace(whole, parts={**whole.parts, "cache_variables": read_variables(clients, live.id)})

    def read_outputs(self, clients: Clients, live: Live) -> Mapping[str, str]:
        integrations = routing_keys.read_integrations(clients, live.id)
        return {raw["label"]: raw["parameters"]["routing_key"] for raw in integrations}

    # --- what a plan asks ----------------------------------------------------------------------------

    def obstacles(
        self, spec: Routing, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        if adopt:
            return
        there = self.decode(live, id_index)
        foreign = {
            field: foreign_rules(getattr(spec, field), getattr(there, field), does)
            for field in RULES
            if field in fields and getattr(spec, field)
        }
        if "routes" in fields and spec.routes:
            foreign["routes"] = foreign_rules(spec.routes, there.routes, lambda route: route.to)
        for field, count in foreign.items():
            if count and field not in live.own_rules:
                yield (
                    f"{field}: PagerDuty holds {count} here, and the file knows none of them: "
                    f"`--adopt` replaces them, or take `{field}` out of the file"
                )

    def is_bare(self, field: str, value: Any) -> bool:
        return not value or (field == "integrations" and routing_keys.is_default(value))

    def warnings(self, before: Routing | None, after: Routing, fields: Collection[str]) -> Iterable[str]:
        if before is not None and "integrations" in fields:
            for label in routing_keys.lost(before.integrations, after.integrations):
                yield f"integration {label!r} is deleted: whatever sends with its key is no longer heard"

    # --- what an export asks -------------------------------------------------------------------------

    def export_notes(self, live: Live, id_index: IdIndex) -> Iterable[str]:
        yield from super().export_notes(live, id_index)
        for path in RULES.values():
            if path in live.parts:
                yield from paths.export_notes(live.parts[path], id_index, path)
        if "router" in live.parts:
            yield from router.export_notes(live.parts["router"], id_index)
        names = [raw["name"] for raw in live.parts.get("cache_variables", ())]
        if names:
            yield f"it has cache variables that stay as they are: {', '.join(names)}"

    # --- writing -------------------------------------------------------------------------------------

    def write_parts(
        self, session: Session, ref: Ref, live: Live, spec: Routing, fields: Collection[str]
    ) -> None:
        if "integrations" in fields:
            routing_keys.write_integrations(session, live, spec.integrations, exact=spec.exact)
        # Sorted, the router comes before `unrouted`; neither needs the other.
        for document in sorted({DOCUMENTS[field] for field in fields if field in DOCUMENTS}):
            replace_path(
                session,
                ref,
                f"{PATHS}/{live.id}/{document}",
                live.parts.get(document),
                partial(self._document, session, spec, document),
                new=live.new,
            )

    @staticmethod
    def _document(session: Session, spec: Routing, document: str, now: Json) -> Json:
        if document == "router":
            router = Router(spec.dynamic, spec.routes, spec.otherwise)
            return change_router(router, session.id_index, now)
        field, path = next((field, path) for field, path in RULES.items() if path == document)
        return change_path(getattr(spec, field), session.id_index, now, path)
