"""Names that move between objects: which change must free a name before another can take it. Pure.

Vendors give out a name once in its namespace, ignoring case (`kinds/base/namespace.py`). Where one plan frees
and takes a name, the first goes before the second. Where objects swap names, or the name belongs to one that
goes after the change that takes it (it is deleted, or refers to that object), one of them gets a temporary
name in between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from pdslack_cli.engine.change import Action, Change
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.namespace import Namespace
from pdslack_cli.model import Live, OwnershipMark, find_cycle

KEPT_LENGTH = 40  # characters of the old name in the temporary one; the shortest limit is 50, of labels


class UniqueName(NamedTuple):
    """A name in its namespace, and the field of an object that has it as its value."""

    namespace: Namespace
    field: str
    value: str

    @property
    def key(self) -> tuple[Namespace, str]:
        """The name as the vendor compares it."""
        return self.namespace, self.value.casefold()


@dataclass(frozen=True)
class NameMoves:
    """For each change, those that must free its names before it; and those that need temporary names."""

    before: Mapping[Change, Collection[Change]]
    via_temporary_name: Collection[Change]


def name_moves(changes: Iterable[Change]) -> NameMoves:
    """The name changes of a plan that depend on each other."""
    changes = list(changes)
    # A leftover has the name of the object that is kept, and is removed before that one gives it up.
    lasting = [one for one in changes if not (one.leftover and one.action is Action.DELETE)]
    givers = {name.key: change for change in lasting for name in freed_names(change)}
    before: dict[Change, list[Change]] = {}
    for change in changes:
        for name in wanted_names(change):
            giver = givers.get(name.key)
            if giver and giver is not change:
                before.setdefault(change, []).append(giver)
    # A delete may have to wait for the very change that takes its name.
    temporary = {giver for found in before.values() for giver in found if giver.action is Action.DELETE}
    referred = _referred(changes)
    while waiting := _givers_in_cycle(before, referred, temporary):
        temporary.add(min(waiting, key=lambda change: change.ref))
    return NameMoves(before, temporary)


def _referred(changes: Iterable[Change]) -> Mapping[Change, Collection[Change]]:
    """The changes that each change comes after because it refers to their objects."""
    written = {change.ref: change for change in changes if change.after is not None}
    return {
        change: [written[ref] for ref in sorted(change.wanted_refs - {change.ref}) if ref in written]
        for change in written.values()
    }


def _givers_in_cycle(
    before: Mapping[Change, Collection[Change]],
    referred: Mapping[Change, Collection[Change]],
    temporary: Collection[Change],
) -> list[Change]:
    """Those that free a name among changes that wait for each other; empty where none do."""
    waiting = {
        change: [giver for giver in before.get(change, ()) if giver not in temporary] + [*needed]
        for change, needed in referred.items()
    }
    cycle = pairwise(find_cycle(waiting))
    return [giver for taker, giver in cycle if giver in before.get(taker, ()) and giver not in temporary]


def live_names(kind: Kind[Any], live: Live) -> Iterator[UniqueName]:
    """The names of a live object that the vendor gives out once."""
    for field, namespace in kind.namespaces.items():
        if value := kind.live_name(live, field):
            yield UniqueName(namespace, field, value)


def wanted_names(change: Change) -> Iterator[UniqueName]:
    """The new names that a change gives to its object; none where they stay or need not be unique."""
    if change.after is None:
        return
    kept = set() if change.live is None else {name.key for name in live_names(change.kind, change.live)}
    for field, namespace in change.kind.namespaces.items():
        name = UniqueName(namespace, field, change.kind.wanted_name(change.after, field))
        if name.value and (change.live is None or field in change.fields) and name.key not in kept:
            yield name


def freed_names(change: Change) -> Iterator[UniqueName]:
    """The names of the live object that are free once the change is done."""
    if change.live is None:
        return
    deleted = change.action is Action.DELETE and not change.kind.archives_on_delete
    given_up = {name.field for name in wanted_names(change)}
    for name in live_names(change.kind, change.live):
        if deleted or name.field in given_up:
            yield name


def temporary_names(change: Change) -> Mapping[str, str]:
    """The names that the object has in between, by field."""
    names = (name for name in freed_names(change) if name.field not in change.kind.frozen_fields)
    return {name.field: f"{name.value[:KEPT_LENGTH].rstrip()}-renaming" for name in names}


def temporary_mark(change: Change) -> OwnershipMark | None:
    """The mark of the object while it has temporary names: a mark is bound to a name.

    One that does not fit the name that somebody gave the object stays: it may fit again once that is undone.
    """
    live = change.existing.live
    if live.owned and not live.owned.fits(live.name):
        return live.owned
    mark = change.mark or live.owned
    name = temporary_names(change).get(change.kind.named_by, live.name)
    return mark and mark.renamed(change.name_after if change.mark else live.name, name)


def temporary_name_notices(changes: Iterable[Change]) -> Iterator[str]:
    """A notice for each temporary name."""
    for change in sorted(name_moves(changes).via_temporary_name, key=lambda change: change.ref):
        for field, name in temporary_names(change).items():
            what = "is renamed to" if field == "name" else f"gets the {field}"
            yield f"{change.ref} {what} {name!r} temporarily, because another object takes its {field}"
