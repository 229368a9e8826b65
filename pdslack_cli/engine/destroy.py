"""Plan to delete what an owner marks. Pure, as the plan of the files is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from pdslack_cli.clients.http.calls import NAMES
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Change, Plan, Scope
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.ownership.match import MatchStatus
from pdslack_cli.engine.ownership.matching import Ownership, resolve_ownership
from pdslack_cli.engine.ownership.unproven import copy_notices
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.plan.comparison import StackComparison
from pdslack_cli.engine.plan.entries import EntryPlanner
from pdslack_cli.engine.plan.removals import RemovalPlanner
from pdslack_cli.kinds import EXTENDED_NAMED, KIND_NAMED, MANAGED_NAMED
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.model import Ref


def plan_destroy(stack: Stack, live: LiveState) -> Plan:
    """Plan to delete every object that carries the owner's mark, except what the files or marks protect."""
    kept = _protected(stack)
    emptied = Stack(
        stack.header,
        {ref: entry for ref, entry in stack.entries.items() if ref in kept or entry.spec.lookup},
        frozenset(KIND_NAMED),
        stack.locations,
    )
    comparison = StackComparison(emptied, live)
    entries = EntryPlanner(comparison, adopt=False, may_restore=())
    planner = RemovalPlanner(comparison, "would be destroyed", "apply with its entry first")
    leftovers = [change for change in entries.changes() if change.leftover and not change.after]
    removals = [*leftovers, *planner.all()]
    held = _protected_live(removals)
    plan = make_plan(emptied, live)
    deletes = tuple(replace(change, reason="") for change in removals if change.ref not in held)
    notices = (
        *(f"{ref} is kept: it is protected, or something protected needs it" for ref in sorted(kept | held)),
        *(
            f"{problem.message}: kept; {problem.hint}"
            for found in planner.problems.values()
            for problem in found
        ),
        *copy_notices(comparison.ownership),
        *_left_behind(stack, live, deletes, kept),
        *live.notices,
    )
    staying = _staying(comparison.ownership, deletes)
    return replace(
        plan, changes=deletes, problems=(), notices=notices, scope=Scope.OWNED, left_behind=staying
    )


def _staying(ownership: Ownership, deletes: Iterable[Change]) -> tuple[Ref, ...]:
    """The refs in the owner's marks on active objects that are not deleted."""
    gone = {(change.ref.kind, change.live.id) for change in deletes if change.live}
    lives = (*ownership.managed, *ownership.unproven)
    active = [live for live in lives if not live.retired and (live.kind, live.id) not in gone]
    return tuple(sorted({Ref(live.kind, live.owned.key) for live in active if live.owned}))


def _left_behind(
    stack: Stack, live: LiveState, deletes: Iterable[Change], kept: Collection[Ref]
) -> Iterator[str]:
    """Notices for objects of entries that are not deleted.

    These are objects without a mark that connect something not ours, marked ones that are only looked up, and
    what entries added to others.
    """
    gone = {(change.ref.kind, change.live.id) for change in deletes if change.live}
    for ref, match in resolve_ownership(stack, live.objects).matches.items():
        kind, found = EXTENDED_NAMED.get(ref.kind), match.live
        if kind is None or found is None or ref in kept or (found.kind, found.id) in gone:
            continue
        way_out = f"delete it in {NAMES[kind.provider]} if you do not need it"
        if ref in stack.extended and (added := _added(stack.extended[ref].spec)):
            yield f"{ref}: {added} are left behind: no mark records who added them; {way_out}"
        elif ref.kind in MANAGED_NAMED and not kind.marked:
            yield f"{ref} is left behind ({found.id}): it connects objects that are not all ours; {way_out}"
        elif match.match_status is MatchStatus.LOOKED_UP and found.owned and found.owned.owner == stack.owner:
            yield f"{ref} is left behind ({found.id}): it is ours, but only looked up; {way_out}"


def _added(spec: Resource) -> str:
    """What an entry adds to an object that is only looked up: the fields, and the names of integrations."""
    fields = [name.replace("_", " ") for name in sorted(spec.additions) if getattr(spec, name)]
    return " ".join([", ".join(fields), ", ".join(map(repr, spec.integration_names))]).strip()


def _protected_live(removals: Sequence[Change]) -> set[Ref]:
    """The refs that live marks protect, and those they depend on."""
    held: set[Ref] = set()
    frontier = {change.ref for change in removals if change.is_protected and not change.leftover}
    while frontier:
        held |= frontier
        frontier = set().union(*(change.live_refs for change in removals if change.ref in frontier)) - held
    return held & {change.ref for change in removals}


def _protected(stack: Stack) -> set[Ref]:
    kept = {ref for ref, entry in stack.wanted.items() if entry.spec.protect}
    frontier = set(kept)
    while frontier:
        frontier = set().union(*(stack.entries[ref].references for ref in frontier)) & set(stack.wanted)
        frontier -= kept
        kept |= frontier
    return kept
