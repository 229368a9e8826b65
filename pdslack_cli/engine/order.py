"""The order of a plan's work: it follows from references, so nobody keeps a list.

A change comes after what it will refer to. What is deleted, and what shrinks late (members of a team),
comes after everything that still refers to it has let go.
"""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from pdslack_cli.engine.change import Action, Change
from pdslack_cli.engine.names import NameMoves, name_moves
from pdslack_cli.engine.twins import may_be_made_twice


class Phase(Enum):
    ASIDE = "aside"  # bear a third name, while another object takes the old one
    GROW = "grow"  # create, update, adopt, restore, and the new half of a replacement
    SETTLE = "settle"  # after all of a kind are made: withdraw what another run made first
    SHRINK = "shrink"  # take away what others may still need
    REMOVE = "remove"  # delete, release, and the old half of a replacement


@dataclass(frozen=True, eq=False)
class PlanStep:
    """A piece of a change that has a place of its own in the order."""

    change: Change
    phase: Phase


def steps_of(change: Change) -> list[PlanStep]:
    if change.action in {Action.DELETE, Action.RELEASE}:
        return [PlanStep(change, Phase.REMOVE)]
    steps = [PlanStep(change, Phase.GROW)]
    if may_be_made_twice(change):
        steps.append(PlanStep(change, Phase.SETTLE))
    if change.live and change.action is not Action.REPLACE and set(change.fields) & change.kind.late_fields:
        steps.append(PlanStep(change, Phase.SHRINK))
    if change.action is Action.REPLACE:
        steps.append(PlanStep(change, Phase.REMOVE))
    return steps


def order(changes: Iterable[Change]) -> Mapping[PlanStep, set[PlanStep]]:
    """Each step with the steps that must be done before it.

    A circle can only come from live objects that refer to each other, which PagerDuty and Slack do not
    have; graphlib raises CycleError if one appears all the same.
    """
    changes = list(changes)
    steps = [step for change in changes for step in steps_of(change)]
    names = name_moves(changes)
    aside = {change: PlanStep(change, Phase.ASIDE) for change in names.aside}
    ready = {step.change.ref: step for step in steps if step.phase in {Phase.GROW, Phase.SETTLE}}
    graph: dict[PlanStep, set[PlanStep]] = {}
    for step in steps:
        ref = step.change.ref
        if step.phase is Phase.GROW:
            needed = step.change.wanted_refs - {ref}
            graph[step] = {ready[other] for other in needed if other in ready}
            continue
        if step.phase is Phase.SETTLE:
            graph[step] = {other for other in steps if _is_made_beside(other, step)}
            continue
        letting_go = {
            other
            for other in steps
            if ref in other.change.live_refs and other.change.ref != ref and _lets_go(other, step)
        }
        graph[step] = letting_go | ({ready[ref]} if ref in ready else set())
    _pass_names_on(graph, names, aside)
    graphlib.TopologicalSorter(graph).prepare()
    return graph


def _pass_names_on(
    graph: dict[PlanStep, set[PlanStep]], names: NameMoves, aside: Mapping[Change, PlanStep]
) -> None:
    """Let each take a name only after it was given up, by stepping aside or by the change itself."""
    giving_up = {step.change: step for step in graph if step.phase is Phase.GROW} | dict(aside)
    for step in list(graph):
        if step.phase is Phase.GROW:
            graph[step] |= {giving_up[giver] for giver in names.before.get(step.change, ())}
        if step.change in aside:
            graph[step].add(aside[step.change])
    graph.update({step: set() for step in aside.values()})


def _is_made_beside(other: PlanStep, step: PlanStep) -> bool:
    """Whether `other` makes an object of the kind that `step` settles: one list serves all of them."""
    return (
        other.phase is Phase.GROW
        and other.change.kind is step.change.kind
        and may_be_made_twice(other.change)
    )


def depends_on(step: PlanStep, before: PlanStep) -> bool:
    """Whether a step fails with one that comes before it; settling only waits for objects beside its own."""
    return step.phase is not Phase.SETTLE or before.change is step.change


def _lets_go(other: PlanStep, step: PlanStep) -> bool:
    """Whether `other`, whose live object refers to that of `step`, has to come first.

    A shrinking object stays, so only those that use what it takes away matter, and all of them might.
    """
    if other.phase is Phase.SHRINK:
        return step.phase is Phase.REMOVE
    return True
