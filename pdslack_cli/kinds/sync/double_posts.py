"""Channels that would get two messages of an incident: from PagerDuty's app and from us (slack.md 9)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.escalation_policy import EscalationPolicy
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule
from pdslack_cli.kinds.pagerduty.service.service import Service
from pdslack_cli.model import Live, Ref

Teams = Mapping[Ref, Collection[Ref]]
"""The teams of each service."""


def doubled_source(one: NotificationRule, other: NotificationRule, teams: Teams) -> Ref | None:
    """Return a source whose incidents both rules may post to the same channel; None if there is none."""
    if one.to != other.to or not _overlap(one, other):
        return None
    found = (common_source(mine, theirs, teams) for mine in one.from_ for theirs in other.from_)
    return next((source for source in found if source), None)


def common_source(one: Ref, other: Ref, teams: Teams) -> Ref | None:
    """Return the source that both cover: that of a team covers all its services."""
    if one == other or other in teams.get(one, ()):
        return one
    return other if one in teams.get(other, ()) else None


def teams_of_services(specs: Mapping[Ref, Resource]) -> dict[Ref, set[Ref]]:
    """Return the teams of each service of the file: those of its escalation policy."""
    teams: dict[Ref, set[Ref]] = {}
    for ref, spec in specs.items():
        policy = specs.get(spec.escalation_policy) if isinstance(spec, Service) else None
        if isinstance(policy, EscalationPolicy) and policy.team:
            teams.setdefault(ref, set()).add(policy.team)
    return teams


def with_live_teams(
    teams: dict[Ref, set[Ref]], services: Iterable[Live], id_index: IdIndex
) -> dict[Ref, set[Ref]]:
    """Return the teams of each service, also those of live ones."""
    known = {**teams}
    for live in services:
        service = id_index.ref(live.kind, live.id, live.name)
        found = {id_index.ref_of("team", team) for team in live.raw.get("teams") or ()}
        known[service] = known.get(service, set()) | found
    return known


def _overlap(one: NotificationRule, other: NotificationRule) -> bool:
    """Return whether an incident can pass both filters."""
    urgencies = one.urgency is None or other.urgency is None or one.urgency == other.urgency
    priorities = (
        one.priorities is None or other.priorities is None or bool({*one.priorities} & {*other.priorities})
    )
    return urgencies and priorities
