"""Compare the stack with the live objects and return a plan. Pure: it reads nothing and writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Change, Plan, Scope, with_needs
from pdslack_cli.engine.content import content_of
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.plan.comparison import StackComparison
from pdslack_cli.engine.plan.entries import EntryPlanner
from pdslack_cli.engine.plan.removals import RemovalPlanner
from pdslack_cli.engine.plan.successors import successor_notices
from pdslack_cli.engine.refusals.children import keeping_children
from pdslack_cli.errors import MalformedAnswerError
from pdslack_cli.kinds import MANAGED_NAMED, kind_of
from pdslack_cli.model import Json, Ref
from pdslack_cli.suggest import counted


def make_plan(
    stack: Stack,
    live: LiveState,
    *,
    adopt: bool = False,
    delete: bool = True,
    only: Collection[Ref] = (),
    may_restore: Collection[str] = (),
) -> Plan:
    """Compare what the stack wants with what is live.

    `adopt` takes over unmarked objects of our names; without it they are problems. `delete=False`
    leaves deletes out. `only` keeps the changes and the problems of these refs and of what they depend on.
    `may_restore` are the kinds whose archived objects the available tokens can restore.
    """
    comparison = StackComparison(stack, live)
    entries = EntryPlanner(comparison, adopt=adopt, may_restore=may_restore, delete=delete)
    removals = RemovalPlanner(comparison)
    found = [*entries.changes(), *removals.unprotected()]
    found = [comparison.repointed(change) for change in found]
    allowed = found if delete else [*_without_deletes(found)]
    found_problems = [*entries.problems.items(), *(removals.problems.items() if delete else ())]
    refused = {ref for ref, _ in found_problems}
    unremoved = set() if delete else {*removals.problems}
    chosen = with_needs(only, allowed, refused) if only else refused.union(change.ref for change in allowed)
    changes = [change for change in allowed if change.ref in chosen]
    excluded = {
        "--no-delete": tuple(change for change in found if change not in allowed),
        "--only": tuple(change for change in allowed if change not in changes),
    }
    return Plan(
        owner=stack.owner,
        changes=tuple(changes),
        problems=tuple(one for ref, problems in found_problems if ref in chosen for one in problems),
        notices=(
            *_unchosen_notice(refused - chosen, "--only"),
            *_unchosen_notice(unremoved, "--no-delete"),
            *entries.notices,
            *removals.notices,
            *successor_notices(changes),
            *live.notices,
        ),
        id_index=comparison.id_index,
        counts=dict(Counter(live.kind for live in comparison.ownership.managed if live.owned)),
        context=_context(comparison, changes),
        seen=live.seen,
        calls=live.calls,
        seconds=live.seconds,
        read_at=live.read_at,
        scope=Scope.ONLY if only else Scope.FILES,
        unchosen=frozenset(refused - chosen | unremoved),
        excluded={flag: found for flag, found in excluded.items() if found},
        left_behind=tuple(sorted(set(removals.left_behind))),
        unread=live.unread,
    )


def _unchosen_notice(refused: Collection[Ref], flag: str) -> Iterable[str]:
    if refused:
        found = counted(len(refused), "object")
        yield f"{found} with problems left out by {flag}: a plan without it tells them"


def _without_deletes(found: Collection[Change]) -> Iterable[Change]:
    """The changes without removals of objects and of their children."""
    removals = {change for change in found if change.removes}
    # With its leftover left out, the kept object stays as it is: it must not begin to differ from it.
    unequal = {change.ref for change in removals if change.leftover}
    kept = (change for change in found if change not in removals and change.ref not in unequal)
    return filter(None, map(keeping_children, kept))


def _context(comparison: StackComparison, changes: Iterable[Change]) -> dict[Ref, Json]:
    """The live objects that changes refer to: a saved plan holds only while they stay as they are.

    One that cannot be decoded is only looked up, and that it is there is enough.
    """
    found: dict[Ref, Json] = {}
    for ref in sorted(set().union(*(change.wanted_refs for change in changes))):
        match = comparison.ownership.matches.get(ref)
        if match and match.live and ref.kind in MANAGED_NAMED:
            with suppress(MalformedAnswerError):
                decoded = comparison.decoded(kind_of(ref), match.live)
                found[ref] = content_of(decoded, comparison.now, str(ref))
    return found
