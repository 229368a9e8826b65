"""Refuse deletes of services with open incidents, and of what open incidents escalate to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from pdslack_cli.clients import Clients
from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.kinds.base.kind import Kind, Need, readable_needs
from pdslack_cli.model import Json, Live


def open_incidents(plan: Plan, clients: Clients) -> Iterable[Problem]:
    """Services with open incidents that would be deleted."""
    ids = {
        change.live.id: change.ref
        for change in plan.of(Action.DELETE)
        if change.kind.holds_incidents and change.live
    }
    counts = Counter(incident["service"]["id"] for incident in _open(clients, ids))
    for id_, count in counts.items():
        yield Problem(
            f"{ids[id_]} has {_counted(count)}",
            hint="resolve them first, or pass --delete-with-open-incidents",
        )


def still_escalating(plan: Plan, objects: Objects, clients: Clients) -> Iterator[Problem]:
    """Objects to delete that open incidents escalate to, by their old policy (pagerduty.md 4.1, 4.3)."""
    lost = {Need(change.ref.kind, change.live.id): change for change in plan.of(Action.DELETE) if change.live}
    policies = {
        live.id: {lost[need] for need in readable_needs(kind, live) & lost.keys()}
        for kind, live in _kinds(objects)
        if kind.kept_by_incidents
    }
    policies = {id_: changes for id_, changes in policies.items() if changes}
    services = [
        live.id
        for kind, live in _kinds(objects)
        if kind.holds_incidents and any(need.id in policies for need in readable_needs(kind, live))
    ]
    counts: Counter[Change] = Counter()
    for incident in _open(clients, services):
        counts.update(policies.get((incident.get("escalation_policy") or {}).get("id") or "", ()))
    for change, count in counts.items():
        yield Problem(
            f"{change.ref} cannot be deleted, because open incidents ({count}) still escalate to it",
            hint="resolve them first, or keep it until then",
        )


def _open(clients: Clients, services: Collection[str]) -> list[Json]:
    """The open incidents of some services; makes no call where there are no services."""
    if not services:
        return []
    asked: dict[str, Any] = {
        "service_ids[]": list(services),
        "statuses[]": ["triggered", "acknowledged"],
        "date_range": "all",
    }
    return clients.pagerduty.list("/incidents", "incidents", **asked)


def _kinds(objects: Objects) -> Iterator[tuple[Kind[Any], Live]]:
    for lives in objects.values():
        for live in lives:
            if kind := MANAGED_NAMED.get(live.kind):
                yield kind, live


def _counted(count: int) -> str:
    return "1 open incident" if count == 1 else f"{count} open incidents"
