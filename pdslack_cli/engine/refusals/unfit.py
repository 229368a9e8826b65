"""Refuse values that the vendor certainly rejects, judged by live objects that the file looks up. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live, Ref


def unfit_values(plan: Plan, objects: Objects, stack: Stack) -> Iterator[Problem]:
    """Yield a problem for each value that the vendor would reject."""
    found = looked_up(plan.id_index, objects)
    for change in plan.changes:
        entry = stack.wanted.get(change.ref)
        if change.after is not None and entry:
            for doubt in change.kind.unfit(change.before, change.after, found):
                yield Problem(
                    f"{change.ref}: {doubt.message}", stack.doubt_location(entry, doubt), doubt.hint
                )


def looked_up(id_index: IdIndex, objects: Objects) -> Mapping[Ref, Live]:
    """Return the live objects of people, workflow actions and everything else the stack looks up."""
    found = {
        id_index.known(live.kind, live.id): live
        for kind, lives in objects.items()
        if kind not in MANAGED_NAMED
        for live in lives
    }
    return {ref: live for ref, live in found.items() if ref}
