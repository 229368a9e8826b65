"""The order of a plan's steps, derived from references.

A change comes after what it will refer to. Deletes, and late removals (members of a team), come after
everything that still refers to the object has stopped doing so.

A leftover is removed before the object that is kept is updated: a run that is cut short between the two would
leave two objects that differ, and only a person could tell which one is right.
"""

from __future__ import annotations

import graphlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from pdslack_cli.engine.change import Action, Change
from pdslack_cli.engine.concurrent_creates import may_be_created_twice
from pdslack_cli.engine.exclusive import Move, exclusive_moves
from pdslack_cli.engine.names import NameMoves, name_moves
from pdslack_cli.kinds.base.quota import Quota
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.model import Ref


class Phase(Enum):
    """The phases of a change. Their values are written to reports and to the audit log: they stay."""

    RENAME_TEMPORARILY = "aside"  # take a temporary name, so that another object can take the old one
    LET_GO = "let go"  # give up what only one object may have, so that another object can take it
    REPOINT = "repoint"  # move references from a leftover to the object that is kept
    GROW = "write"  # create, update, adopt, restore, and the new half of a replacement
    DEDUPLICATE = "settle"  # after all creates of a kind: delete what another run created first
    SHRINK = "shrink"  # remove what others may still need
    REMOVE = "remove"  # delete, release, and the old half of a replacement


@dataclass(frozen=True, eq=False)
class PlanStep:
    """A part of a change that is ordered on its own; `kept` is the object once it has let go of something."""

    change: Change
    phase: Phase
    kept: Resource | None = None

    @property
    def fields(self) -> frozenset[str]:
        """The fields of the object that are as planned once the step is done."""
        fields, late = frozenset(self.change.fields), self.change.kind.late_fields
        if self.phase is Phase.SHRINK:
            return fields & late
        if self.phase is Phase.GROW:
            return fields - late if _may_shrink(self.change) else fields
        return frozenset()


def steps_of(change: Change) -> list[PlanStep]:
    if change.action in {Action.DELETE, Action.RELEASE}:
        return [PlanStep(change, Phase.REMOVE)]
    steps = [PlanStep(change, Phase.GROW)]
    if may_be_created_twice(change):
        steps.append(PlanStep(change, Phase.DEDUPLICATE))
    if change.live and change.action is not Action.REPLACE and _may_shrink(change):
        steps.append(PlanStep(change, Phase.SHRINK))
    if change.action is Action.REPLACE:
        steps.append(PlanStep(change, Phase.REMOVE))
    return steps


def _may_shrink(change: Change) -> bool:
    """Whether late fields change and may lose something: without `exact` they only grow."""
    return bool(set(change.fields) & change.kind.late_fields) and getattr(change.after, "exact", True)


def ordered_steps(changes: Iterable[Change]) -> Mapping[PlanStep, set[PlanStep]]:
    """Each step with the steps that must be done before it.

    A cycle can only come from live objects that refer to each other, which neither vendor allows; graphlib
    raises CycleError if there is one.
    """
    changes = list(changes)
    steps = [step for change in changes for step in steps_of(change)]
    names = name_moves(changes)
    temporary = {change: PlanStep(change, Phase.RENAME_TEMPORARILY) for change in names.via_temporary_name}
    leftovers = _removed_first(changes)
    grown = {step.change.ref: step for step in steps if step.phase is Phase.GROW}
    ready = grown | {step.change.ref: step for step in steps if step.phase is Phase.DEDUPLICATE}
    referring = _by_live_ref(steps)
    graph: dict[PlanStep, set[PlanStep]] = {}
    for step in steps:
        if step.change in leftovers:
            continue
        ref = step.change.ref
        if step.phase is Phase.GROW:
            needed = (step.change.wanted_refs - {ref}) & ready.keys()
            # What refers to its own kind (a team's parent) cannot wait until all of that kind are created.
            graph[step] = {(grown if other.kind == ref.kind else ready)[other] for other in needed}
            continue
        if step.phase is Phase.DEDUPLICATE:
            graph[step] = {grown[ref]}
            continue
        releasing = {
            other
            for other in referring.get(ref, ())
            if other.change.ref != ref and _must_come_first(other, step)
        }
        graph[step] = releasing | ({ready[ref]} if ref in ready else set())
    _order_deduplication(graph)
    _order_name_changes(graph, names, temporary)
    _order_moves(graph, [change for change in changes if change not in leftovers])
    if leftovers:
        _order_leftovers(graph, leftovers, changes)
    for step, earlier in _where_possible(graph).items():
        graph[step] |= earlier
    graphlib.TopologicalSorter(graph).prepare()
    return graph


def _by_live_ref(steps: Iterable[PlanStep]) -> Mapping[Ref, Sequence[PlanStep]]:
    """The steps by what their live objects refer to."""
    found = defaultdict[Ref, list[PlanStep]](list)
    for step in steps:
        for ref in step.change.live_refs:
            found[ref].append(step)
    return found


def _order_deduplication(graph: dict[PlanStep, set[PlanStep]]) -> None:
    """Let the first deduplication of a kind wait for all its creates, and the others for the first."""
    creates = defaultdict[str, set[PlanStep]](set)
    first: dict[str, PlanStep] = {}
    for step in graph:
        if step.phase is Phase.GROW and may_be_created_twice(step.change):
            creates[step.change.kind.name].add(step)
    for step in graph:
        if step.phase is Phase.DEDUPLICATE:
            name = step.change.kind.name
            graph[step] |= {first[name]} if name in first else creates[name]
            first.setdefault(name, step)


def _order_moves(graph: dict[PlanStep, set[PlanStep]], changes: Iterable[Change]) -> None:
    """Let a change take what only one object may have after another one gave it up."""
    whole = {step.change: step for step in graph if step.phase in {Phase.GROW, Phase.REMOVE}}
    placed: dict[Move, PlanStep] = {}
    for move in exclusive_moves(changes):
        step = whole[move.change]
        if move.kept is not None:
            step = PlanStep(move.change, Phase.LET_GO, move.kept)
            graph[step] = set(graph[whole[move.change]])
        placed[move] = step
        graph[step] |= {placed[needed] for needed in move.needs}


def _order_name_changes(
    graph: dict[PlanStep, set[PlanStep]], names: NameMoves, temporary: Mapping[Change, PlanStep]
) -> None:
    """Let a change take a name only after it was freed, by a temporary rename or by the change itself."""
    freeing = {step.change: step for step in graph if step.phase is Phase.GROW} | dict(temporary)
    for step in list(graph):
        if step.phase is Phase.GROW:
            graph[step] |= {freeing[giver] for giver in names.before.get(step.change, ())}
        if step.change in temporary:
            graph[step].add(temporary[step.change])
    graph.update({step: set() for step in temporary.values()})


def _where_possible(graph: Mapping[PlanStep, set[PlanStep]]) -> Mapping[PlanStep, set[PlanStep]]:
    """The steps that should go before others, as far as they do not wait for these themselves."""
    graph, found = dict(graph), dict[PlanStep, set[PlanStep]]()
    for step, earlier in [*_making_room(graph), *_letting_go(graph)]:
        if step not in _all_before(earlier, graph):
            graph[step] = graph[step] | {earlier}
            found.setdefault(step, set()).add(earlier)
    return found


def _making_room(graph: Iterable[PlanStep]) -> Iterator[tuple[PlanStep, PlanStep]]:
    """Each step that makes an object of which there may be only so many, with each that deletes one."""
    quotas = {step: _quota(step) for step in graph}
    removals = [step for step in quotas if step.change.action is Action.DELETE and quotas[step]]
    for create in [step for step in quotas if step.phase is Phase.GROW and removals and quotas[step]]:
        yield from ((create, removal) for removal in removals if quotas[removal] == quotas[create])


def _letting_go(graph: Iterable[PlanStep]) -> Iterator[tuple[PlanStep, PlanStep]]:
    """Each step that needs an object of another kind to let go of its object, with the one that does so."""
    graph = list(graph)
    holders = {
        step.change.live.id: step
        for step in graph
        if step.change.live and (step.phase is Phase.GROW or step.change.action is Action.DELETE)
    }
    for step in graph:
        change = step.change
        if step.phase is Phase.GROW and change.live:
            for id_ in change.kind.held_by(change.live, change.fields):
                holder = holders.get(id_)
                if holder and change.ref not in holder.change.wanted_refs:
                    yield step, holder


def _quota(step: PlanStep) -> Quota | None:
    change = step.change
    spec = change.before if change.action is Action.DELETE else change.after
    counts = change.action in {Action.CREATE, Action.REPLACE, Action.DELETE}
    return change.kind.quota(spec) if counts and spec is not None else None


def _all_before(step: PlanStep, graph: Mapping[PlanStep, set[PlanStep]]) -> set[PlanStep]:
    """The step with all that must be done before it."""
    found, left = {step}, [step]
    while left:
        new = graph[left.pop()] - found
        found |= new
        left += new
    return found


def room_made(changes: Iterable[Change]) -> Mapping[Change, int]:
    """How many objects of the same quota are deleted before each change that makes one."""
    graph = ordered_steps(changes)
    return Counter(create.change for create, removal in _making_room(graph) if removal in graph[create])


def let_go_first(changes: Iterable[Change]) -> Collection[Change]:
    """The changes whose object another one lets go of before them."""
    graph = ordered_steps(changes)
    return {step.change for step, holder in _letting_go(graph) if holder in graph[step]}


def _removed_first(changes: Iterable[Change]) -> set[Change]:
    """The leftovers to remove before anything else changes; none where no kept object is updated.

    None either where a reference to one of them cannot be moved on its own.
    """
    changes = list(changes)
    leftovers = {change for change in changes if change.leftover and change.action is Action.DELETE}
    updated = {change.ref for change in changes if change not in leftovers}
    movable = all(
        not (change.repointed_fields - change.moved_parts)
        & (change.kind.part_fields | change.kind.fixed_fields)
        for change in changes
        if change not in leftovers
    )
    return leftovers if movable and any(change.ref in updated for change in leftovers) else set()


def _order_leftovers(
    graph: dict[PlanStep, set[PlanStep]], leftovers: set[Change], changes: Iterable[Change]
) -> None:
    """Add the removals of leftovers, and before them the steps that move references away from them."""
    repoints = {
        change: PlanStep(change, Phase.REPOINT)
        for change in changes
        if change.repointed_fields and change not in leftovers
    }
    removals = {change: PlanStep(change, Phase.REMOVE) for change in leftovers}
    for step in graph:
        graph[step] |= {removal for change, removal in removals.items() if change.ref == step.change.ref}
        graph[step] |= {repoints[step.change]} if step.change in repoints else set()
    graph.update({step: set() for step in repoints.values()})
    for change, removal in removals.items():
        graph[removal] = {
            step
            for step in (*repoints.values(), *removals.values())
            if step.change.ref != change.ref and change.ref in step.change.live_refs
        }


def depends_on(step: PlanStep, before: PlanStep) -> bool:
    """Whether a step is skipped when `before` fails; some only wait for other objects.

    Deduplication does, and what is made after a deletion that makes room: there may be room without it.
    """
    makes_room = step.phase is Phase.GROW and before.change.ref != step.change.ref and _quota(before)
    if makes_room and before.change.action is Action.DELETE:
        return _quota(before) != _quota(step)
    return step.phase is not Phase.DEDUPLICATE or before.change is step.change


def _must_come_first(other: PlanStep, step: PlanStep) -> bool:
    """Whether `other`, whose live object refers to that of `step`, must run before it.

    An object that shrinks stays; any other step may use what it removes, so all of them come first.
    """
    if other.phase is Phase.SHRINK:
        return step.phase is Phase.REMOVE
    return True
