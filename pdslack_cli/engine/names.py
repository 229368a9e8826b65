"""Names that move between objects: which change must free a name before another can take it. Pure.

Vendors allow a name only once, ignoring case. Where one plan frees and takes a name, the first goes before
the second. Where objects swap names, or the name belongs to an object that is deleted, one of them gets a
temporary name in between.
"""

from __future__ import annotations

import graphlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pdslack_cli.engine.change import Action, Change
from pdslack_cli.model import Owned

KEPT_LENGTH = 60  # characters of the old name in the temporary one; the shortest limit is Slack's 80


@dataclass(frozen=True)
class NameMoves:
    """For each change, those that must free its name before it; and those that need a temporary name."""

    before: Mapping[Change, Collection[Change]]
    via_temporary_name: Collection[Change]


def name_moves(changes: Iterable[Change]) -> NameMoves:
    """The name changes of a plan that depend on each other."""
    changes = list(changes)
    givers = {
        (change.ref.kind, change.live.name.casefold()): change
        for change in changes
        if change.live and frees_name(change)
    }
    before: dict[Change, list[Change]] = {}
    for change in changes:
        name = wanted_name(change)
        giver = givers.get((change.ref.kind, name.casefold())) if name else None
        if giver and giver is not change:
            before.setdefault(change, []).append(giver)
    # A delete may have to wait for the very change that takes its name.
    temporary = {giver for found in before.values() for giver in found if giver.action is Action.DELETE}
    while cycle := _cycle(before, temporary):
        temporary.add(min(cycle, key=lambda change: change.ref))
    return NameMoves(before, temporary)


def _cycle(before: Mapping[Change, Collection[Change]], temporary: Collection[Change]) -> list[Change]:
    """Changes that wait for each other's names; empty where there is no cycle."""
    waiting = {
        change: [giver for giver in found if giver not in temporary] for change, found in before.items()
    }
    try:
        graphlib.TopologicalSorter(waiting).prepare()
    except graphlib.CycleError as error:
        cycle: list[Change] = error.args[1]
        return cycle
    return []


def wanted_name(change: Change) -> str:
    """The new name that the change gives to its object; empty where the name stays or need not be unique."""
    if not (change.kind.unique_names or change.kind.perhaps_unique_names) or change.after is None:
        return ""
    if change.live is None:
        return change.after.name
    renamed = "name" in change.fields and change.after.name.casefold() != change.live.name.casefold()
    return change.after.name if renamed else ""


def frees_name(change: Change) -> bool:
    """Whether the name of the live object is free once the change is done."""
    if change.action is Action.DELETE:
        return not change.kind.archives_on_delete
    return change.live is not None and bool(wanted_name(change))


def temporary_name(change: Change) -> tuple[str, Owned | None]:
    """The name that the object has in between, and the mark that is bound to it."""
    assert change.live
    name = f"{change.live.name[:KEPT_LENGTH].rstrip()}-renaming"
    mark = change.mark or change.live.owned
    return name, mark and mark.renamed(change.name_after if change.mark else change.live.name, name)


def temporary_name_notices(changes: Iterable[Change]) -> Iterator[str]:
    """A notice for each object that gets a temporary name."""
    for change in sorted(name_moves(changes).via_temporary_name, key=lambda change: change.ref):
        name, _ = temporary_name(change)
        yield f"{change.ref} is renamed to {name!r} temporarily, because another object takes its name"
