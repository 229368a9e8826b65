"""Compare the stack with the live objects and return a plan. Pure: it reads nothing and writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Change, Plan, Scope
from pdslack_cli.engine.content import content_of
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.plan.chosen import chosen_changes
from pdslack_cli.engine.plan.comparison import StackComparison
from pdslack_cli.engine.plan.entries import EntryPlanner
from pdslack_cli.engine.plan.removals import RemovalPlanner
from pdslack_cli.engine.plan.successors import successor_notices
from pdslack_cli.errors import MalformedAnswerError
from pdslack_cli.kinds import MANAGED_NAMED, kind_of
from pdslack_cli.model import Json, Ref


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
    chosen = chosen_changes(found, entries.problems, removals.problems, only=only, delete=delete)
    return Plan(
        owner=stack.owner,
        changes=chosen.changes,
        problems=chosen.problems,
        notices=(
            *chosen.notices,
            *entries.notices,
            *removals.notices,
            *successor_notices(chosen.changes),
            *live.notices,
        ),
        id_index=comparison.id_index,
        counts=dict(Counter(live.kind for live in comparison.ownership.managed if live.owned)),
        context=_context(comparison, chosen.changes),
        seen=live.seen,
        calls=live.calls,
        seconds=live.seconds,
        read_at=live.read_at,
        scope=Scope.ONLY if only else Scope.FILES,
        unchosen=chosen.unchosen,
        excluded=chosen.excluded,
        left_behind=tuple(sorted(set(removals.left_behind))),
        unread=live.unread,
    )


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
