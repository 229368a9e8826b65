"""Refuse plans that delete too much at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pdslack_cli.engine.change import Action, Plan
from pdslack_cli.engine.refusals.children import removed_children
from pdslack_cli.errors import Problem

MOST_DELETES = 10
MOST_OF_A_KIND = 0.30
SMALLEST_KIND = 4  # below this, a percentage is meaningless


def too_many_deletes(plan: Plan, allowed: int | None) -> Iterable[Problem]:
    """Refusals by count and by share of a kind; `allowed` is the value of --max-deletes."""
    deletes = [change for change in plan.of(Action.DELETE, Action.REPLACE) if not change.leftover]
    total = len(deletes) + sum(map(removed_children, plan.changes))
    if allowed is not None:
        if total > allowed:
            yield Problem(f"the plan deletes {total}, --max-deletes allows {allowed}")
        return
    hint = f"if this is intended, pass --max-deletes {total}"
    if total > MOST_DELETES:
        yield Problem(f"the plan deletes {total} (limit {MOST_DELETES})", hint=hint)
    for kind in sorted({change.ref.kind for change in deletes}):
        count = sum(change.ref.kind == kind for change in deletes)
        mine = plan.counts.get(kind, 0)
        if mine >= SMALLEST_KIND and count > MOST_OF_A_KIND * mine:
            share = round(100 * count / mine)
            yield Problem(
                f"the plan deletes {count} of {mine} {kind} objects ({share} %, limit 30 %)", hint=hint
            )
