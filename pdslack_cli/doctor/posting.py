"""Check for channels that PagerDuty's Slack app would notify twice about an incident (slack.md 9)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from pdslack_cli.doctor.context import Facts
from pdslack_cli.doctor.finding import DoctorFinding, FindingLevel
from pdslack_cli.errors import Location
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule, NotificationRules
from pdslack_cli.kinds.sync.double_posts import doubled_source, teams_of_services, with_live_teams

CHECK = "notifications"
KIND = NotificationRules()


class _SlackConnection(NamedTuple):
    """A connection of one source to one channel, in the file, live, or both."""

    title: str
    rule: NotificationRule
    location: Location | None = None


def find_double_posts(facts: Facts) -> Iterator[DoctorFinding]:
    """Report pairs of connections that notify a channel of the file about the same incidents."""
    posts = list(_connections(facts))
    services = facts.objects.get("service", ())
    teams = with_live_teams(teams_of_services(facts.stack.specs), services, facts.ownership.id_index)
    doubled = False
    for one, other in combinations(posts, 2):
        service = doubled_source(one.rule, other.rule, teams)
        known = one.location or other.location or one.rule.to in facts.stack.entries
        if service and known:
            doubled = True
            yield DoctorFinding(
                FindingLevel.WARNING,
                CHECK,
                f"{one.rule.to} is notified twice about {service}: by {one.title} and by {other.title}",
                "keep one of them: remove the other from the file, or delete it in PagerDuty under "
                "Integrations > Slack; or separate them by `urgency` or `priorities`",
                one.location or other.location,
            )
    if posts and not doubled and KIND.name in facts.objects:  # unless the live ones could not be read
        yield DoctorFinding(FindingLevel.OK, CHECK, "no channel is notified twice about an incident")


def _connections(facts: Facts) -> Iterator[_SlackConnection]:
    id_index, matches = facts.ownership.id_index, facts.ownership.matches
    named: set[str] = set()
    for entry in facts.stack.of_kind(KIND.name):
        if isinstance(entry.spec, NotificationRule):
            live = matches[entry.ref].live
            rule = entry.spec.merged_onto(KIND.decode(live, id_index), live.read_at) if live else entry.spec
            named |= {live.id} if live else set()
            yield _SlackConnection(str(entry.ref), rule, facts.stack.location(entry.ref))
    for live in facts.objects.get(KIND.name, ()):
        if live.id not in named:
            yield _SlackConnection(f"the connection {live.id} ({live.name})", KIND.decode(live, id_index))
