"""Render both sides of a change as the file would write them, so that every difference is visible.

Files leave defaults out, and so does what is read from a vendor. Where only one side sets a value, the
default of the other side is written out, so that comparing the two finds every difference.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from pdslack_cli.config.tokens import mask_shapes, mask_tokens
from pdslack_cli.kinds.base.spec import InOrder, Resource
from pdslack_cli.kinds.fields.secret import HIDDEN, SecretText
from pdslack_cli.masking import mask_before, mask_secrets, mask_value
from pdslack_cli.model import Json

FIELD_NAME = re.compile("[a-z_]+")

ABSENT = object()
"""Placeholder for a value that one side does not have; null is a value."""

NAME_KEYS = ("label", "name")  # keys that name an item of a list


EXCLUSIVE_KEYS = ("otherwise", "use")  # keys of an item that allow no others


class ChangeContent(NamedTuple):
    """An object before and after a change, as plain values of the file; None where there is none.

    Secret texts are in the clear, to be compared: only `masked` values may be shown or written.
    """

    before: Json | None
    after: Json | None


def side_by_side(
    before: Resource | None, after: Resource | None, now: datetime, fields: Collection[str] = ()
) -> ChangeContent:
    """Both sides, with a default written out where the other side differs from it.

    If both exist, only `fields` change: the rest of `after` is taken from `before`.
    """
    if before is None or after is None:
        return ChangeContent(
            *(None if spec is None else _written(spec, now).brief for spec in (before, after))
        )
    old, new = _written(before, now), _written(after, now)
    spelled = {name: info.alias or name for name, info in type(after).model_fields.items()}
    changed = {spelled[name] for name in fields}
    new = _Written(*({**old[side], **_restricted(new[side], changed)} for side in (0, 1)))
    return ChangeContent(*_aligned(old, new))


def content_of(spec: Resource, now: datetime, salt: str) -> Json:
    """A spec as the file would write it, without entry-only fields and without secrets."""
    content: Json = masked(hashed(side_by_side(spec, None, now), salt).before)
    return content


def hashed(content: ChangeContent, salt: str) -> ChangeContent:
    """Replace every known secret, and every value that a secret replaces, by a salted hash."""
    return ChangeContent(mask_before(content.before, content.after, salt), mask_value(content.after, salt))


def masked(content: Any) -> Any:
    """Mask the values for display: descriptions and URLs may contain tokens."""
    if isinstance(content, SecretText):
        return HIDDEN
    if isinstance(content, str):
        return mask_tokens(content)
    if isinstance(content, list):
        return [masked(item) for item in content]
    if isinstance(content, Mapping):
        return {_masked_key(key): masked(value) for key, value in content.items()}
    return content


def _masked_key(key: str) -> str:
    """Mask secrets in the name of a header or the like; two of them still differ. Fields are known words."""
    return key if FIELD_NAME.fullmatch(key) else mask_shapes(mask_secrets(key, salt="key"))


# --- writing out defaults ----------------------------------------------------------------------------


class _Written(NamedTuple):
    """A value with all defaults (`full`), and with only what its side sets (`brief`).

    Only the brief one may be short: a text for a mapping.
    """

    full: Any
    brief: Any

    @property
    def is_short(self) -> bool:
        return isinstance(self.full, Mapping) and not isinstance(self.brief, Mapping)

    @property
    def as_mapping(self) -> _Written:
        return _Written(self.full, {}) if self.is_short else self

    def at(self, key: Any) -> _Written:
        full = self.full[key]
        if isinstance(self.brief, Mapping) and key not in self.brief:
            return _Written(full, {} if isinstance(full, Mapping) else full)
        return _Written(full, self.brief[key])


def _written(spec: Resource, now: datetime) -> _Written:
    spec = spec.as_written(now)
    left_out = spec.ABOUT | (spec.model_fields_set - spec.managed)  # a webhook has no name to write
    return _Written(
        *(
            {
                key: value
                for key, value in _plain(
                    spec.model_dump(by_alias=True, exclude_unset=brief, warnings=False)
                ).items()
                if key not in left_out
            }
            for brief in (False, True)
        )
    )


def _restricted(content: Json, keys: Collection[str]) -> Json:
    return {key: value for key, value in content.items() if key in keys}


def _plain(value: Any) -> Any:
    """Plain JSON values, except secrets, which are compared by the value they hide."""
    if isinstance(value, InOrder):
        return OrderedDict((key, _plain(inner)) for key, inner in value.pairs)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _aligned(old: _Written, new: _Written) -> tuple[Any, Any]:
    short = [one.brief for one in (old, new) if one.is_short]
    if short and (len(short) == 2 or old.full == new.full):
        return short[0], short[-1]
    if isinstance(old.full, Mapping) and isinstance(new.full, Mapping):
        return _aligned_mappings(old.as_mapping, new.as_mapping)
    if isinstance(old.full, list) and isinstance(new.full, list):
        before, after = list(old.brief), list(new.brief)
        for place, earlier in enumerate(continued_items(old.full, new.full)):
            if earlier is not None:
                before[earlier], after[place] = _aligned(old.at(earlier), new.at(place))
        return before, after
    return old.brief, new.brief


def _aligned_mappings(old: _Written, new: _Written) -> tuple[Json, Json]:
    before: Json = type(old.full)()
    after: Json = type(new.full)()
    for key in _keys(old.full, new.full):
        if key in old.full and key in new.full:
            if key in old.brief or key in new.brief or old.full[key] != new.full[key]:
                before[key], after[key] = _aligned(old.at(key), new.at(key))
        elif key in old.full:
            before[key] = old.at(key).brief
        else:
            after[key] = new.at(key).brief
    return _in_order_of(old.full, before), _in_order_of(new.full, after)


def _keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [*old, *(key for key in new if key not in old)]


def _in_order_of(full: Mapping[str, Any], content: Json) -> Json:
    return type(content)((key, content[key]) for key in full if key in content)


# --- matching the items of two lists ------------------------------------------------------------


def continued_items(before: Sequence[Any], after: Sequence[Any]) -> list[int | None]:
    """For each item of `after`, the index in `before` of the item it continues; None where it is new.

    Every item is used once. Equal items in the same order match first, then equal ones elsewhere (moved),
    then items of the same name, of the same condition, and at the same position.
    """
    pairs: dict[int, int] = dict(common_items([*map(_key, before)], [*map(_key, after)]))
    taken = set(pairs.values())
    for rank in (_key, *(_by(word) for word in NAME_KEYS), _by_condition):
        free: dict[Hashable, list[int]] = {}
        for place, item in enumerate(before):
            if place not in taken and (name := rank(item)) is not None:
                free.setdefault(name, []).append(place)
        for place, item in enumerate(after):
            if place not in pairs and free.get(name := rank(item)):
                pairs[place] = free[name].pop(0)
                taken.add(pairs[place])
    for place in range(min(len(before), len(after))):
        if place not in pairs and place not in taken and _is_alike(before[place], after[place]):
            pairs[place] = place
    return [pairs.get(place) for place in range(len(after))]


MOST_COMPARED = 1_000_000  # pairs of items; longer lists are split where both have an item once


def common_items(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    """A common subsequence, as pairs of indices in `after` and in `before`: of short lists the longest.

    Of long ones it takes time by their length, however many items are equal: texts are compared by lines.
    """
    left = [(0, len(after), 0, len(before))]
    while left:
        first, last, old_first, old_last = left.pop()
        while first < last and old_first < old_last and after[first] == before[old_first]:
            yield first, old_first
            first, old_first = first + 1, old_first + 1
        while first < last and old_first < old_last and after[last - 1] == before[old_last - 1]:
            last, old_last = last - 1, old_last - 1
            yield last, old_last
        exact = (last - first) * (old_last - old_first) <= MOST_COMPARED
        found = (_longest if exact else _single)(before[old_first:old_last], after[first:last])
        pairs = [(place + first, old + old_first) for place, old in found]
        yield from pairs
        if pairs and not exact:
            ends = [(first - 1, old_first - 1), *pairs, (last, old_last)]
            left += ((one[0] + 1, end[0], one[1] + 1, end[1]) for one, end in pairwise(ends))


def _single(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    """The items that each side has once, without those that moved."""
    old, new = Counter(before), Counter(after)
    places = {item: place for place, item in enumerate(before) if old[item] == new[item] == 1}
    pairs = [(place, places[item]) for place, item in enumerate(after) if item in places]
    moved = out_of_order([earlier for _, earlier in pairs])
    yield from (pair for number, pair in enumerate(pairs) if number not in moved)


def out_of_order(places: Sequence[int]) -> set[int]:
    """The smallest set of indices without which the other numbers are in rising order."""
    ends: list[int] = []  # of the rising runs of each length, the smallest last number
    lengths = []
    for number in places:
        at = bisect_left(ends, number)
        ends[at : at + 1] = [number]
        lengths.append(at + 1)
    staying = set()
    wanted = len(ends)
    for index in range(len(places) - 1, -1, -1):
        if lengths[index] == wanted:
            staying.add(index)
            wanted -= 1
    return set(range(len(places))) - staying


def _longest(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    lengths = [
        [0] * (len(after) + 1)
    ]  # of the longest common subsequence from each pair of indices on, last row first
    for item in reversed(before):
        row, below = [0] * (len(after) + 1), lengths[-1]
        for place in range(len(after) - 1, -1, -1):
            row[place] = below[place + 1] + 1 if item == after[place] else max(below[place], row[place + 1])
        lengths.append(row)
    lengths.reverse()
    old = new = 0
    while old < len(before) and new < len(after):
        if before[old] == after[new]:
            yield new, old
            old, new = old + 1, new + 1
        elif lengths[old + 1][new] >= lengths[old][new + 1]:
            old += 1
        else:
            new += 1


def _key(value: Any) -> Hashable:
    if isinstance(value, OrderedDict):
        return "in order", tuple((key, _key(inner)) for key, inner in value.items())
    if isinstance(value, Mapping):
        return "mapping", frozenset((key, _key(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return "list", tuple(map(_key, value))
    hashable: Hashable = value
    return hashable


def _by(word: str) -> Any:
    return lambda item: _key(item.get(word) or None) if isinstance(item, Mapping) else None


def _by_condition(item: Any) -> Hashable | None:
    if not isinstance(item, Mapping):
        return None
    return "otherwise" if item.get("otherwise") is not None else _key(item.get("if") or None)


def _is_alike(old: Any, new: Any) -> bool:
    """Whether two items may be one that changed: both without a name, and rules of the same form."""
    return (
        isinstance(old, Mapping)
        and isinstance(new, Mapping)
        and not any(item.get(word) for item in (old, new) for word in NAME_KEYS)
        and all((old.get(word) is None) == (new.get(word) is None) for word in EXCLUSIVE_KEYS)
    )
