"""Three-way merge of what a file wants into the vendor's object, like `kubectl apply`.

A PUT replaces a list or nested object as a whole, including the parts that did not change. A kind encodes the
object twice: as wanted, and as it decodes now. Only where the two differ is the vendor's value replaced;
everything else is sent back as it was read, including fields that no kind models.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from typing import Any, TypeVar

from pdslack_cli.kinds.lenses.pairing import Keys, continued

T = TypeVar("T")

# Keys that name an item of a list among its neighbours, where it has no id.
_NAMES = ("name", "key", "target")


def merged(wanted: T, before: Any, raw: Any) -> T:
    """Return what to send in place of `raw`, whose encoding is `before`, so that it becomes `wanted`."""
    made: Any = wanted
    if wanted == before:
        made = raw
    elif isinstance(wanted, dict) and isinstance(before, dict) and isinstance(raw, dict):
        made = wanted if _is_another(wanted, before) else _merged_mappings(wanted, before, raw)
    elif isinstance(wanted, list) and isinstance(before, list) and isinstance(raw, list):
        made = _merged_lists(wanted, before, raw)
    return made  # type: ignore[no-any-return]  # of the vendor's making


def _is_another(wanted: dict[str, Any], before: dict[str, Any]) -> bool:
    """Return whether the two are different objects, so that fields of one do not apply to the other."""
    return wanted.get("id") != before.get("id")


def _merged_mappings(wanted: dict[str, Any], before: dict[str, Any], raw: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in (*raw, *(name for name in wanted if name not in raw)):
        if name not in wanted:
            if name not in before:  # nothing of ours
                made[name] = raw[name]
        elif name not in before:
            made[name] = wanted[name]
        elif name in raw:
            made[name] = merged(wanted[name], before[name], raw[name])
        elif wanted[name] != before[name]:
            made[name] = wanted[name]
    return made


def _merged_lists(wanted: list[Any], before: list[Any], raw: list[Any]) -> list[Any]:
    """Return the wanted items, each merged into the live item that it continues.

    If the vendor keeps its own order and no item was moved, that order is kept.
    """
    found = sources(before, raw)
    places = continued(_keys(wanted), _keys(before))
    made: list[tuple[int, Any]] = []  # each with the place in `raw` after which it stands
    last = -1
    for item, place in zip(wanted, places, strict=True):
        source = None if place is None else found[place]
        if place is not None and source is not None:
            last = source
            item = merged(item, before[place], raw[source])
        made.append((last, item))
    kept = [place for place in places if place is not None]
    if kept == sorted(kept):
        made.sort(key=lambda pair: pair[0])
    return [item for _, item in made]


def _keys(items: Sequence[Any]) -> list[Keys]:
    """Return the keys that identify an item: its id alone, or else its value, name and index."""
    return [_key(item, place) for place, item in enumerate(items)]


def _key(item: Any, place: int) -> Keys:
    if isinstance(item, dict) and item.get("id"):
        return item["id"], None, None, None
    value = json.dumps(item, sort_keys=True, default=str)
    if not isinstance(item, dict):
        return None, value, None, None
    name = next((str(item[key]) for key in _NAMES if item.get(key)), None)
    return None, value, name, place


def sources(before: list[Any], raw: list[Any]) -> list[int | None]:
    """Return for each item of `before` the index of the vendor's item that it encodes."""
    ids: dict[Hashable, int] = {
        item["id"]: place for place, item in enumerate(raw) if isinstance(item, dict) and item.get("id")
    }
    found: list[int | None] = []
    free = dict.fromkeys(range(len(raw)))
    for item in before:
        if isinstance(item, dict) and item.get("id"):
            place = ids.get(item["id"])
        else:
            place = next((place for place in free if _holds(raw[place], item)), None)
        found.append(place if place in free else None)
        if place is not None:
            free.pop(place, None)
    left = [index for index, place in enumerate(found) if place is None]
    if len(left) == len(free):  # what reads otherwise than it is written is still in its order
        for index, place in zip(left, free, strict=True):
            found[index] = place
    return found


def _holds(raw: Any, item: Any) -> bool:
    """Return whether the vendor's value contains everything that ours does."""
    if isinstance(raw, dict) and isinstance(item, dict):
        return all(name in raw and _holds(raw[name], value) for name, value in item.items())
    if isinstance(raw, list) and isinstance(item, list):
        return len(raw) == len(item) and all(map(_holds, raw, item))
    return bool(raw == item)
