"""Plans of `adopt`, `release` and `rotate`: add our mark, remove it, or renew a secret shown only once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Change, Plan, Scope
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.ownership.match import Match, MatchStatus
from pdslack_cli.engine.ownership.matching import Ownership, resolve_ownership
from pdslack_cli.engine.plan.obstacles import replacement_obstacles
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import MANAGED, kind_of
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import OwnershipMark, Ref
from pdslack_cli.suggest import a, suggest

_SECRET = ", ".join(sorted(kind.section for kind in MANAGED if kind.secret_name or kind.write_only_fields))


@dataclass(frozen=True)
class MarkingRefusal:
    """Why a named object cannot be adopted, released or rotated, and what to do."""

    message: str
    hint: str = ""


Choice = Callable[[Match, Change], Change | MarkingRefusal | None]
"""Decides the change of an object; None where nothing has to change."""


def plan_adopt(stack: Stack, live: LiveState, patterns: Sequence[str], *, from_owner: str = "") -> Plan:
    """Put our mark on the objects of given entries, and change nothing else.

    `patterns` are refs, or shell patterns over them (`service/*`). With `from_owner`, objects marked by
    that owner are taken over as well, with the parts that carry its mark.
    """

    def choose(match: Match, change: Change) -> Change | MarkingRefusal | None:
        live, spec = change.existing.live, match.entry.spec
        owned = live.owned
        rules = live.own_rules if owned else _as_in_file(change, spec.without_create_only)
        mark = OwnershipMark.bound(
            stack.owner, change.ref.key, live.name, protected=spec.protect, rules=rules
        )
        behind = bool(from_owner) and from_owner in change.kind.part_owners(live)
        if match.match_status is MatchStatus.OURS and owned == mark and not behind:
            return None
        if owned and owned.owner not in {stack.owner, from_owner}:
            return MarkingRefusal(
                f"it belongs to owner {owned.owner!r}", f"`--from {owned.owner}` takes it over"
            )
        if match.problem:
            return MarkingRefusal(match.problem.message, match.problem.hint)
        return replace(change, action=Action.ADOPT, mark=mark, taken_from=from_owner)

    return _plan(stack, live, patterns, choose, taking_from=from_owner)


def plan_release(stack: Stack, live: LiveState, patterns: Sequence[str]) -> Plan:
    """Remove our mark from the objects of given entries, and change nothing else."""

    def choose(match: Match, change: Change) -> Change | MarkingRefusal | None:
        if match.match_status is MatchStatus.UNMARKED and match.problem is None:
            return None  # released before, perhaps by a run whose answer was lost
        if match.match_status is not MatchStatus.OURS:
            return _not_ours(match)
        if match.duplicates or match.copies:
            return _several(match)
        return replace(change, action=Action.RELEASE)

    return _plan(stack, live, patterns, choose)


def plan_rotate(stack: Stack, live: LiveState, patterns: Sequence[str]) -> Plan:
    """Replace objects whose secret is shown only once, so that a new secret is created and stored.

    Secrets of the file that the vendor never returns are sent again.
    """

    def choose(match: Match, change: Change) -> Change | MarkingRefusal | None:
        shown_once = bool(change.kind.secret_of(match.entry.spec))
        sent = change.kind.write_only_fields & match.entry.spec.managed
        if not shown_once and not sent:
            return MarkingRefusal(
                f"{a(change.kind.title)} has no secret of its own here, shown once or sent by the file",
                f"only {_SECRET} have one",
            )
        if match.match_status is not MatchStatus.OURS:
            return _not_ours(match)
        if match.duplicates or match.copies:
            return _several(match)
        (live, before), spec = change.existing, match.entry.spec
        fixed = change.kind.fixed_fields if shown_once else frozenset[str]()
        obstacles = change.kind.obstacles(spec, live, fixed | sent, IdIndex(), adopt=False)
        for obstacle in obstacles:
            return MarkingRefusal(obstacle)
        for message, hint in replacement_obstacles(change, spec) if shown_once else ():
            return MarkingRefusal(message, hint)
        after = spec.without_create_only.merged_onto(before, live.read_at)
        mark = OwnershipMark.bound(
            stack.owner, change.ref.key, getattr(after, change.kind.named_by), protected=spec.protect
        )
        return replace(
            change,
            action=Action.REPLACE if shown_once else Action.UPDATE,
            after=after,
            fields=() if shown_once else tuple(sorted(sent)),
            mark=mark,
            reason="its secret is rotated" if shown_once else "its secret is sent again",
            warnings=tuple(change.kind.warnings(before, after, fixed, live.read_at)),
        )

    return _plan(stack, live, patterns, choose)


def _not_ours(match: Match) -> MarkingRefusal:
    problem = match.problem
    if problem:
        return MarkingRefusal(problem.message, problem.hint)
    return MarkingRefusal("it carries no mark of ours", f"`pdslack adopt {match.entry.ref}` makes it ours")


def _several(match: Match) -> MarkingRefusal:
    places = ", ".join(live.place for live in (match.live, *match.duplicates, *match.copies) if live)
    hint = "`pdslack apply` removes leftovers; take the mark off a copy"
    return MarkingRefusal(f"several objects carry its mark: {places}", hint)


def _plan(
    stack: Stack, live: LiveState, patterns: Sequence[str], choose: Choice, *, taking_from: str = ""
) -> Plan:
    ownership = resolve_ownership(stack, live.objects, taking_from=taking_from)
    changes: dict[Ref, Change] = {}
    problems: list[Problem] = []
    notices: list[str] = []
    for pattern in patterns:
        refs = _matching(stack, pattern)
        if not refs:
            near = suggest(pattern, [str(ref) for ref in stack.wanted])
            hint = " ".join(filter(None, (near, "an object without one is named once its entry is added")))
            problems.append(Problem(f"the files have no entry {pattern!r}", hint=hint))
        for ref in refs:
            match = ownership.matches[ref]
            if match.live is None and match.problem is None and str(ref) != pattern:
                # The others could not be applied before they are ours, if a new entry stood in their way.
                notices.append(f"{ref} does not exist, and is left out")
                continue
            chosen = _chosen(ownership, match, choose)
            if isinstance(chosen, MarkingRefusal):
                message = chosen.message if str(ref) in chosen.message else f"{ref}: {chosen.message}"
                problems.append(Problem(message, stack.location(ref), chosen.hint))
            elif chosen:
                changes[ref] = chosen
    return Plan(
        stack.owner,
        tuple(changes.values()),
        tuple(problems),
        tuple(notices),
        id_index=ownership.id_index,
        seen=live.seen,
        calls=live.calls,
        seconds=live.seconds,
        scope=Scope.NAMED,
    )


def _as_in_file(change: Change, spec: Resource) -> frozenset[str]:
    """The rule fields that already equal the file: adopting the object claims them too."""
    before = change.before
    fields = change.kind.rule_fields & spec.managed & (before.model_fields_set if before else set())
    return frozenset(field for field in fields if getattr(spec, field) == getattr(before, field))


def _matching(stack: Stack, pattern: str) -> Sequence[Ref]:
    """The refs that match a pattern; kinds without marks only if it matches nothing else."""
    refs = [ref for ref in stack.wanted if fnmatchcase(str(ref), pattern)]
    if pattern in map(str, refs):
        return refs
    return [ref for ref in refs if kind_of(ref).marked] or refs


def _chosen(ownership: Ownership, match: Match, choose: Choice) -> Change | MarkingRefusal | None:
    ref = match.entry.ref
    kind = kind_of(ref)
    if match.live is None and match.problem:
        return MarkingRefusal(match.problem.message, match.problem.hint)
    if match.live is None:
        return MarkingRefusal("it does not exist", "`pdslack apply` creates it")
    if not kind.marked:
        return MarkingRefusal(
            f"{a(kind.title)} has no description that could hold a mark",
            "leave it out here: it belongs to the stack that has an entry for it",
        )
    ownership.id_index.add(ref, match.live.id)
    before = kind.decode(match.live, ownership.id_index)
    return choose(
        match, Change(ref, Action.UPDATE, kind, match.live, before, before, read_at=match.live.read_at)
    )
