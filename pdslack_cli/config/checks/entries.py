"""Checks across entries: circular references, conflicting names, texts without room for the mark."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pdslack_cli.config.locations import Locations, data_at
from pdslack_cli.config.stack import StackEntry
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import MANAGED_NAMED, READ_NAMED
from pdslack_cli.kinds.base.kind import LookupKind
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.mark import PREFIX, room_beside_mark
from pdslack_cli.model import DataPath, OwnershipMark, Ref, find_cycle
from pdslack_cli.suggest import a

Entries = Mapping[Ref, StackEntry]


def cycle(entries: Entries) -> list[Ref]:
    """Find a circular reference between entries, if any: none of them could be created first.

    A channel with the members of a user group whose channel it is needs people alone, and closes no circle.
    """
    return find_cycle({ref: _needed(entry) for ref, entry in entries.items()})


def _needed(entry: StackEntry) -> Collection[Ref]:
    expanded = entry.spec.model_fields_set & set(entry.kind.expanded_fields)
    if not expanded:
        return entry.references
    return references({name: value for name, value in entry.spec if name not in expanded})


class _Claim(NamedTuple):
    """A value that only one entry of a kind may have, because it identifies one object.

    It contains the words of the problem for a second entry with this value.
    """

    value: tuple[str, Hashable]
    conflict: str
    hint: str = ""


def one_object_each(
    entries: Entries, locations: Locations, incomplete: Collection[DataPath]
) -> Iterable[Problem]:
    """Yield problems for entries of one kind that refer to the same object, and would overwrite each other.

    For what only the account shows, see `engine.ownership`. Incomplete entries are not compared by fields.
    """
    no_ids_yet = IdIndex({ref: str(ref) for ref in entries})
    claims: dict[tuple[str, tuple[str, Hashable]], list[tuple[StackEntry, _Claim]]] = {}
    for entry in entries.values():
        if kind := READ_NAMED.get(entry.ref.kind):
            for claim in dict.fromkeys(_claims(entry, kind, no_ids_yet)):
                if claim.value[0] in {"identity", "exclusive"} and entry.path in incomplete:
                    continue
                claims.setdefault((entry.kind.name, claim.value), []).append((entry, claim))
    for claimants in claims.values():
        for entry, claim in claimants:
            others = [other for other, _ in claimants if other is not entry]
            if others:
                names = " and ".join(map(_address, (entry, *others)))
                places = ", ".join(str(locations.key(other.path)) for other in others)
                hint = f"{claim.hint}; " if claim.hint else ""
                yield Problem(
                    f"{names} {claim.conflict}",
                    locations.key(entry.path),
                    f"{hint}the other is defined at {places}",
                )


def _claims(entry: StackEntry, kind: LookupKind[Any], id_index: IdIndex) -> Iterator[_Claim]:
    spec, marked = entry.spec, kind.marked
    managed = MANAGED_NAMED.get(entry.ref.kind)
    if marked:
        # An object has one key in its mark, and it is found by that before anything else.
        for key in (entry.ref.key, spec.previously):
            if key:
                conflict = f"refer to the same {kind.title}, whose key is or was {key!r}"
                yield _Claim(("key", key), conflict, "remove `previously` from one of them")
    if spec.id:
        yield _Claim(("id", spec.id), f"have the same id {spec.id!r}")
    elif marked:
        # The name of a webhook of ours is for readers of the file; one that is looked up is found by it.
        if spec.lookup or (managed and managed.named_by == "name"):
            yield _Claim(("name", spec.name), f"have the same name {spec.name!r}")
    elif kind.section and (identity := kind.wanted_identity(spec, id_index)):
        yield _Claim(("identity", identity), kind.same_identity)

    if managed:
        for field in managed.exclusive_fields if not spec.lookup else ():
            for ref in getattr(spec, field):
                conflict = f"both have {ref} among their `{field}`, which is in one {kind.title} at most"
                yield _Claim(("exclusive", (field, ref)), conflict, "remove it from one of them")


def _address(entry: StackEntry) -> str:
    """Return how to refer to the entry in a message; for kinds without a section, its location."""
    return str(entry.ref) if entry.kind.section else ".".join(map(str, entry.path))


def texts_with_marks(entries: Entries, locations: Locations, data: object) -> Iterable[Problem]:
    """Yield problems for texts that contain a mark: once our own is removed, it would be taken for ours."""
    looked_at: set[DataPath] = set()
    for entry in entries.values():
        if entry.path in looked_at or entry.spec.lookup:
            continue
        looked_at.add(entry.path)
        written = list(_texts_with_marks(data_at(data, entry.path), entry.path))
        if not written and PREFIX in entry.spec.model_dump_json(include=set(entry.spec.managed)):
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


def protected_without_mark(entries: Entries, locations: Locations) -> Iterable[Problem]:
    """Yield problems for `protect` on kinds without a mark: only a mark outlives its entry."""
    for entry in entries.values():
        kind = MANAGED_NAMED.get(entry.ref.kind)
        if kind and not kind.marked and entry.spec.protect:
            yield Problem(
                f"{a(kind.title)} cannot be protected: it has no text for the mark that protects it",
                locations.value((*entry.path, "protect")),
                "remove `protect`",
            )


def renamed_but_looked_up(entries: Entries, locations: Locations) -> Iterable[Problem]:
    """Yield problems for `previously` of what is only looked up: ours of that key would be deleted."""
    for entry in entries.values():
        kind = MANAGED_NAMED.get(entry.ref.kind)
        if kind and kind.marked and entry.spec.lookup and entry.spec.previously:
            yield Problem(
                f"{entry.ref} is only looked up, so it is not what had the key {entry.spec.previously!r}",
                locations.value((*entry.path, "previously")),
                "remove `lookup`, if it was renamed; or `previously`, to have the one of that key deleted",
            )


def no_room_for_mark(entries: Entries, locations: Locations, owner: str) -> Iterable[Problem]:
    """Yield problems for texts that exceed the vendor's limit once the mark is appended."""
    for entry in entries.values():
        kind = MANAGED_NAMED.get(entry.ref.kind)
        if kind is None or kind.mark_limit is None or entry.spec.lookup:
            continue
        field, text = kind.marked_text(entry.spec)
        mark = OwnershipMark.bound(owner, entry.ref.key, entry.spec.name, protected=entry.spec.protect)
        room = room_beside_mark(kind.mark_limit, mark)
        if len(text) > room:
            yield Problem(
                f"{field} must have at most {room} characters, got {len(text)}",
                locations.value((*entry.path, field)),
                f"the limit is {kind.mark_limit}, and the mark {mark} needs the rest",
            )
