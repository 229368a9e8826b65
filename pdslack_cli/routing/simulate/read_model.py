"""Build parts of the routing model from PagerDuty's JSON (pagerduty.md 5.1, 7, 9.4)."""

from __future__ import annotations

from collections.abc import Iterable

from pdslack_cli.model import Json
from pdslack_cli.routing.simulate.model import (
    NO_PRIORITY,
    NO_RULES,
    Orchestration,
    SimulatedNotificationRule,
    SimulatedService,
)
from pdslack_cli.routing.simulate.read_rules import read_cache_variable, read_path
from pdslack_cli.routing.simulate.rules import PathKind, RulePath
from pdslack_cli.routing.simulate.urgency import read_urgency

_ASLEEP = frozenset({"disabled", "maintenance"})


def read_orchestration(
    raw: Json,
    *,
    global_rules: Json | None = None,
    router: Json | None = None,
    unrouted: Json | None = None,
    cache_variables: Iterable[Json] = (),
) -> Orchestration:
    """Read an orchestration and its path documents, where a missing one is empty; raises RulesError."""
    return Orchestration(
        id=raw["id"],
        name=raw["name"],
        global_rules=_path(PathKind.GLOBAL, global_rules),
        router=_path(PathKind.ROUTER, router),
        unrouted=_path(PathKind.UNROUTED, unrouted),
        cache_variables=tuple(read_cache_variable(variable) for variable in cache_variables),
    )


def read_service(
    raw: Json, *, rules: Json | None = None, active: bool = True, cache_variables: Iterable[Json] = ()
) -> SimulatedService:
    """Read a service with the path document of its orchestration and its flag; raises RulesError."""
    policy = raw.get("escalation_policy") or {}
    return SimulatedService(
        id=raw["id"],
        name=raw["name"],
        escalation_policy=policy.get("id", ""),
        teams=frozenset(team["id"] for team in raw.get("teams") or ()),
        rules=_path(PathKind.SERVICE, rules),
        active=active,
        cache_variables=tuple(read_cache_variable(variable) for variable in cache_variables),
        urgency=read_urgency(raw),
        asleep=raw.get("status") in _ASLEEP,
    )


def read_slack_connection(raw: Json) -> SimulatedNotificationRule:
    """Read the notification rule of a connection of PagerDuty's Slack app."""
    source = frozenset({raw["source_id"]})
    settings = raw["config"]
    return SimulatedNotificationRule(
        name=raw["id"],
        channel=raw["channel_id"],
        services=source if raw["source_type"] == "service_reference" else frozenset(),
        teams=source if raw["source_type"] == "team_reference" else frozenset(),
        urgency=settings.get("urgency"),
        priorities=_priorities(settings.get("priorities")),
        events=frozenset(str(event).removeprefix("incident.") for event in settings["events"]),
    )


def _path(kind: PathKind, document: Json | None) -> RulePath:
    return read_path(kind, document) if document else NO_RULES[kind]


def _priorities(raw: list[str] | None) -> frozenset[str] | None:
    """Return the priorities of a filter: null allows all, [] only no priority (pagerduty.md 9.4)."""
    if raw is None:
        return None
    return frozenset(NO_PRIORITY if id_ == "no_priority" else id_ for id_ in raw or ("no_priority",))
