"""Refuse features that the account's plan lacks, of those that PagerDuty reports as abilities."""

from __future__ import annotations

from collections.abc import Iterator

from pdslack_cli.clients import Clients
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Plan
from pdslack_cli.errors import ApiError, Problem
from pdslack_cli.kinds.pagerduty.abilities import ABILITIES


def lacking_abilities(plan: Plan, stack: Stack, clients: Clients) -> Iterator[Problem]:
    """Features that the plan starts to use and the account lacks; one call, and only if needed."""
    begun = [
        (ability, change.ref)
        for change in plan.changes
        for ability in ABILITIES
        if change.after is not None and ability.is_in(change.after)
        if change.before is None or not ability.is_in(change.before)
    ]
    if not begun:
        return
    try:
        has = clients.pagerduty.get("/abilities")["abilities"]
    except ApiError:
        return  # without permission to ask, the apply itself reports it
    for ability, ref in begun:
        if ability.name not in has:
            yield Problem(
                f"{ref}: this account's plan lacks {ability.title} (ability {ability.name})",
                stack.location(ref),
                "remove it from the file, or upgrade the account's plan",
            )
