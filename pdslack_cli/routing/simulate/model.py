"""The routing model: everything that decides where an event goes, built from a stack or the sandbox.

Objects are identified by an id that the builder chooses (a vendor's id, or a key of the file).
The `read_…` functions of this package make the parts from PagerDuty's JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pdslack_cli.routing.simulate.oncall import SimulatedPolicy, SimulatedSchedule
from pdslack_cli.routing.simulate.rules import START, UNROUTED, CacheVariable, PathActions, PathKind, RulePath
from pdslack_cli.routing.simulate.urgency import UrgencyRule

NO_RULES = {
    kind: RulePath(kind, {START: ()}, PathActions(route_to=UNROUTED if kind is PathKind.ROUTER else ""))
    for kind in PathKind
}
NO_PRIORITY = "none"  # among priorities: incidents that have none


@dataclass(frozen=True)
class Orchestration:
    """An orchestration: three paths for events sent to its keys."""

    id: str
    name: str
    global_rules: RulePath = NO_RULES[PathKind.GLOBAL]
    router: RulePath = NO_RULES[PathKind.ROUTER]
    unrouted: RulePath = NO_RULES[PathKind.UNROUTED]
    cache_variables: tuple[CacheVariable, ...] = ()


@dataclass(frozen=True)
class SimulatedService:
    """A service with its rules, which apply only if `active`."""

    id: str
    name: str
    escalation_policy: str = ""
    teams: frozenset[str] = frozenset()
    rules: RulePath = NO_RULES[PathKind.SERVICE]
    active: bool = True
    cache_variables: tuple[CacheVariable, ...] = ()
    urgency: UrgencyRule = field(default_factory=UrgencyRule)
    asleep: bool = False  # disabled, or in a maintenance window: no incidents (orchestration.md 4.1)


@dataclass(frozen=True)
class SimulatedNotificationRule:
    """Which incidents a channel is notified of. A filter of None matches everything.

    `priorities` are ids; `none` among them stands for incidents without priority. `events` are words such as
    triggered, acknowledged, resolved.
    """

    name: str
    channel: str
    services: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    urgency: str | None = None
    priorities: frozenset[str] | None = None
    severities: frozenset[str] | None = None
    events: frozenset[str] | None = None


@dataclass(frozen=True)
class RoutingModel:
    """Everything that decides where an event goes, by id. `priorities` and `fields` give the names."""

    orchestrations: Mapping[str, Orchestration] = field(default_factory=dict)
    services: Mapping[str, SimulatedService] = field(default_factory=dict)
    escalation_policies: Mapping[str, SimulatedPolicy] = field(default_factory=dict)
    schedules: Mapping[str, SimulatedSchedule] = field(default_factory=dict)
    notification_rules: tuple[SimulatedNotificationRule, ...] = ()
    priorities: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
