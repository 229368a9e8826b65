"""Short ways to make worlds and to send events through them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pdslack_cli.routing.pcl.events import to_events_api
from pdslack_cli.routing.simulate.model import Orchestration, RoutingModel, SimulatedService
from pdslack_cli.routing.simulate.orchestration import ReceivedEvent, route
from pdslack_cli.routing.simulate.read_rules import read_cache_variable, read_path
from pdslack_cli.routing.simulate.rules import PathKind, RulePath
from pdslack_cli.routing.simulate.state import State
from pdslack_cli.routing.simulate.trace import Trace

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)  # a Wednesday


def rule(*conditions: str, label: str = "", disabled: bool = False, **actions: Any) -> dict[str, Any]:
    return {
        "label": label,
        "conditions": [{"expression": condition} for condition in conditions],
        "actions": actions,
        "disabled": disabled,
    }


def path(
    kind: PathKind, *rules: dict[str, Any], otherwise: dict[str, Any] | None = None, **sets: list[Any]
) -> RulePath:
    named = [{"id": name, "rules": list(content)} for name, content in {"start": rules, **sets}.items()]
    return read_path(kind, {"sets": named, "catch_all": {"actions": otherwise or {}}})


def global_rules(*rules: dict[str, Any], **rest: Any) -> RulePath:
    return path(PathKind.GLOBAL, *rules, **rest)


def router(*rules: dict[str, Any], otherwise: str = "unrouted") -> RulePath:
    return path(PathKind.ROUTER, *rules, otherwise={"route_to": otherwise})


def service_rules(*rules: dict[str, Any], **rest: Any) -> RulePath:
    return path(PathKind.SERVICE, *rules, **rest)


def unrouted_rules(*rules: dict[str, Any], **rest: Any) -> RulePath:
    return path(PathKind.UNROUTED, *rules, **rest)


def cache_variable(name: str, *conditions: str, **configuration: Any):
    return read_cache_variable(
        {
            "name": name,
            "conditions": [{"expression": condition} for condition in conditions],
            "configuration": configuration,
        }
    )


def world(
    *services: SimulatedService,
    global_: RulePath | None = None,
    route_to: RulePath | None = None,
    unrouted: RulePath | None = None,
    cache: tuple[Any, ...] = (),
    **rest: Any,
) -> RoutingModel:
    """One orchestration, O, that routes everything to the first service unless told otherwise."""
    default = Orchestration("O", "Everything")
    orchestration = Orchestration(
        "O",
        "Everything",
        global_ or default.global_rules,
        route_to or router(otherwise=services[0].id if services else "unrouted"),
        unrouted or default.unrouted,
        cache,
    )
    return RoutingModel(
        orchestrations={"O": orchestration}, services={service.id: service for service in services}, **rest
    )


def send(
    world: RoutingModel,
    /,
    *,
    after: float = 0,
    to: str = "O",
    state: State | None = None,
    raw: dict[str, Any] | None = None,
    **event: Any,
) -> Trace:
    """Send an event `after` seconds past noon; a field with a trailing _ may be called like a keyword."""
    event = {"event_action": "trigger", **{name.rstrip("_"): value for name, value in event.items()}}
    target = {"orchestration": to} if to in world.orchestrations else {"service": to}
    at = NOON + timedelta(seconds=after)
    return route(
        world, ReceivedEvent(event, to_events_api(event) if raw is None else raw, at, **target), state
    )
