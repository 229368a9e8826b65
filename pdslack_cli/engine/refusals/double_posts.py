"""Refuse rules with `via: sync` beside a connection of PagerDuty's that posts the same. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Plan, Scope
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.errors import Problem
from pdslack_cli.kinds.base.kind import readable
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule, NotificationRules
from pdslack_cli.kinds.sync.double_posts import doubled_source, teams_of_services, with_live_teams

KIND = NotificationRules()
HINT = "delete it in PagerDuty under Integrations > Slack, or separate the two by `urgency` or `priorities`"


def posted_twice(plan: Plan, objects: Objects, stack: Stack) -> Iterator[Problem]:
    """Yield a problem for each connection that stays and posts what the two-way service is to post.

    A connection of the file itself is the business of the files' own check. The rules of the service are no
    business of a plan that covers less than the files, such as one of `--only`, `release` or `destroy`.
    """
    rules = [
        (entry.ref, entry.spec)
        for entry in stack.of_kind("sync_rule")
        if isinstance(entry.spec, NotificationRule)
    ]
    if not rules or plan.scope is not Scope.FILES:
        return
    teams = with_live_teams(teams_of_services(stack.specs), objects.get("service", ()), plan.id_index)
    left_out = {one.live.id: flag for flag, found in plan.excluded.items() for one in found if one.live}
    deleted = {change.live.id for change in plan.of(Action.DELETE) if change.live}
    in_file = {KIND.wanted_identity(entry.spec, plan.id_index) for entry in stack.of_kind(KIND.name)}
    others = (live for live in objects.get(KIND.name, ()) if KIND.identity(live) not in in_file)
    for live, connection in readable(KIND, others, plan.id_index):
        for ref, rule in rules:
            source = live.id not in deleted and doubled_source(rule, connection, teams)
            if source:
                flag = left_out.get(live.id)
                yield Problem(
                    f"notification rule {ref.key!r}: PagerDuty's Slack app already posts incidents of "
                    f"{source} to {rule.to}, by the connection {live.place}",
                    stack.location(ref),
                    f"{flag} leaves out its removal: apply without it" if flag else HINT,
                )
