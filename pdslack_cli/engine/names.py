"""Names that change hands: which change must give up a name before another can take it. Pure.

Vendors let one object have a name, whatever its case. Where a name is given up and taken in one plan, the
one goes before the other; where objects exchange their names, or the name is that of an object that goes,
one of them bears a third name in between.
"""

from __future__ import annotations

import graphlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pdslack_cli.engine.change import Action, Change
from pdslack_cli.model import Owned

ROOM = 60  # characters of the name that the third name keeps; the shortest limit is Slack's 80


@dataclass(frozen=True)
class NameMoves:
    """For each change those that must have given up their name before it, and those that step aside."""

    before: Mapping[Change, Collection[Change]]
    aside: Collection[Change]


def name_moves(changes: Iterable[Change]) -> NameMoves:
    """How the names of a plan change hands."""
    changes = list(changes)
    givers = {
        (change.ref.kind, change.live.name.casefold()): change
        for change in changes
        if change.live and gives_up_name(change)
    }
    before: dict[Change, list[Change]] = {}
    for change in changes:
        name = wanted_name(change)
        giver = givers.get((change.ref.kind, name.casefold())) if name else None
        if giver and giver is not change:
            before.setdefault(change, []).append(giver)
    # What is deleted may have to wait for the very change that takes its name.
    aside = {giver for found in before.values() for giver in found if giver.action is Action.DELETE}
    while exchanged := _circle(before, aside):
        aside.add(min(exchanged, key=lambda change: change.ref))
    return NameMoves(before, aside)


def _circle(before: Mapping[Change, Collection[Change]], aside: Collection[Change]) -> list[Change]:
    """Changes that wait for each other's names; none where there is no circle."""
    waiting = {change: [giver for giver in found if giver not in aside] for change, found in before.items()}
    try:
        graphlib.TopologicalSorter(waiting).prepare()
    except graphlib.CycleError as error:
        circle: list[Change] = error.args[1]
        return circle
    return []


def wanted_name(change: Change) -> str:
    """The name that the object is to get and has not yet; "" where it keeps its name, or any name will do."""
    if not (change.kind.unique_names or change.kind.perhaps_unique_names) or change.after is None:
        return ""
    if change.live is None:
        return change.after.name
    renamed = "name" in change.fields and change.after.name.casefold() != change.live.name.casefold()
    return change.after.name if renamed else ""


def gives_up_name(change: Change) -> bool:
    """Whether nothing bears the object's name any more once the change is done."""
    if change.action is Action.DELETE:
        return not change.kind.puts_away
    return change.live is not None and bool(wanted_name(change))


def third_name(change: Change) -> tuple[str, Owned | None]:
    """The name that the object bears in between, and the mark that is bound to it."""
    assert change.live
    name = f"{change.live.name[:ROOM].rstrip()}-renaming"
    mark = change.mark or change.live.owned
    return name, mark and mark.renamed(change.name_after if change.mark else change.live.name, name)


def exchanges(changes: Iterable[Change]) -> Iterator[str]:
    """What people should know of names that go through a third one."""
    for change in sorted(name_moves(changes).aside, key=lambda change: change.ref):
        name, _ = third_name(change)
        yield f"{change.ref} is called {name!r} for a moment, because another object takes its name"
