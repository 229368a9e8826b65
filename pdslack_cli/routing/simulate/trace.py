"""The trace of an event: its outcome, and every decision with its values (orchestration.md 2.11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pdslack_cli.routing.pcl.conditions import Condition, Verdict
from pdslack_cli.routing.pcl.unverified import Unverified
from pdslack_cli.routing.simulate.rules import PathKind, PathRule, RuleKey

CATCH_ALL = "otherwise"


class EventOutcome(StrEnum):
    """The outcome of an event."""

    INCIDENT = "incident"
    SUPPRESSED = "suppressed"  # an alert without an incident
    PAUSED = "paused"  # an incident later, unless a resolve comes first
    DROPPED = "dropped"  # by a rule: as if never sent
    UNROUTED = "unrouted"  # a suppressed alert without a service
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    IGNORED = "ignored"  # the service is disabled or in maintenance, or nobody is on call


class Tried(NamedTuple):
    """A condition and its result."""

    condition: Condition
    verdict: Verdict


class EventChange(NamedTuple):
    """A change by a rule: the field, and the value that was set or added."""

    field: str
    value: object


class TraceStep(NamedTuple):
    """A rule that was evaluated, with its path and owner. `rule` of None is the path's catch-all."""

    path: PathKind
    owner: str
    rule: PathRule | None
    matched: bool
    tried: tuple[Tried, ...] = ()
    changes: tuple[EventChange, ...] = ()

    @property
    def name(self) -> str:
        return self.rule.name if self.rule else CATCH_ALL

    @property
    def key(self) -> RuleKey | None:
        return self.rule.key(self.owner, self.path) if self.rule else None


class OutgoingRequest(NamedTuple):
    """A webhook that is sent (or offered as a button), or an automation action that is run."""

    name: str
    url: str
    automatic: bool
    headers: Mapping[str, str]
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Trace:
    """The whole route of one event. Objects are named by their names, if the model has them."""

    at: datetime
    event: Mapping[str, object]  # after all changes
    outcome: EventOutcome
    reason: str = ""  # why PagerDuty ignores the event, where it does
    steps: tuple[TraceStep, ...] = ()
    service: str = ""  # id; "" where none was reached
    priority: str = ""  # name
    urgency: str = ""
    escalation_policy: str = ""  # id
    on_call: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    note: str = ""
    pause: int = 0  # seconds
    fields: Mapping[str, str] = field(default_factory=dict)
    requests: tuple[OutgoingRequest, ...] = ()
    unresolved: tuple[str, ...] = ()  # what rules refer to and the model does not have
    reached: tuple[Unverified, ...] = ()  # by actions; conditions have their own

    @property
    def matched(self) -> tuple[TraceStep, ...]:
        """The rules and catch-alls that matched, in order."""
        return tuple(step for step in self.steps if step.matched)

    @property
    def path(self) -> tuple[str, ...]:
        """The names of the rules that matched, in order."""
        return tuple(step.name for step in self.matched if step.rule)

    @property
    def verdicts(self) -> Iterator[tuple[TraceStep, Tried]]:
        """Every condition that was evaluated, with its rule."""
        return ((step, tried) for step in self.steps for tried in step.tried)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about parts of conditions that cannot be evaluated for this event."""
        return tuple(
            f"{step.name}: {warning.message} (`{warning.operator}` at character {warning.position})"
            for step, tried in self.verdicts
            for warning in tried.verdict.warnings
        )

    @property
    def unverified(self) -> tuple[Unverified, ...]:
        """The undocumented behaviour that the result depends on."""
        by_conditions = (one for _, tried in self.verdicts for one in tried.verdict.unverified)
        return tuple(dict.fromkeys((*self.reached, *by_conditions)))
