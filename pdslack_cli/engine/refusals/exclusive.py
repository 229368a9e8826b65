"""Refuse to put what only one object may have into an object while another one has it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.exclusive import Members, members
from pdslack_cli.engine.order import let_go_first
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.errors import Problem
from pdslack_cli.kinds.base.kind import Kind, readable
from pdslack_cli.model import Ref


def taken_members(plan: Plan, objects: Objects, stack: Stack) -> Iterator[Problem]:
    """Yield a problem for each object that would get what an object has which does not let go of it."""
    for change in plan.changes:
        kind = change.kind
        taken = members(kind, change.after) - members(kind, change.before)
        held = kind.held_by(change.live, change.fields) if change.live else {}
        for holder in held.values() if held and change not in let_go_first(plan.changes) else ():
            message = f"{change.ref}: it is in {holder}: take it out there first"
            yield Problem(message, stack.location(change.ref))
        for (field, ref), holder in _held(kind, plan, objects, taken) if taken else ():
            yield Problem(
                f"{change.ref}: {ref} is in {holder}, and in one {kind.title} at most",
                stack.field_location(change.ref, field),
                kind.exclusive_hint,
            )


def _held(
    kind: Kind[Any], plan: Plan, objects: Objects, taken: Members
) -> Iterator[tuple[tuple[str, Ref], str]]:
    """Yield the members that another object keeps, and how to name that object."""
    changed = {change.live.id for change in plan.changes if change.kind is kind and change.live}
    removed = {
        id_
        for change in plan.changes
        if change.live and change.after
        for id_ in change.kind.removed_by(change.live, change.after, change.fields)
    }
    others = (live for live in objects.get(kind.name, ()) if live.id not in changed | removed)
    for live, spec in readable(kind, others, plan.id_index):
        for member in sorted(members(kind, spec) & taken):
            yield member, plan.display_name(live)
