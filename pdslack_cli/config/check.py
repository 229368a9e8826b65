"""What is wrong between entries: references, circles, names that meet, text without room for the mark."""

from __future__ import annotations

import graphlib
from collections.abc import Hashable, Iterable, Mapping, Set

from pdslack_cli.config.locations import Marks, Path
from pdslack_cli.config.stack import Entry
from pdslack_cli.config.suggest import suggest
from pdslack_cli.errors import Problem
from pdslack_cli.kinds.base import Kind
from pdslack_cli.kinds.directory import Directory
from pdslack_cli.kinds.fields import references
from pdslack_cli.kinds.mark import room_beside_mark
from pdslack_cli.model import Owned, Ref

Entries = Mapping[Ref, Entry]


def unknown_references(entries: Entries, known: Set[Ref], marks: Marks, data: object) -> Iterable[Problem]:
    """References to keys that no section has."""
    for entry in entries.values():
        for ref in sorted(references(entry.spec) - known):
            title = "person" if ref.kind == "slack_user" else ref.kind.replace("_", " ")
            keys = sorted(other.key for other in known if other.kind == ref.kind)
            hint = suggest(ref.key, keys) or (
                f"known are {', '.join(keys[:8])}" if keys else f"there is no {title} in the stack"
            )
            place = _place_of(ref, data, entry.path)
            yield Problem(f"unknown {title} {ref.key!r}", marks.value(place), hint)


def _place_of(ref: Ref, data: object, path: Path) -> Path:
    """Where below `path` the reference is written; `path` itself if it is written otherwise."""
    value = data
    for part in path:
        value = value[part] if isinstance(value, dict | list) else None  # type: ignore[index]
    return _find({ref.key, str(ref), f"person/{ref.key}"}, value, path) or path


def _find(spellings: set[str], value: object, path: Path) -> Path | None:
    if isinstance(value, str):
        return path if value in spellings else None
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in items:
        found = _find(spellings, inner, (*path, part))
        if found:
            return found
    return None


def unknown_create_only(entries: Entries, marks: Marks) -> Iterable[Problem]:
    """Words in `create_only` that are no field of the object."""
    for entry in entries.values():
        known = entry.spec.object_fields()
        for number, word in enumerate(entry.spec.create_only):
            if word not in known:
                place = (*entry.path, "create_only", number)
                hint = suggest(word, known) or f"fields are {', '.join(sorted(known))}"
                yield Problem(f"create_only: unknown field {word!r}", marks.value(place), hint)


def cycles(entries: Entries, marks: Marks) -> Iterable[Problem]:
    """Entries that refer to each other in a circle: none of them could be created first."""
    graph = {ref: references(entry.spec) & entries.keys() for ref, entry in entries.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        # graphlib lists the circle against the direction of our references.
        circle: list[Ref] = list(reversed(error.args[1]))
        yield Problem(
            f"entries refer to each other in a circle: {' → '.join(map(str, circle))}",
            marks.key(entries[circle[0]].path),
            "remove one of these references",
        )


def same_names(entries: Entries, marks: Marks) -> Iterable[Problem]:
    """Two entries of one kind that mean one object: they would fight over it."""
    no_ids_yet = Directory({ref: str(ref) for ref in entries})
    first: dict[tuple[str, Hashable], Entry] = {}
    for entry in entries.values():
        kind, spec = entry.kind, entry.spec
        if not isinstance(kind, Kind) or spec.id:
            continue
        identity = spec.name if kind.marked else kind.wanted_identity(spec, no_ids_yet)
        if not identity:
            continue
        other = first.setdefault((kind.name, identity), entry)
        if other is not entry:
            same = f"have the same name {spec.name!r}" if kind.marked else "mean the same object"
            yield Problem(
                f"{entry.ref} and {other.ref} {same}",
                marks.key(entry.path),
                f"the other stands at {marks.key(other.path)}",
            )


def no_room_for_mark(entries: Entries, marks: Marks, owner: str) -> Iterable[Problem]:
    """Texts that pass the vendor's limit once the mark is put behind them."""
    for entry in entries.values():
        kind = entry.kind
        if not isinstance(kind, Kind) or kind.mark_limit is None or entry.spec.lookup:
            continue
        field, text = kind.marked_text(entry.spec)
        mark = Owned.bound(owner, entry.ref.key, entry.spec.name, protected=entry.spec.protect)
        room = room_beside_mark(kind.mark_limit, mark)
        if len(text) > room:
            yield Problem(
                f"{field} has {len(text)} characters; {room} fit",
                marks.value((*entry.path, field)),
                f"the limit is {kind.mark_limit}, and the mark {mark} needs the rest",
            )
