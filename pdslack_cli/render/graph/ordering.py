"""Order and position of slots in the columns of a layout: fewest crossings first, then short wires.

The layered method of Sugiyama: go over the columns and sort each by the mean height of its neighbours in the
next one. Slots of one lane stay together, so each lane is sorted and placed by itself.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

ROUNDS = 2  # there and back; more rounds find next to nothing
SETTLINGS = 6  # passes that only shorten wires


class Cell(NamedTuple):
    """The part of a column in one lane."""

    column: int
    lane: int


@dataclass(eq=False)
class Slot:
    """An item with a height in a cell: a box, or a bend of a passing wire (of height 0)."""

    cell: Cell
    height: float = 0.0
    top: float = 0.0


class Link(NamedTuple):
    """A segment of a wire between adjacent columns; the offsets are from the tops of its ends."""

    left: Slot
    left_offset: float
    right: Slot
    right_offset: float

    @property
    def heights(self) -> tuple[float, float]:
        return self.left.top + self.left_offset, self.right.top + self.right_offset


class Lane(NamedTuple):
    top: float
    bottom: float


def gap(upper: Slot, lower: Slot) -> float:
    """Return the distance between two neighbours in a cell."""
    if upper.height and lower.height:
        return 14.0
    return 12.0 if upper.height or lower.height else 9.0


def stacked(slots: Sequence[Slot]) -> float:
    """Return the total height of the slots of a cell."""
    gaps = sum(gap(upper, lower) for upper, lower in pairwise(slots))
    return gaps + sum(slot.height for slot in slots)


def arrange(slots: Sequence[Slot], links: Sequence[Link], lanes: Mapping[int, Lane]) -> None:
    """Set the top of every slot: within its lane, without overlaps, near to the slots linked to it."""
    cells: dict[Cell, list[Slot]] = defaultdict(list)
    for slot in slots:
        cells[slot.cell].append(slot)
    arrangement = _Arrangement(cells, links, lanes)
    arrangement.order()
    arrangement.settle()


class _Arrangement:
    def __init__(
        self, cells: dict[Cell, list[Slot]], links: Sequence[Link], lanes: Mapping[int, Lane]
    ) -> None:
        self.cells, self.links, self.lanes = cells, links, lanes
        self.before: dict[Slot, list[Link]] = defaultdict(list)
        self.after: dict[Slot, list[Link]] = defaultdict(list)
        for link in links:
            self.before[link.right].append(link)
            self.after[link.left].append(link)
        for cell in cells:
            self._place(cell, lambda slot: 0.0)

    def order(self) -> None:
        """Sort cell after cell, there by what lies left of it and back by what lies right, where that makes
        no more crossings.

        Where it makes as many, the right side decides: what passes a column runs level into where it goes.
        """
        least = crossings(self.links)
        there = [(cell, self._left, 1) for cell in sorted(self.cells)]
        back = [(cell, self._right, 0) for cell in sorted(self.cells, reverse=True)]
        for cell, side, gain in (there + back) * ROUNDS:
            slots, tops = self.cells[cell], [slot.top for slot in self.cells[cell]]
            self.cells[cell] = sorted(slots, key=side)
            self._place(cell, side)
            found = crossings(self.links)
            if found <= least - gain:
                least = found
                continue
            self.cells[cell] = slots
            for slot, top in zip(slots, tops, strict=True):
                slot.top = top

    def settle(self) -> None:
        """Move every slot close to its neighbours on both sides, keeping the order."""
        for _ in range(SETTLINGS):
            for cell in sorted(self.cells):
                self._place(cell, self._left)
            for cell in sorted(self.cells, reverse=True):
                self._place(cell, self._both)

    def _left(self, slot: Slot) -> float:
        return _mean([_level_top(link, slot) for link in self.before[slot]], slot.top)

    def _right(self, slot: Slot) -> float:
        return _mean([_level_top(link, slot) for link in self.after[slot]], slot.top)

    def _both(self, slot: Slot) -> float:
        # What leads out of the lane is long anyway; better that it runs level among its own.
        links = [self.before[slot], self.after[slot]]
        near = [[link for link in side if self._within(slot, link)] for side in links]
        sides = [[_level_top(link, slot) for link in side] for side in (near if any(near) else links)]
        return _mean([_mean(tops, 0.0) for tops in sides if tops], slot.top)

    def _within(self, slot: Slot, link: Link) -> bool:
        """Return whether the link's other end is within the slot's own lane vertically."""
        own = self.lanes[slot.cell.lane]
        other = self.lanes[(link.right if slot is link.left else link.left).cell.lane]
        return own.top <= other.top and other.bottom <= own.bottom

    def _place(self, cell: Cell, wanted: Callable[[Slot], float]) -> None:
        """Put each slot as near to its wanted top as order, gaps and lane allow."""
        slots = self.cells[cell]
        offsets = [0.0]
        for upper, lower in pairwise(slots):
            offsets.append(offsets[-1] + upper.height + gap(upper, lower))
        lane = self.lanes[cell.lane]
        lowest = max(lane.top, lane.bottom - offsets[-1] - slots[-1].height)
        # Without its offset every slot may be at the same place as its neighbours, but not above them.
        free = rising([wanted(slot) - offset for slot, offset in zip(slots, offsets, strict=True)])
        for slot, offset, base in zip(slots, offsets, free, strict=True):
            slot.top = min(max(base, lane.top), lowest) + offset


def _level_top(link: Link, slot: Slot) -> float:
    """Return the top of the slot at which the link would be horizontal."""
    left, right = link.heights
    return left - link.right_offset if slot is link.right else right - link.left_offset


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def rising(values: Iterable[float]) -> list[float]:
    """Return the nondecreasing sequence nearest to `values`: least squares, pool adjacent violators."""
    pools: list[tuple[float, int]] = []
    for value in values:
        mean, count = value, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        pools.append((mean, count))
    return [mean for mean, count in pools for _ in range(count)]


def crossings(links: Iterable[Link]) -> int:
    """Count the pairs of links between the same two columns that cross."""
    columns: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for link in links:
        columns[link.left.cell.column].append(link.heights)
    total = 0
    for ends in columns.values():
        above: list[float] = []
        for _, right in sorted(ends):
            total += len(above) - bisect_right(above, right)
            insort(above, right)
    return total
