"""Refuse rules by which PagerDuty's Slack app and the two-way service post the same (slack.md 9)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pdslack_cli.config.locations import Locations
from pdslack_cli.config.stack import StackEntry
from pdslack_cli.errors import Problem
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule
from pdslack_cli.kinds.sync.double_posts import doubled_source, teams_of_services
from pdslack_cli.model import DataPath, Ref


def posted_by_both(
    entries: Mapping[Ref, StackEntry], locations: Locations, cut: Collection[DataPath]
) -> Iterable[Problem]:
    """Yield a problem for each rule with `via: sync` that posts what a rule of PagerDuty's app posts too.

    What a rule posts of which mistakes are `cut` out is not known.
    """
    teams = teams_of_services({ref: entry.spec for ref, entry in entries.items()})
    rules = [
        (ref, entry, entry.spec)
        for ref, entry in entries.items()
        if isinstance(entry.spec, NotificationRule) and entry.path not in cut
    ]
    for ref, entry, rule in rules:
        if rule.via != "sync":
            continue
        for other_ref, other, native in rules:
            source = native.via == "pagerduty" and doubled_source(rule, native, teams)
            if source:
                yield Problem(
                    f"notification rule {ref.key!r} posts incidents of {source} to {rule.to}, and so does "
                    f"{other_ref} through PagerDuty's Slack app",
                    locations.key(entry.path),
                    f"keep one of them; the other is defined at {locations.key(other.path)}",
                )
                break
