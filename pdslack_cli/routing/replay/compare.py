"""One alert in two worlds: what would become of it otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pdslack_cli.routing.replay.alerts import Alert
from pdslack_cli.routing.simulate.trace import EventOutcome, Trace


class OutcomeChange(StrEnum):
    """What would be otherwise, the gravest first; an alert counts for the first that fits."""

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
    """What would be otherwise, from what to what."""

    change: OutcomeChange
    before: str
    after: str


def difference(before: Trace, after: Trace | None) -> RoutedDifference | None:
    """The gravest difference between what two worlds make of an event; None for `after`: nobody hears it."""
    if after is None:
        return RoutedDifference(OutcomeChange.UNHEARD, _end(before), "")
    if _end(before) != _end(after):
        return RoutedDifference(_change_of_end(before, after), _end(before), _end(after))
    for change, said in _ASPECTS:
        one, other = said(before), said(after)
        if one != other:
            return RoutedDifference(change, one, other)
    looks = [name for name, said in _LOOKS if said(before) != said(after)]
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
    """Where an event ends: the service of its incident, or the outcome and the service that it has."""
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
    """Alerts of one service that would end otherwise in the same way; the first of them as an example."""

    service: str
    difference: RoutedDifference
    example: Alert
    count: int = 0


@dataclass
class Summary:
    """What a replay came to, without the alerts themselves: it does not grow with their number."""

    alerts: int = 0
    unknown: int = 0  # sent to what the live world does not have
    first: Alert | None = None
    last: Alert | None = None
    services: dict[str, int] = field(default_factory=dict)  # how many alerts each had
    _groups: dict[tuple[str, RoutedDifference], Group] = field(default_factory=dict)

    def add(self, alert: Alert, before: Trace | None, after: Trace | None) -> None:
        """Count an alert; `before` is None where the live world does not have what it was sent to."""
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
        """What would be otherwise, the gravest first, and among those the most frequent."""
        order = list(OutcomeChange)
        return sorted(
            self._groups.values(), key=lambda group: (order.index(group.difference.change), -group.count)
        )

    @property
    def differing(self) -> int:
        """How many alerts would end otherwise."""
        return sum(group.count for group in self._groups.values())
