"""Refuse plans that delete too much at once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.errors import Problem

MOST_DELETES = 10
MOST_OF_A_KIND = 0.30
SMALLEST_KIND = 4  # below this, a percentage is meaningless


def removed_children(change: Change) -> int:
    """How many children a change removes from an object that stays: each counts as a delete."""
    before, after = change.before_content, change.after_content
    return sum(
        (_children(before.get(name)) - _children(after.get(name))).total()
        for name in set(change.fields) & change.kind.child_fields
    )


def _children(value: Any) -> Counter[str]:
    """What a field lists, by identity: the label or name of a mapping, the key, or the text itself."""
    if isinstance(value, Mapping):
        nested = [child for inner in value.values() if isinstance(inner, list) for child in inner]
        return Counter(_identity(child) for child in nested or value)
    return Counter(_identity(item) for item in value or ())


def _identity(item: Any) -> str:
    if isinstance(item, Mapping):
        # Items without a label or name cannot be told apart, so only their number counts.
        return next((str(item[key]) for key in ("label", "name") if item.get(key)), "")
    return str(item)


def too_many_deletes(plan: Plan, allowed: int | None) -> Iterable[Problem]:
    """Refusals by count and by share of a kind; `allowed` is the value of --max-deletes."""
    deletes = [change for change in plan.of(Action.DELETE, Action.REPLACE) if not change.leftover]
    total = len(deletes) + sum(
        removed_children(change) for change in plan.changes if change.before and change.after
    )
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
