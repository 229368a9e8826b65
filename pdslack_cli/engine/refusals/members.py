"""Refuse people in places where the vendor certainly rejects them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.errors import Problem
from pdslack_cli.model import Live, Ref


def unfit_members(plan: Plan, objects: Objects, stack: Stack) -> Iterator[Problem]:
    """The people that the vendor would reject, change by change."""
    people = _people(plan, objects)
    for change in plan.changes:
        if change.after is not None:
            for reason in change.kind.unfit(change.before, change.after, people):
                place = stack.field_location(change.ref, "members")
                yield Problem(
                    f"{change.ref}: {reason}", place, "give them another role first, or leave them out"
                )


def _people(plan: Plan, objects: Objects) -> Mapping[Ref, Live]:
    """The live objects of the people in the stack."""
    found = {plan.id_index.known(live.kind, live.id): live for live in objects.get("person", ())}
    return {ref: live for ref, live in found.items() if ref}
