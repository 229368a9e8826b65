"""Refuse more objects than the vendor takes; warn where it is not documented that it refuses them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.order import room_made
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.errors import Problem
from pdslack_cli.kinds.base.kind import readable
from pdslack_cli.kinds.base.quota import Quota

HINT = "delete one first, in an apply of its own; what a plan replaces exists twice for a moment"


def above_quota(plan: Plan, objects: Objects, stack: Stack) -> Iterator[Problem]:
    """Yield a problem for each new object above a documented number."""
    for change, quota in _above(plan, objects):
        if quota.documented:
            message = f"{change.ref}: PagerDuty takes at most {quota.most} {quota.title}"
            yield Problem(message, stack.location(change.ref), HINT)


def doubtful_quotas(plan: Plan, objects: Objects) -> Mapping[Change, Sequence[str]]:
    """Return a warning for each new object above a number that the vendor may refuse."""
    return {
        change: [f"PagerDuty may take no more than {quota.most} {quota.title}"]
        for change, quota in _above(plan, objects)
        if not quota.documented
    }


def _above(plan: Plan, objects: Objects) -> Iterator[tuple[Change, Quota]]:
    new = [
        (change, quota)
        for change in plan.of(Action.CREATE, Action.REPLACE)
        if change.after is not None and (quota := change.kind.quota(change.after))
    ]
    if not new:
        return
    count = Counter(
        kind.quota(spec)
        for kind in {change.ref.kind: change.kind for change, _ in new}.values()
        for _, spec in readable(kind, objects.get(kind.name, ()), plan.id_index)
    )
    room = room_made(plan.changes)
    for change, quota in new:
        count[quota] += 1
        if count[quota] - room.get(change, 0) > quota.most:
            yield change, quota
