"""The difference between two values as a tree, from which all formats of a plan are made.

Every difference ends in a leaf: each item of a list is matched at most once, and an item that only moves is a
leaf as well.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pdslack_cli.engine.change import Action, Change
from pdslack_cli.engine.content import ABSENT, NAME_KEYS, common_items, continued_items, masked, out_of_order
from pdslack_cli.kinds.fields.secret import SecretText
from pdslack_cli.model import DataPath, Json

ADDED, REMOVED, CHANGED = "+", "-", "~"


@dataclass(frozen=True)
class Difference:
    """A place that differs, with the differences inside of it; a leaf if there are none.

    `path` is its path in `after`, or in `before` if it is removed. `name` is its display name. `moved`: it
    also changes its position among its neighbours, of which `unchanged` do not.
    """

    path: DataPath
    name: str
    before: Any = ABSENT
    after: Any = ABSENT
    inner: tuple[Difference, ...] = ()
    moved: bool = False
    item: bool = False
    unchanged: int = 0

    @property
    def symbol(self) -> str:
        """The symbol of the difference in a plan."""
        return ADDED if self.before is ABSENT else REMOVED if self.after is ABSENT else CHANGED


def differences_of(change: Change) -> tuple[Difference, ...]:
    """Return all differences of a change, also of its mark; none if it is removed as a whole."""
    found = [
        *_of_restoring(change),
        *_of_mark(change),
        *_of_marks_of_parts(change),
        *_of_secret(change),
    ]
    before, after = change.content
    if after is None:
        return tuple(found)
    if before is None:
        return (*found, *(Difference((key,), key, after=value) for key, value in after.items()))
    found += _of_mappings((), before, after)
    named = {one.name for one in found}
    same = (name for name in change.field_names if name not in named and name in after)
    # The words are the same, and mean another thing: the clock times of another zone.
    return (*found, *(Difference((name,), name, before.get(name, ABSENT), after[name]) for name in same))


def _of_restoring(change: Change) -> Iterator[Difference]:
    """Return the difference between an object that is put away and one that is in use."""
    if change.action is Action.RESTORE:
        word = change.kind.retired_word
        yield Difference((word,), word, before=True, after=False)


def _of_mark(change: Change) -> Iterator[Difference]:
    live = change.live
    if live and (change.new_mark or change.action is Action.RELEASE):
        before, after = (str(mark)[1:-1] if mark else None for mark in (live.owned, change.new_mark))
        yield Difference(("mark",), "mark", before, after)


def _of_marks_of_parts(change: Change) -> Iterator[Difference]:
    """Return the differences of the marks of parts, which go along with that of their object."""
    live, address = change.live, change.mark and "/".join(change.mark.address)
    if live is None or change.action is Action.REPLACE or not (address or change.action is Action.RELEASE):
        return
    for part in change.kind.parts:
        name = f"mark of {', '.join(sorted(part.fields))}"
        for mark in part.marks(live):
            before = mark and "/".join(mark.address)
            if before != address and (mark.owner if mark else "") in change.part_owners:
                yield Difference((name,), name, before, address)


def _of_secret(change: Change) -> Iterator[Difference]:
    """Return the differences of secrets that nobody can read: of a new object, or sent again."""
    before, after = change.before, change.after
    if change.action is Action.REPLACE and after and (name := change.kind.secret_of(after)):
        yield Difference((name,), name, SecretText("of the old one"), SecretText("of the new one"))
    for name in change.kind.write_only_fields & set(change.fields):
        if before and after and getattr(before, name) == getattr(after, name):
            yield Difference((name,), name, SecretText("as it is"), SecretText("as the file has it"))


def difference(path: DataPath, name: str, before: Any, after: Any, **more: bool) -> Difference:
    """Compare two unequal values of one place."""
    inner: list[Difference] = []
    unchanged = 0
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        inner = list(_of_mappings(path, before, after))
    elif isinstance(before, list) and isinstance(after, list):
        inner = list(_of_lists(path, before, after))
        unchanged = len(after) - sum(one.after is not ABSENT for one in inner)
    return Difference(path, name, before, after, tuple(inner), unchanged=unchanged, **more)


def _of_mappings(path: DataPath, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    common = [key for key in after if key in before]
    moved = set()
    if isinstance(before, OrderedDict) and isinstance(after, OrderedDict):
        places = {key: place for place, key in enumerate(before)}
        moved = {common[place] for place in out_of_order([places[key] for key in common])}
    for key in [*before, *(key for key in after if key not in before)]:
        old, new = before.get(key, ABSENT), after.get(key, ABSENT)
        if old is ABSENT or new is ABSENT or old != new or key in moved:
            yield difference((*path, key), key, old, new, moved=key in moved)


def _of_lists(path: DataPath, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Difference]:
    """Compare lists, in the order of `after`, with removed items at their old position."""
    pairs = continued_items(before, after)
    kept = [place for place, earlier in enumerate(pairs) if earlier is not None]
    moved = {kept[at] for at in out_of_order([pairs[place] or 0 for place in kept])}
    names, old_names = item_names(after), item_names(before)
    staying = set(pairs)
    gone = iter([place for place in range(len(before)) if place not in staying])
    removed = next(gone, None)
    for place, (earlier, item) in enumerate(zip(pairs, after, strict=True)):
        while removed is not None and (place not in moved and earlier is not None and removed < earlier):
            yield Difference((*path, removed), old_names[removed], before[removed], item=True)
            removed = next(gone, None)
        name = names[place]
        if earlier is None:
            yield Difference((*path, place), name, after=item, item=True)
        elif before[earlier] != item:
            yield difference((*path, place), name, before[earlier], item, moved=place in moved, item=True)
        elif place in moved:
            yield Difference((*path, place), name, before[earlier], item, moved=True, item=True)
    while removed is not None:
        yield Difference((*path, removed), old_names[removed], before[removed], item=True)
        removed = next(gone, None)


def item_names(items: Sequence[Any]) -> Sequence[str]:
    """Return the display names of items: label or name, condition, or index; "" for a plain value."""
    given = [_given_name(item) if isinstance(item, Mapping) else None for item in items]
    often = Counter(given)
    return [_display_name(name, place, often[name]) for place, name in enumerate(given, start=1)]


def _display_name(name: str | None, place: int, often: int) -> str:
    if name is None:
        return ""
    if not name:
        return f"#{place}"
    return name if often == 1 else f"{name} (#{place})"


def _given_name(item: Mapping[str, Any]) -> str:
    for word in NAME_KEYS:
        if item.get(word):
            return str(item[word])
    if item.get("otherwise") is not None:
        return "otherwise"
    return condition(item["if"]) if item.get("if") else ""


def condition(value: Any) -> str:
    """Return the display name of a rule without a label: its condition."""
    return "if " + (" or ".join(map(str, value)) if isinstance(value, list) else str(value))


def leaves(differences: Sequence[Difference]) -> Iterator[Json]:
    """Return the leaves as JSON: path, action, and both values."""
    for one in differences:
        if one.moved:
            yield {"path": list(one.path), "action": "move"}
        yield from leaves(one.inner)
        if not one.inner and not (one.moved and one.before == one.after):
            found: Json = {"path": list(one.path), "action": _ACTIONS[one.symbol]}
            if one.before is not ABSENT:
                found["before"] = masked(one.before)
            if one.after is not ABSENT:
                found["after"] = masked(one.after)
            yield found


_ACTIONS = {ADDED: "add", REMOVED: "remove", CHANGED: "change"}


def text_lines(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Compare two long texts by line, each with its symbol; at least one of them differs."""
    old, new = before.split("\n"), after.split("\n")
    at = earlier_at = 0
    for place, earlier in [*sorted(common_items(old, new)), (len(new), len(old))]:
        yield from ((REMOVED, line) for line in old[earlier_at:earlier])
        yield from ((ADDED, line) for line in new[at:place])
        yield from ((" ", line) for line in new[place : place + 1])
        at, earlier_at = place + 1, earlier + 1
