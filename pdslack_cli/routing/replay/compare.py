"""Compare how two routing models handle the same alert."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pdslack_cli.routing.replay.alerts import Alert
from pdslack_cli.routing.simulate.trace import EventOutcome, Trace


class OutcomeChange(StrEnum):
    """The kind of a difference, most severe first; an alert counts once, for the first that applies."""

    UNHEARD = "unheard"  # what it was sent to is gone
    SILENCED = "silenced"  # an incident no more
    PAGING = "paging"  # an incident now
    ELSEWHERE = "elsewhere"  # another service
    PAUSE = "pause"  # an incident only if no resolve comes in time, or no more so
    PEOPLE = "people"  # others are called
    URGENCY = "urgency"
    PRIORITY = "priority"
    CHANNELS = "channels"
    LOOKS = "looks"  # title, severity, note, fields


class RoutedDifference(NamedTuple):
    """A difference, with both values."""

    change: OutcomeChange
    before: str
    after: str


def difference(before: Trace, after: Trace | None) -> RoutedDifference | None:
    """The most severe difference between two traces; `after` of None: no longer received."""
    if after is None:
        return RoutedDifference(OutcomeChange.UNHEARD, _end(before), "")
    if _end(before) != _end(after):
        return RoutedDifference(_change_of_end(before, after), _end(before), _end(after))
    for change, aspect in _ASPECTS:
        one, other = aspect(before), aspect(after)
        if one != other:
            return RoutedDifference(change, one, other)
    looks = [name for name, aspect in _LOOKS if aspect(before) != aspect(after)]
    return RoutedDifference(OutcomeChange.LOOKS, "", ", ".join(looks)) if looks else None


def _change_of_end(before: Trace, after: Trace) -> OutcomeChange:
    paged, pages = (
        trace.outcome in (EventOutcome.INCIDENT, EventOutcome.PAUSED) for trace in (before, after)
    )
    if paged and not pages:
        return OutcomeChange.SILENCED
    if pages and not paged:
        return OutcomeChange.PAGING
    return OutcomeChange.ELSEWHERE if before.service != after.service else OutcomeChange.PAUSE


def _end(trace: Trace) -> str:
    """Return the destination of an event: the service of its incident, or the outcome and the service."""
    if trace.outcome is EventOutcome.INCIDENT:
        return trace.service
    return f"{trace.outcome} ({trace.service})" if trace.service else str(trace.outcome)


def _people(trace: Trace) -> str:
    return ", ".join(sorted(trace.on_call)) or trace.escalation_policy or "nobody"


def _channels(trace: Trace) -> str:
    return ", ".join(f"#{channel}" for channel in sorted(trace.channels)) or "no channel"


_ASPECTS: tuple[tuple[OutcomeChange, Callable[[Trace], str]], ...] = (
    (OutcomeChange.PEOPLE, _people),
    (OutcomeChange.PEOPLE, lambda trace: trace.escalation_policy),
    (OutcomeChange.URGENCY, lambda trace: trace.urgency),
    (OutcomeChange.PRIORITY, lambda trace: trace.priority or "none"),
    (OutcomeChange.CHANNELS, _channels),
)
_LOOKS: tuple[tuple[str, Callable[[Trace], object]], ...] = (
    ("title", lambda trace: trace.event.get("summary")),
    ("severity", lambda trace: trace.event.get("severity")),
    ("note", lambda trace: trace.note),
    ("fields", lambda trace: trace.fields),
    ("webhooks", lambda trace: [request.name for request in trace.requests]),
    ("event", lambda trace: {**trace.event, "summary": None, "severity": None}),
)


@dataclass
class Group:
    """Alerts of one service with the same difference; the first one is an example."""

    service: str
    difference: RoutedDifference
    example: Alert
    count: int = 0


@dataclass
class Summary:
    """The summary of a replay; its size does not grow with the number of alerts."""

    alerts: int = 0
    unknown: int = 0  # sent to a target that the live model does not have
    first: Alert | None = None
    last: Alert | None = None
    services: dict[str, int] = field(default_factory=dict)  # how many alerts each had
    _groups: dict[tuple[str, RoutedDifference], Group] = field(default_factory=dict)

    def add(self, alert: Alert, before: Trace | None, after: Trace | None) -> None:
        """Count an alert; `before` is None if the live model does not have its target."""
        self.alerts += 1
        self.first, self.last = self.first or alert, alert
        if before is None:
            self.unknown += 1
            return
        service = before.service or str(before.outcome)
        self.services[service] = self.services.get(service, 0) + 1
        if found := difference(before, after):
            group = self._groups.setdefault((service, found), Group(service, found, alert))
            group.count += 1

    @property
    def groups(self) -> list[Group]:
        """The groups, most severe first, then most frequent."""
        order = list(OutcomeChange)
        return sorted(
            self._groups.values(), key=lambda group: (order.index(group.difference.change), -group.count)
        )

    @property
    def differing(self) -> int:
        """How many alerts have a difference."""
        return sum(group.count for group in self._groups.values())
