"""Choose the channels for an incident's message, by the notification rules with `via: sync`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from pdslack_cli.model import Name
from pdslack_cli.sync.message.view import IncidentPart, IncidentView


@dataclass(frozen=True)
class ChannelRule:
    """A rule of the file with the vendors' ids in place of its references.

    None in a condition is any incident; `priorities` may hold "none", for incidents without one. An incident
    matches `on_call` where one of these people, or somebody by one of these schedules, is on call now.
    """

    name: str
    channel: str
    sources: frozenset[str]  # ids of services and teams
    urgency: str | None = None
    priorities: frozenset[str] | None = None
    severities: frozenset[str] | None = None
    on_call: frozenset[str] | None = None  # ids of people and schedules
    events: frozenset[str] = frozenset({"triggered"})
    fallback: str = ""  # the channel to use where `channel` is archived, deleted or closed to us
    template: str = "default"


@dataclass(frozen=True)
class ChannelChoice:
    """A channel for a message, where to go if it cannot be posted to, and how it looks there."""

    channel: str
    fallback: str
    template: str
    rule: str
    events: frozenset[str]


def channels_for(view: IncidentView, rules: Iterable[ChannelRule]) -> tuple[ChannelChoice, ...]:
    """Return the channels for an incident, each once: the first rule for a channel counts.

    Where no rule matches, those do whose conditions are about what could not be read: somebody must see it.
    """
    ordered = tuple(rules)
    unread = view.unread.keys()
    certain = [rule for rule in ordered if matches(view, rule)]
    found: dict[str, ChannelChoice] = {}
    for rule in certain or [rule for rule in ordered if unread and matches(view, _without(rule, unread))]:
        found.setdefault(
            rule.channel,
            ChannelChoice(rule.channel, rule.fallback, rule.template, rule.name, rule.events),
        )
    return tuple(found.values())


def _without(rule: ChannelRule, unread: Collection[IncidentPart]) -> ChannelRule:
    """A rule without the conditions that only parts can meet that were not read."""
    severities = None if {IncidentPart.ALERTS, IncidentPart.INCIDENT} & {*unread} else rule.severities
    on_call = None if {IncidentPart.ON_CALL, IncidentPart.INCIDENT} & {*unread} else rule.on_call
    return replace(rule, severities=severities, on_call=on_call)


def matches(view: IncidentView, rule: ChannelRule) -> bool:
    """Return whether an incident meets every condition of a rule."""
    sources = {view.service.id, *(team.id for team in view.teams)}
    on_call = {duty.responder.id for duty in view.on_call} | {duty.schedule_id for duty in view.on_call}
    priorities = rule.priorities and {Name(priority) for priority in rule.priorities}
    return (
        bool(rule.sources & sources)
        and rule.urgency in (None, view.urgency)
        and (priorities is None or Name(view.priority or "none") in priorities)
        and (rule.severities is None or view.severity in rule.severities)
        and (rule.on_call is None or bool(rule.on_call & on_call))
    )
