"""What is wrong between entries: references, circles, names that meet, text without room for the mark."""

from __future__ import annotations

import graphlib
from collections.abc import Hashable, Iterable, Iterator, Mapping, Set
from typing import Any, NamedTuple

from pdslack_cli.config.locations import DataPath, Locations
from pdslack_cli.config.stack import StackEntry
from pdslack_cli.config.suggest import suggest
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import MANAGED_NAMED, READ_NAMED
from pdslack_cli.kinds.base.kind import LookupKind
from pdslack_cli.kinds.fields.scalars import references
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.mark import PREFIX, room_beside_mark
from pdslack_cli.model import Owned, Ref

Entries = Mapping[Ref, StackEntry]


def unknown_references(
    entries: Entries, known: Set[Ref], locations: Locations, data: object
) -> Iterable[Problem]:
    """References to keys that no section has."""
    for entry in entries.values():
        for ref in sorted(references(entry.spec) - known):
            title = "person" if ref.kind == "slack_user" else ref.kind.replace("_", " ")
            keys = sorted(other.key for other in known if other.kind == ref.kind)
            hint = suggest(ref.key, keys) or (
                f"the stack defines {', '.join(keys[:8])}" if keys else f"the stack defines no {title}"
            )
            place = _place_of(ref, data, entry.path)
            yield Problem(f"unknown {title} {ref.key!r}", locations.value(place), hint)


def _place_of(ref: Ref, data: object, path: DataPath) -> DataPath:
    """Where below `path` the reference is written; `path` itself if it is written otherwise."""
    return _find({ref.key, str(ref), f"person/{ref.key}"}, _at(data, path), path) or path


def _find(spellings: set[str], value: object, path: DataPath) -> DataPath | None:
    if isinstance(value, str):
        return path if value in spellings else None
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in items:
        found = _find(spellings, inner, (*path, part))
        if found:
            return found
    return None


def unknown_create_only(entries: Entries, locations: Locations) -> Iterable[Problem]:
    """Words in `create_only` that are no field of the object."""
    for entry in entries.values():
        known = entry.spec.object_fields()
        for number, word in enumerate(entry.spec.create_only):
            if word not in known:
                place = (*entry.path, "create_only", number)
                hint = suggest(word, known) or f"valid fields are {', '.join(sorted(known))}"
                yield Problem(f"create_only: unknown field {word!r}", locations.value(place), hint)


def cycles(entries: Entries, locations: Locations) -> Iterable[Problem]:
    """Entries that refer to each other in a circle: none of them could be created first."""
    graph = {ref: references(entry.spec) & entries.keys() for ref, entry in entries.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        # graphlib lists the circle against the direction of our references.
        circle: list[Ref] = list(reversed(error.args[1]))
        yield Problem(
            f"entries refer to each other in a cycle: {' → '.join(map(str, circle))}",
            locations.key(entries[circle[0]].path),
            "remove one of these references",
        )


class _Claim(NamedTuple):
    """Something that one entry of a kind may say and no other, for it means one object; and how two that
    say it are told."""

    said: tuple[str, Hashable]
    told: str
    hint: str = ""


def one_object_each(entries: Entries, locations: Locations) -> Iterable[Problem]:
    """Entries of one kind that mean one object, as far as files tell: they would fight over it.

    Each of them has a problem. What only the account tells is `engine.ownership`'s.
    """
    no_ids_yet = IdIndex({ref: str(ref) for ref in entries})
    claims: dict[tuple[str, tuple[str, Hashable]], list[tuple[StackEntry, _Claim]]] = {}
    for entry in entries.values():
        if kind := READ_NAMED.get(entry.ref.kind):
            for claim in dict.fromkeys(_claims(entry, kind, no_ids_yet)):
                claims.setdefault((entry.kind.name, claim.said), []).append((entry, claim))
    for claimants in claims.values():
        for entry, claim in claimants:
            others = [other for other, _ in claimants if other is not entry]
            if others:
                names = " and ".join(map(_address, (entry, *others)))
                places = ", ".join(str(locations.key(other.path)) for other in others)
                hint = f"{claim.hint}; " if claim.hint else ""
                yield Problem(
                    f"{names} {claim.told}",
                    locations.key(entry.path),
                    f"{hint}the other is defined at {places}",
                )


def _claims(entry: StackEntry, kind: LookupKind[Any], id_index: IdIndex) -> Iterator[_Claim]:
    spec, marked = entry.spec, kind.marked
    if marked:
        # An object has one key in its mark, and it is found by that before anything else.
        for key in (entry.ref.key, spec.previously):
            if key:
                told = f"refer to the same {kind.title}, whose key is or was {key!r}"
                yield _Claim(("key", key), told, "remove `previously` from one of them")
    if spec.id:
        yield _Claim(("id", spec.id), f"have the same id {spec.id!r}")
    elif marked:
        yield _Claim(("name", spec.name), f"have the same name {spec.name!r}")
    elif kind.section and (identity := kind.wanted_identity(spec, id_index)):
        yield _Claim(("identity", identity), kind.same_identity)


def _address(entry: StackEntry) -> str:
    """What people call the entry: of a kind that has no section, its place in the file."""
    return str(entry.ref) if entry.kind.section else ".".join(map(str, entry.path))


def texts_with_marks(entries: Entries, locations: Locations, data: object) -> Iterable[Problem]:
    """Texts that hold what looks like a mark: once ours is taken off from behind it, it would count."""
    looked_at: set[DataPath] = set()
    for entry in entries.values():
        if entry.path in looked_at or entry.spec.lookup:
            continue
        looked_at.add(entry.path)
        written = list(_texts_with_marks(_at(data, entry.path), entry.path))
        read = entry.spec.model_dump(mode="json", include=set(entry.spec.managed))
        if not written and next(iter(_texts_with_marks(read, ())), None) is not None:
            written = [entry.path]  # spelled so that only the vendor, or our reading for it, makes it one
        for path in written:
            yield Problem(
                f"a text must not contain {PREFIX!r}", locations.value(path),
                "pdslack uses this for its ownership marks; remove it",
            )  # fmt: skip


def _texts_with_marks(value: object, path: DataPath) -> Iterator[DataPath]:
    if isinstance(value, str) and PREFIX in value:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in items:
        if isinstance(part, str) and PREFIX in part:
            yield (*path, part)
        yield from _texts_with_marks(inner, (*path, part))


def _at(data: object, path: DataPath) -> object:
    for part in path:
        data = data[part] if isinstance(data, dict | list) else None  # type: ignore[index]
    return data


def protected_without_mark(entries: Entries, locations: Locations) -> Iterable[Problem]:
    """Entries that ask for protection that would end with them: only a mark outlives its entry."""
    for entry in entries.values():
        kind = MANAGED_NAMED.get(entry.ref.kind)
        if kind and not kind.marked and entry.spec.protect:
            yield Problem(
                f"a {kind.title} cannot be protected: it has no text for the mark that protects it",
                locations.value((*entry.path, "protect")),
                "remove `protect`",
            )


def no_room_for_mark(entries: Entries, locations: Locations, owner: str) -> Iterable[Problem]:
    """Texts that pass the vendor's limit once the mark is put behind them."""
    for entry in entries.values():
        kind = MANAGED_NAMED.get(entry.ref.kind)
        if kind is None or kind.mark_limit is None or entry.spec.lookup:
            continue
        field, text = kind.marked_text(entry.spec)
        location = Owned.bound(owner, entry.ref.key, entry.spec.name, protected=entry.spec.protect)
        room = room_beside_mark(kind.mark_limit, location)
        if len(text) > room:
            yield Problem(
                f"{field} must have at most {room} characters, got {len(text)}",
                locations.value((*entry.path, field)),
                f"the limit is {kind.mark_limit}, and the mark {location} needs the rest",
            )
