"""What an apply of a plan refuses to do, told by the plan itself: one place decides it for every command."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pdslack_cli.clients import Clients
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.names import temporary_name_notices
from pdslack_cli.engine.refusals.abilities import lacking_abilities
from pdslack_cli.engine.refusals.deletes import too_many_deletes
from pdslack_cli.engine.refusals.in_use import in_use
from pdslack_cli.engine.refusals.incidents import open_incidents, still_escalating
from pdslack_cli.engine.refusals.members import unfit_members
from pdslack_cli.engine.refusals.names import doubtful_names, taken_names


@dataclass(frozen=True)
class Allowed:
    """What the user said is meant: so many deletes (None: the usual limits), services with open incidents."""

    deletes: int | None = None
    open_incidents: bool = False


def with_refusals(plan: Plan, stack: Stack, live: LiveState, clients: Clients, allowed: Allowed) -> Plan:
    """The plan, with whatever an apply of it refuses among its problems; `live` is what it was made from.

    Calls are made only by a plan that deletes what incidents may be on, that gives a channel a name, or that
    begins to use a feature which some accounts lack.
    """
    calls = clients.calls
    refused = [
        *unfit_members(plan, live.objects, stack),
        *taken_names(plan, live.objects, stack, clients),
        *in_use(plan, live.objects, stack),
        *lacking_abilities(plan, stack, clients),
        *still_escalating(plan, live.objects, clients),
        *too_many_deletes(plan, allowed.deletes),
    ]
    if not allowed.open_incidents:
        refused += open_incidents(plan, clients)
    return replace(
        plan,
        changes=tuple(_warned(change, plan, stack, live) for change in plan.changes),
        problems=(*plan.problems, *refused),
        notices=(*plan.notices, *temporary_name_notices(plan.changes)),
        calls=plan.calls + clients.calls - calls,
    )


def _warned(change: Change, plan: Plan, stack: Stack, live: LiveState) -> Change:
    """The change, with warnings of what the vendor may refuse and nobody knows for sure."""
    doubts = [*doubtful_names(change, plan, live.objects), *_doubts_of_new(change, plan, stack)]
    if change.action is Action.DELETE and change.live:
        doubts += change.kind.deletion_warnings(change.live)
    return replace(change, warnings=(*change.warnings, *doubts)) if doubts else change


def _doubts_of_new(change: Change, plan: Plan, stack: Stack) -> Iterator[str]:
    """Doubts that only a plan knows, since it knows what is new; a check of the files tells the others."""
    entry = stack.wanted.get(change.ref)
    if entry and change.after:
        new = {made.ref for made in plan.of(Action.CREATE)}
        known = [*entry.kind.doubts(entry.spec, stack.specs)]
        found = entry.kind.doubts(entry.spec, stack.specs, new)
        yield from (doubt.message for doubt in found if doubt not in known)
