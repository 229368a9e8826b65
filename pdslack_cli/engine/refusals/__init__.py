"""Refusals: what an apply would refuse, added to the plan as problems. All commands use this one place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from pdslack_cli.clients import Clients
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.names import temporary_name_notices
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.engine.refusals.abilities import lacking_abilities
from pdslack_cli.engine.refusals.circles import circles
from pdslack_cli.engine.refusals.deletes import too_many_deletes
from pdslack_cli.engine.refusals.double_posts import posted_twice
from pdslack_cli.engine.refusals.exclusive import taken_members
from pdslack_cli.engine.refusals.in_use import in_use
from pdslack_cli.engine.refusals.incidents import open_incidents, still_escalating
from pdslack_cli.engine.refusals.marks import no_room_for_marks, removed_from_unproven, revealed_marks
from pdslack_cli.engine.refusals.names import doubtful_names, names_taken_unseen, perhaps_hidden, taken_names
from pdslack_cli.engine.refusals.quotas import above_quota, doubtful_quotas
from pdslack_cli.engine.refusals.unfit import unfit_values
from pdslack_cli.errors import Problem
from pdslack_cli.model import Ref


@dataclass(frozen=True)
class Allowed:
    """What flags allow: a number of deletes (None: the default limits), services with open incidents."""

    deletes: int | None = None
    open_incidents: bool = False


def with_refusals(plan: Plan, stack: Stack, live: LiveState, clients: Clients, allowed: Allowed) -> Plan:
    """Add everything that an apply would refuse to the plan's problems; `live` is what it was made from.

    Makes calls only for a plan that deletes services or policies, names a channel, or starts to use a feature
    that some accounts lack.
    """
    calls = clients.calls
    doubtful = (
        doubtful_names(plan, live.objects),
        doubtful_quotas(plan, live.objects),
        perhaps_hidden(plan, live),
    )
    refused = [
        *_explained(_stands_in_the_way(plan, live.objects, stack), plan, live.objects, stack),
        *names_taken_unseen(plan, live.objects, stack, clients),
        *lacking_abilities(plan, stack, clients),
        *still_escalating(plan, live.objects, clients),
        *removed_from_unproven(plan, stack),
        *revealed_marks(plan, stack),
        *no_room_for_marks(plan, stack),
        *too_many_deletes(plan, allowed.deletes),
    ]
    if not allowed.open_incidents:
        refused += open_incidents(plan, clients)
    new = {change.ref for change in plan.of(Action.CREATE)}
    return replace(
        plan,
        changes=tuple(
            _warned(change, new, stack, [text for found in doubtful for text in found.get(change, ())])
            for change in plan.changes
        ),
        problems=(*plan.problems, *refused),
        notices=(*plan.notices, *temporary_name_notices(plan.changes)),
        calls=plan.calls + clients.calls - calls,
    )


def _stands_in_the_way(plan: Plan, objects: Objects, stack: Stack) -> list[Problem]:
    """What other objects, as they are or will be, do not allow."""
    return [
        *unfit_values(plan, objects, stack),
        *taken_names(plan, objects, stack),
        *circles(plan, objects, stack),
        *above_quota(plan, objects, stack),
        *taken_members(plan, objects, stack),
        *in_use(plan, objects, stack),
        *posted_twice(plan, objects, stack),
    ]


def _explained(
    problems: Collection[Problem], plan: Plan, objects: Objects, stack: Stack
) -> Iterator[Problem]:
    """The problems; those of objects that give way by changes which a flag leaves out say so."""
    left_out = [(str(one.ref), flag, one) for flag, changes in plan.excluded.items() for one in changes]
    flags = {address: flag for address, flag, _ in left_out}
    named = {problem: sorted(flags.keys() & _words(problem.message)) for problem in problems}
    chosen = {address for addresses in named.values() for address in addresses}
    more = (one for address, flag, one in left_out if address in chosen and flags[address] == flag)
    kept = (change for change in plan.changes if str(change.ref) not in chosen)
    with_these = replace(plan, changes=(*kept, *more))
    refused = (
        {problem.message for problem in _stands_in_the_way(with_these, objects, stack)} if chosen else ()
    )
    for problem, addresses in named.items():
        if addresses and problem.message not in refused:
            flag = flags[addresses[0]]
            how = " ".join(f"--only {address}" for address in addresses)
            hint = f"pass {how}, too" if flag == "--only" else "apply without it"
            problem = replace(problem, hint=f"{flag} leaves out what makes way for it: {hint}")
        yield problem


def _words(message: str) -> set[str]:
    return {word.strip(",:") for word in message.split()}


def _warned(change: Change, new: Collection[Ref], stack: Stack, names: Iterable[str]) -> Change:
    """Add warnings about what the vendor may refuse, where the facts are not certain."""
    doubts = [*names, *_doubts_of_new(change, new, stack)]
    if change.action is Action.DELETE and change.live:
        doubts += change.kind.deletion_warnings(change.live)
    return replace(change, warnings=(*change.warnings, *doubts)) if doubts else change


def _doubts_of_new(change: Change, new: Collection[Ref], stack: Stack) -> Iterator[str]:
    """Doubts about new objects, which only a plan knows; the check of the files reports the others."""
    entry = stack.wanted.get(change.ref)
    if entry and change.after:
        written = entry.written or entry.spec
        known = [*entry.kind.doubts(written, stack.specs)]
        found = entry.kind.doubts(written, stack.specs, new)
        yield from (doubt.message for doubt in found if doubt not in known)
