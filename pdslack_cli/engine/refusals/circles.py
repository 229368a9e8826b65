"""Refuse to put an object below itself, over objects that no file has. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.errors import Problem
from pdslack_cli.kinds.base.kind import readable
from pdslack_cli.model import Ref, find_cycle


def circles(plan: Plan, objects: Objects, stack: Stack) -> Iterator[Problem]:
    """Yield a problem for each object that would stand below itself; those of the files are known before."""
    for change in plan.changes:
        kind, field = change.kind, change.kind.parent_field
        if not field or field not in change.fields:
            continue
        above = {
            plan.id_index.known(live.kind, live.id): getattr(spec, field)
            for live, spec in readable(kind, objects.get(kind.name, ()), plan.id_index)
        }
        same = (other for other in plan.changes if other.kind is kind and other.after)
        above |= {other.ref: getattr(other.after, field) for other in same}
        found: list[Ref] = find_cycle({ref: [parent] for ref, parent in above.items() if ref and parent})
        if change.ref in found:
            way = " → ".join(map(str, found))
            yield Problem(
                f"{change.ref} would be below itself: {way}",
                stack.field_location(change.ref, field),
                "take one of them out of the other first",
            )
