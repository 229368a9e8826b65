"""The parts of an event orchestration: routing keys and documents of rules (pagerduty.md 7.2, 7.3)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.orchestration import paths, router, routing_keys
from pdslack_cli.kinds.pagerduty.orchestration.actions import PathName
from pdslack_cli.kinds.pagerduty.orchestration.paths import PATHS, Conditional, foreign_rules
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients
    from pdslack_cli.kinds.pagerduty.orchestration.routing import Routing


class RoutingKeys(Part["Routing"]):
    """The integrations of an orchestration, each with a routing key."""

    fields = children = frozenset({"integrations"})

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {"integrations": routing_keys.read_integrations(clients, live.id)}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        if "integrations" not in live.parts:
            return {}
        return {"integrations": tuple(raw["label"] for raw in live.parts["integrations"])}

    def is_bare(self, field: str, value: Any) -> bool:
        return not value or routing_keys.is_default(value)

    def warnings(
        self, before: Routing | None, after: Routing, fields: Collection[str], now: datetime
    ) -> Iterable[str]:
        for label in routing_keys.lost(before.integrations, after.integrations) if before else ():
            yield f"integration {label!r} is deleted: whatever sends with its key is no longer heard"

    def write(self, session: Session, ref: Ref, live: Live, spec: Routing) -> None:
        routing_keys.write_integrations(session, live, spec.integrations, exact=spec.exact)


class PathRules(Part["Routing"]):
    """The rules of one document: all of them are written at once."""

    def __init__(self, field: str, path: PathName) -> None:
        self.field, self.path = field, path
        self.fields = self.children = self.rules = frozenset({field})

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {self.path: paths.read_path(clients, f"{PATHS}/{live.id}/{self.path}")}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        if self.path not in live.parts:
            return {}
        return {self.field: paths.decode_path(live.parts[self.path], id_index, self.path)}

    def obstacles(
        self, spec: Routing, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        there = self.decode(live, id_index).get(self.field, ())
        return _foreign(self.field, getattr(spec, self.field), there, paths.does, live, adopt=adopt)

    def export_notes(self, live: Live, id_index: IdIndex) -> Iterable[str]:
        return (
            paths.export_notes(live.parts[self.path], id_index, self.path) if self.path in live.parts else ()
        )

    def write(self, session: Session, ref: Ref, live: Live, spec: Routing) -> None:
        _replace(session, ref, live, self.path, lambda now: self._changed(session, spec, now))

    def _changed(self, session: Session, spec: Routing, now: Json) -> Json:
        return paths.change_path(getattr(spec, self.field), session.id_index, now, self.path)


class RouterDocument(Part["Routing"]):
    """The routes and what belongs to them: one document of several fields."""

    fields = frozenset({"dynamic", "routes", "otherwise"})
    children = rules = frozenset({"routes"})

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {"router": paths.read_path(clients, f"{PATHS}/{live.id}/router")}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        if "router" not in live.parts:
            return {}
        return router.decode_router(live.parts["router"], id_index)._asdict()

    def obstacles(
        self, spec: Routing, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        if "routes" not in fields:
            return ()
        there = self.decode(live, id_index).get("routes", ())
        return _foreign("routes", spec.routes, there, lambda route: route.to, live, adopt=adopt)

    def export_notes(self, live: Live, id_index: IdIndex) -> Iterable[str]:
        return router.export_notes(live.parts["router"], id_index) if "router" in live.parts else ()

    def write(self, session: Session, ref: Ref, live: Live, spec: Routing) -> None:
        wanted = router.Router(spec.dynamic, spec.routes, spec.otherwise)
        _replace(
            session, ref, live, "router", lambda now: router.change_router(wanted, session.id_index, now)
        )


class CacheVariables(Part[Any]):
    """Variables that an orchestration or a service remembers: an export notes them, no file holds them."""

    def __init__(self, parent: str = "") -> None:
        self.parent = parent  # "services/" for those of a service

    def read_for_export(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        if not live.parts.get("active", True):  # only the rules that are in force use them
            return {}
        return {"cache_variables": paths.read_variables(clients, f"{self.parent}{live.id}")}

    def export_notes(self, live: Live, id_index: IdIndex) -> Iterable[str]:
        names = [raw["name"] for raw in live.parts.get("cache_variables", ())]
        if names:
            yield f"it has cache variables that stay as they are: {', '.join(names)}"


def _foreign(
    field: str,
    wanted: Sequence[Any],
    there: Sequence[Conditional],
    deed: Callable[[Any], object | None],
    live: Live,
    *,
    adopt: bool,
) -> Iterable[str]:
    """That the wanted rules would replace rules of which the file knows none."""
    if adopt or not wanted or field in live.own_rules:
        return
    if count := foreign_rules(wanted, there, deed):
        yield (
            f"{field}: PagerDuty holds {count} here, and the file knows none of them: "
            f"`--adopt` replaces them, or take `{field}` out of the file"
        )


def _replace(session: Session, ref: Ref, live: Live, document: str, change: Callable[[Json], Json]) -> None:
    path, planned = f"{PATHS}/{live.id}/{document}", live.parts.get(document)
    paths.replace_path(session, ref, path, planned, change, new=live.new)
