"""The problem of an object that several entries mean."""

from __future__ import annotations

from collections.abc import Iterable

from pdslack_cli.config.stack import Stack, StackEntry
from pdslack_cli.errors import Problem
from pdslack_cli.model import Live, Ref


def claimed_problem(stack: Stack, entry: StackEntry, live: Live, claimants: Iterable[Ref]) -> Problem:
    """The problem of one of the entries; `claimants` are all of them."""
    ref = entry.ref
    others = [other for other in claimants if other != ref]
    message = (
        f"{ref} and {', '.join(map(str, others))} refer to the same object: "
        f"the {entry.kind.title} {live.name!r} ({live.id})"
    )
    places = ", ".join(f"{other} is at {stack.location(other)}" for other in others)
    hint = f"keep one entry for it, or give one of them another `name:` or `id:`; {places}"
    return Problem(message, stack.location(ref), hint)
