"""Incidents that PagerDuty's Slack app would tell a channel twice (slack.md 9)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from pdslack_cli.doctor.context import Facts
from pdslack_cli.doctor.finding import DoctorFinding, FindingLevel
from pdslack_cli.errors import Location
from pdslack_cli.kinds.pagerduty.escalation_policy import EscalationPolicy
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule, NotificationRules
from pdslack_cli.kinds.pagerduty.service.service import Service
from pdslack_cli.model import Live, Ref

CHECK = "notifications"
KIND = NotificationRules()


class _Post(NamedTuple):
    """A connection of one source with one channel: of the file, live, or both."""

    title: str
    rule: NotificationRule
    location: Location | None = None

    @property
    def source(self) -> Ref:
        (source,) = self.rule.from_
        return source


def find_double_posts(facts: Facts) -> Iterator[DoctorFinding]:
    """Pairs of connections that tell one channel about the same incidents; strangers' alone are theirs."""
    posts = list(_posts(facts))
    teams = _teams_of_services(facts)
    doubled = False
    for one, other in combinations(posts, 2):
        service = _shared(one.source, other.source, teams)
        known = one.location or other.location or one.rule.to in facts.stack.entries
        if service and known and one.rule.to == other.rule.to and _overlap(one.rule, other.rule):
            doubled = True
            yield DoctorFinding(
                FindingLevel.WARNING,
                CHECK,
                f"{one.rule.to} is notified twice about {service}: by {one.title} and by {other.title}",
                "keep one of them: remove the other from the file, or delete it in PagerDuty under "
                "Integrations > Slack; or separate them by `urgency` or `priorities`",
                one.location or other.location,
            )
    if posts and not doubled:
        yield DoctorFinding(FindingLevel.OK, CHECK, "no channel is notified twice about an incident")


def _posts(facts: Facts) -> Iterator[_Post]:
    id_index, matches = facts.ownership.id_index, facts.ownership.matches
    meant: set[str] = set()
    for entry in facts.stack.of_kind(KIND.name):
        if isinstance(entry.spec, NotificationRule):
            live = matches[entry.ref].live
            rule = entry.spec.merged_onto(KIND.decode(live, id_index), live.read_at) if live else entry.spec
            meant |= {live.id} if live else set()
            yield _Post(str(entry.ref), rule, facts.stack.location(entry.ref))
    for live in facts.objects.get(KIND.name, ()):
        if live.id not in meant:
            yield _Post(f"the connection {live.id} ({live.name})", KIND.decode(live, id_index))


def _shared(one: Ref, other: Ref, teams: Mapping[Ref, Collection[Ref]]) -> Ref | None:
    """The source whose incidents both tell: a team's connection covers all services of the team."""
    if one == other or other in teams.get(one, ()):
        return one
    return other if one in teams.get(other, ()) else None


def _overlap(one: NotificationRule, other: NotificationRule) -> bool:
    """Whether there are incidents that pass both filters."""
    urgencies = one.urgency is None or other.urgency is None or one.urgency == other.urgency
    priorities = (
        one.priorities is None or other.priorities is None or bool({*one.priorities} & {*other.priorities})
    )
    return urgencies and priorities


def _teams_of_services(facts: Facts) -> Mapping[Ref, Collection[Ref]]:
    """The teams of each service: those of its escalation policy, in the file or live."""
    teams: dict[Ref, set[Ref]] = {}
    for live in facts.objects.get("service", ()):
        teams.setdefault(_ref(facts, live), set()).update(
            facts.ownership.id_index.ref("team", team["id"], team.get("summary"))
            for team in live.raw.get("teams") or ()
        )
    for ref, spec in facts.stack.specs.items():
        policy = facts.stack.specs.get(spec.escalation_policy) if isinstance(spec, Service) else None
        if isinstance(policy, EscalationPolicy) and policy.team:
            teams.setdefault(ref, set()).add(policy.team)
    return teams


def _ref(facts: Facts, live: Live) -> Ref:
    return facts.ownership.id_index.ref(live.kind, live.id, live.name)
