"""What may be in one object at most, such as a service in one alert grouping, and its way to another. Pure.

The vendor refuses what another object still has. So where a plan takes it out of one object and puts it
into another, the first change goes before the second. Where objects exchange what they have, one lets go of
some of it in a step of its own; no object is empty in between, for the vendor refuses that too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pdslack_cli.engine.change import Action, Change
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.model import Ref

Members = frozenset[tuple[str, Ref]]
"""What an object has that no other one may have as well, each with its field."""


@dataclass(frozen=True, eq=False)
class Move:
    """A step in which an object lets go of members, or takes some, after the steps that it `needs`.

    `kept` is the object in between; None: the change as it is planned.
    """

    change: Change
    kept: Resource | None
    needs: tuple[Move, ...]


def members(kind: Kind[Any], spec: Resource | None) -> Members:
    """Return what only one object may have."""
    if spec is None:
        return frozenset()
    return frozenset((name, ref) for name in kind.exclusive_fields for ref in getattr(spec, name))


def exclusive_moves(changes: Iterable[Change]) -> Iterator[Move]:
    """Yield the steps that move what only one object may have, in an order that the vendor accepts."""
    by_kind: dict[Kind[Any], list[Change]] = {}
    for change in changes:
        if change.kind.exclusive_fields and change.action is not Action.RELEASE:
            by_kind.setdefault(change.kind, []).append(change)
    for kind, found in by_kind.items():
        yield from _Exchange(kind, found).moves()


class _Exchange:
    """The objects of one kind, while their changes are put into an order step by step."""

    def __init__(self, kind: Kind[Any], changes: Iterable[Change]) -> None:
        self.kind = kind
        self.has = {change: members(kind, change.before) for change in changes}
        self.wants = {change: members(kind, change.after) for change in self.has}
        self.freed_by: dict[tuple[str, Ref], Move] = {}
        self.let_go: dict[Change, Move] = {}

    def moves(self) -> Iterator[Move]:
        waiting = sorted(self.has, key=lambda change: change.ref)
        while waiting:
            reach = {change: self._within_reach(change) for change in waiting}
            ready = next((change for change in waiting if reach[change] == self.wants[change]), None)
            if ready:
                waiting.remove(ready)
                yield self._moved(ready, self.wants[ready], None)
            elif option := next(self._options(waiting), None):
                change, kept = option
                self.let_go[change] = move = self._moved(change, kept, self._spec(change, kept))
                yield move
            else:
                return  # what somebody else has is told by the refusals

    def _within_reach(self, change: Change) -> Members:
        """Return what the object wants and has already, or can take."""
        held = frozenset().union(*(has for other, has in self.has.items() if other is not change))
        return self.wants[change] - held

    def _options(self, waiting: list[Change]) -> Iterator[tuple[Change, Members]]:
        """Yield the objects that can let go of something others wait for, each with what it keeps.

        Those that keep only what they want come first: the others keep something that is waited for.
        """
        unwilling = []
        for change in (change for change in waiting if change not in self.let_go):
            has, others = self.has[change], [self.wants[other] for other in waiting if other is not change]
            kept = self._within_reach(change)
            if not kept and has:
                unwilling.append((change, frozenset({min(has, key=lambda one: (_count(one, others), one))})))
            elif (has - kept) & frozenset().union(*others):
                yield change, kept
        yield from (option for option in unwilling if len(self.has[option[0]]) > 1)

    def _moved(self, change: Change, after: Members, kept: Resource | None) -> Move:
        before, self.has[change] = self.has[change], after
        needed = {self.freed_by[member] for member in after - before if member in self.freed_by}
        earlier = self.let_go.get(change)
        move = Move(change, kept, (*needed, *([earlier] if earlier else ())))
        self.freed_by |= dict.fromkeys(before - after, move)
        return move

    def _spec(self, change: Change, kept: Members) -> Resource:
        fields: Mapping[str, Any] = {
            name: tuple(sorted(ref for field, ref in kept if field == name))
            for name in self.kind.exclusive_fields
        }
        return change.existing.before.model_copy(update=fields)


def _count(member: tuple[str, Ref], wanted: Iterable[Members]) -> int:
    """Return how many want it."""
    return sum(member in each for each in wanted)
