"""What keeps the change of an entry from being planned, such as a field that cannot change."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pdslack_cli.config.stack import StackEntry
from pdslack_cli.engine.change import Action, Change
from pdslack_cli.engine.ownership.unproven import is_unproven, left_copy_problem, unproven_problem
from pdslack_cli.engine.plan.comparison import StackComparison
from pdslack_cli.errors import Problem
from pdslack_cli.kinds.base.spec import Resource


def obstacles(
    change: Change,
    entry: StackEntry,
    comparison: StackComparison,
    *,
    adopt: bool,
    named: Collection[str] = (),
) -> Iterator[Problem]:
    """Yield a problem for each reason why these fields, or those of the change, cannot be written."""
    stack, kind, spec, live = comparison.stack, change.kind, entry.spec, change.existing.live
    fields, location = set(named or change.fields), stack.location(entry.ref)
    for name in change.fields:
        if name in kind.frozen_fields:
            yield Problem(
                f"{entry.ref}: {name} cannot be changed",
                stack.field_location(entry.ref, name),
                kind.frozen_fields[name],
            )
    if change.action is Action.REPLACE:
        fields |= kind.fixed_fields
        for message, hint in replacement_obstacles(change, spec):
            yield Problem(message, location, hint)
    if live.owned and live.owned.key != entry.ref.key:
        copies = comparison.ownership.copies.get(entry.ref, ())
        if copied := left_copy_problem(f"{entry.ref} was {live.owned.key}", copies):
            yield Problem(copied[0], location, copied[1])
    if live.owned is None:
        for part in kind.parts_of(fields):
            for owner in {mark.owner for mark in part.marks(live) if mark} - {stack.owner}:
                yield Problem(
                    f"{entry.ref}: {', '.join(sorted(part.fields))} belongs to owner {owner!r}: "
                    f"`pdslack adopt {entry.ref} --from {owner}` takes it over",
                    location,
                )
    for obstacle in kind.obstacles(spec, live, fields, comparison.id_index, adopt=adopt):
        yield Problem(f"{entry.ref}: {obstacle}", location)


def replacement_obstacles(change: Change, spec: Resource) -> Iterator[tuple[str, str]]:
    """Yield a message and a hint for each reason why the live object must not be deleted for another one."""
    live = change.existing.live
    if not live.is_unconfirmed and (spec.protect or change.is_protected):
        yield (
            f"{change.ref} would be replaced, but is protected",
            "remove `protect` first, in a separate apply",
        )
    if is_unproven(live) and not spec.id:
        yield unproven_problem(live, f"{change.ref} would be replaced", f"set `id: {live.id}`")
