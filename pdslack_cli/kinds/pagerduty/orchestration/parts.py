"""The parts of an event orchestration: routing keys and rule documents (pagerduty.md 7.2, 7.3)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.orchestration import paths, router, routing_keys
from pdslack_cli.kinds.pagerduty.orchestration.actions import PathName
from pdslack_cli.kinds.pagerduty.orchestration.paths import PATHS, Conditional, foreign_rules
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


class HasRoutingKeys(Protocol):
    @property
    def integrations(self) -> tuple[str, ...]: ...
    @property
    def exact(self) -> bool: ...


class RoutingKeys(Part[HasRoutingKeys]):
    """The integrations of an orchestration, each with a routing key."""

    fields = children = frozenset({"integrations"})
    stored = "integrations"
    empty = ()

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {"integrations": routing_keys.read_integrations(clients, live.id)}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {"integrations": tuple(raw["label"] for raw in live.parts["integrations"])}

    def is_bare(self, field: str, value: Any) -> bool:
        return not value or routing_keys.is_default(value)

    def warnings(
        self, before: HasRoutingKeys | None, after: HasRoutingKeys, fields: Collection[str], now: datetime
    ) -> Iterable[str]:
        for label in routing_keys.lost(before.integrations, after.integrations) if before else ():
            yield f"integration {label!r} will be deleted: events sent with its key are no longer received"

    def write(self, session: Session, ref: Ref, live: Live, spec: HasRoutingKeys) -> None:
        routing_keys.write_integrations(session, live, spec.integrations, exact=spec.exact)


class PathRules(Part[Any]):
    """The rules of one document, which is always written as a whole."""

    def __init__(self, field: str, path: PathName) -> None:
        self.field, self.path = field, path
        self.stored = path
        self.fields = self.children = self.rules = frozenset({field})

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {self.path: paths.read_path(clients, f"{PATHS}/{live.id}/{self.path}")}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {self.field: paths.decode_path(live.parts[self.path], id_index, self.path)}

    def obstacles(
        self, spec: Any, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        there = self.decode_if_there(live, id_index).get(self.field, ())
        return _foreign(self.field, getattr(spec, self.field), there, paths.does, live, adopt=adopt)

    def export_notes(self, before: Any, live: Live, id_index: IdIndex) -> Iterable[str]:
        rules = getattr(before, self.field)
        return paths.export_notes(rules, live.parts[self.path], id_index, self.path)

    def write(self, session: Session, ref: Ref, live: Live, spec: Any) -> None:
        _replace(session, ref, live, self.path, lambda now: self._changed(session, spec, now))

    def _changed(self, session: Session, spec: Any, now: Json) -> Json:
        return paths.change_path(getattr(spec, self.field), session.id_index, now, self.path)


class HasRouter(Protocol):
    @property
    def dynamic(self) -> router.Dynamic | None: ...
    @property
    def routes(self) -> router.Routes: ...
    @property
    def otherwise(self) -> router.UnmatchedTarget: ...


class RouterDocument(Part[HasRouter]):
    """The routes and related fields: one document for several fields."""

    fields = frozenset({"dynamic", "routes", "otherwise"})
    children = rules = frozenset({"routes"})
    stored = "router"

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {"router": paths.read_path(clients, f"{PATHS}/{live.id}/router")}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return router.decode_router(live.parts["router"], id_index)._asdict()

    def obstacles(
        self, spec: HasRouter, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        if "routes" not in fields:
            return ()
        there = self.decode_if_there(live, id_index).get("routes", ())
        return _foreign("routes", spec.routes, there, lambda route: route.to, live, adopt=adopt)

    def export_notes(self, before: HasRouter, live: Live, id_index: IdIndex) -> Iterable[str]:
        return router.export_notes(_router(before), live.parts["router"], id_index)

    def write(self, session: Session, ref: Ref, live: Live, spec: HasRouter) -> None:
        wanted = _router(spec)
        _replace(
            session, ref, live, "router", lambda now: router.change_router(wanted, session.id_index, now)
        )


def _router(spec: HasRouter) -> router.Router:
    return router.Router(spec.dynamic, spec.routes, spec.otherwise)


def _foreign(
    field: str,
    wanted: Sequence[Any],
    there: Sequence[Conditional],
    deed: Callable[[Any], object | None],
    live: Live,
    *,
    adopt: bool,
) -> Iterable[str]:
    """Return an obstacle if the wanted rules would replace rules that the file does not contain."""
    if adopt or not wanted or field in live.own_rules:
        return
    if count := foreign_rules(wanted, there, deed):
        yield (
            f"{field}: PagerDuty holds {count} here, and the file contains none of them: "
            f"`--adopt` replaces them, or take `{field}` out of the file"
        )


def _replace(session: Session, ref: Ref, live: Live, document: str, change: Callable[[Json], Json]) -> None:
    path, planned = f"{PATHS}/{live.id}/{document}", live.parts.get(document)
    paths.replace_path(session, ref, path, planned, change, new=live.new)
