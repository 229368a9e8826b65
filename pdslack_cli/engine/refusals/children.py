"""Children of objects, such as the integrations of a service: to remove one counts as a delete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from pdslack_cli.engine.change import Action, Change
from pdslack_cli.model import OwnershipMark


def removed_children(change: Change) -> int:
    """How many children a change removes from an object that stays."""
    return sum(removed_by_field(change).values())


def keeping_children(change: Change) -> Change | None:
    """The change without the fields that remove children; None where nothing is left of it.

    The mark does not claim rules that are not written.
    """
    removed = {name for name, count in removed_by_field(change).items() if count}
    if not removed or change.live is None or change.after is None:
        return change
    before, kind = change.existing.before, change.kind
    after = change.after.model_copy(update={name: getattr(before, name) for name in removed})
    fields = tuple(name for name in change.fields if name not in removed)
    kept = replace(
        change,
        after=after,
        fields=fields,
        mark=change.mark and _mark_without(change, change.mark, removed, change.live.own_rules),
        warnings=tuple(kind.warnings(before, after, fields, change.read_at)),
    )
    return kept if fields or kept.new_mark or kept.action is not Action.UPDATE else None


def _mark_without(
    change: Change, mark: OwnershipMark, removed: Set[str], owned: frozenset[str]
) -> OwnershipMark:
    """The mark, which claims of the fields that are left as they are no more than it did."""
    rules = (mark.rules(change.name_after) - removed) | (owned & removed)
    return OwnershipMark.bound(*mark.address, change.name_after, protected=mark.protected, rules=rules)


def removed_by_field(change: Change) -> Mapping[str, int]:
    """The number of removed children, by field."""
    if change.before is None or change.after is None:
        return {}
    before, after, kind = change.before_content, change.after_content, change.kind
    cleared = {name for name in change.fields if before.get(name) and not after.get(name)}
    return dict.fromkeys(cleared & kind.single_fields, 1) | {
        name: (_children(before.get(name)) - _children(after.get(name))).total()
        for name in set(change.fields) & kind.child_fields
    }


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
