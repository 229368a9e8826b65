"""Pair the items of a wanted list with those of a live list."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

Keys = Sequence[Hashable | None]


def continued(wanted: Sequence[Keys], there: Sequence[Keys]) -> list[int | None]:
    """Return for each wanted item the index of the one in `there` that it continues; None if it is new.

    An item is identified by its keys, the strongest first (its name, then its position). A weaker key
    counts only among items that no stronger one has paired; a key that is None pairs with nothing.
    """
    pairs: dict[int, int] = {}
    for rank in range(max(map(len, wanted), default=0)):
        free: dict[Hashable, list[int]] = {}
        for place, keys in enumerate(there):
            if place not in pairs.values() and keys[rank] is not None:
                free.setdefault(keys[rank], []).append(place)
        for index, keys in enumerate(wanted):
            if index not in pairs and free.get(keys[rank]):
                pairs[index] = free[keys[rank]].pop(0)
    return [pairs.get(index) for index in range(len(wanted))]
