"""What a file can say of one live object, such that a plan of the file finds nothing to change."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from pdslack_cli.config.expand.variables import escaped
from pdslack_cli.config.tokens import find_token
from pdslack_cli.export.ignored import HOLD_RULES, ignoring, refused, rule_at
from pdslack_cli.export.verify import ExportFault
from pdslack_cli.kinds import KIND_NAMED
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import references
from pdslack_cli.kinds.fields.secret import SecretText
from pdslack_cli.kinds.id_index import IdIndex, Outsider
from pdslack_cli.kinds.mark import PREFIX, room_beside_mark
from pdslack_cli.model import Json, Live, Owned, Ref
from pdslack_cli.routing.simulate.read_rules import RulesError

# Rules send requests with headers, which PagerDuty shows to everybody; some of them open doors.
_SECRET_HEADER = re.compile(r"auth|cookie|api-?key|passw|secret|signature|token", re.IGNORECASE)

MOST_TRIED = 50  # items of a list, to find those that others do not bear with

DataPath = tuple[int | str, ...]


class Flaw(NamedTuple):
    """Something that a file cannot say: where it stands in the words of the object, and why not."""

    path: DataPath
    reason: str

    def __str__(self) -> str:
        return f"{_place(self.path)}: {self.reason}" if self.path else self.reason


@dataclass(frozen=True)
class WrittenEntry:
    """The words for an object, None where a file cannot manage it, and what is wrong with others."""

    words: Json | None
    flaws: tuple[Flaw, ...] = ()

    @property
    def left_out(self) -> Iterator[str]:
        """What is not said, the smallest pieces that could be left out, and why."""
        for flaw in self.flaws:
            if self.words is None:
                yield str(flaw)
                continue
            piece = _piece(flaw.path, self.words)
            yield f"`{_place(piece)}` is left out: {flaw.reason if piece == flaw.path else flaw}"


def corrected(written: WrittenEntry, faults: Iterable[ExportFault]) -> WrittenEntry:
    """The entry without what the check of the whole export refused, or with the lint switched off."""
    words, flaws = written.words or {}, []
    for fault in faults:
        rule = rule_at(words, fault.path) if fault.lint else None
        if rule is None:
            flaws.append(Flaw(fault.path, fault.reason))
        else:
            words = ignoring(words, [(fault.path, fault.lint)])
    flaws = [*dict.fromkeys(flaws)]
    if not all(flaw.path and flaw.path[0] in words for flaw in flaws):
        return WrittenEntry(None, (*written.flaws, *flaws))
    return WrittenEntry(
        _without(words, {_piece(flaw.path, words) for flaw in flaws}), (*written.flaws, *flaws)
    )


@dataclass(frozen=True)
class EntryWriter:
    """Finds words for objects. `expressible` are the references that the file can make."""

    owner: str
    id_index: IdIndex
    expressible: Collection[Ref]

    def say(self, kind: Kind[Any], ref: Ref, live: Live, before: Resource) -> WrittenEntry:
        """All that a file can say of an object; `before` is what it decodes to.

        What it cannot say is left out in the smallest piece that a plan does not miss: an item of a list
        that is only added to, else a field. Without a field that it needs, the object cannot be managed.
        """
        hidden = [*_hidden(ref, before)]
        words = _without(_words(kind, before), {flaw.path for flaw in hidden})
        told: list[Flaw] = []
        flaws = [
            *self._unmarkable(kind, ref, live, before),
            *self._unreachable(before, words),
            *self._obstacles(kind, replace(live, owned=self._mark(ref, live)), before, words),
            *_unsafe(words),
        ]
        while flaws := flaws or [*self._misread(kind, ref, live, before, words)]:
            known = {flaw.path[:1] for flaw in told}
            told += (flaw for flaw in dict.fromkeys(flaws) if flaw.path[:1] not in known)
            if not all(flaw.path and flaw.path[0] in words for flaw in flaws):
                return WrittenEntry(None, tuple(told))
            words = _without(words, {_piece(flaw.path, words) for flaw in flaws})
            flaws = []
        spec = _read(kind, ref.key, words)
        lints = [(place, finding.id) for place, finding in refused(self.owner, kind, ref, spec)]
        return WrittenEntry(ignoring(words, lints), (*hidden, *told))

    def _misread(
        self, kind: Kind[Any], ref: Ref, live: Live, before: Resource, words: Json
    ) -> Iterator[Flaw]:
        """What would not validate; if all does, what a plan would change."""
        try:
            spec = _read(kind, ref.key, words)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                for path in _culprits(kind, ref.key, words, detail["loc"]):
                    yield Flaw(path, _message(detail))
            return
        except PydanticCustomError as error:
            for path in _culprits(kind, ref.key, words, ()):
                yield Flaw(path, error.message())
            return
        yield from self._linted(kind, ref, spec, words)
        after = spec.merged_onto(before, live.read_at)
        for word, name in spec.object_fields().items():
            if name in spec.managed and getattr(after, name) != getattr(before, name):
                yield Flaw((word,), "it cannot be written exactly as it is")

    def _linted(self, kind: Kind[Any], ref: Ref, spec: Resource, words: Json) -> Iterator[Flaw]:
        """What our lints refuse, where nothing can say that it is meant so; and rules in a circle."""
        rules = [word for word in words if word in HOLD_RULES]
        for word in rules:
            alone = spec.restricted_to(spec.model_fields_set - {*rules} | {word})
            try:
                for place, finding in refused(self.owner, kind, ref, alone):
                    if rule_at(words, place) is None:
                        yield Flaw(place, finding.message)
            except RulesError as error:
                yield Flaw((word,), str(error))

    def _mark(self, ref: Ref, live: Live) -> Owned:
        return Owned.bound(self.owner, ref.key, live.name)

    def _unmarkable(self, kind: Kind[Any], ref: Ref, live: Live, before: Resource) -> Iterator[Flaw]:
        if kind.mark_limit is None or live.owned:
            return
        field, text = kind.marked_text(before)
        room = room_beside_mark(kind.mark_limit, self._mark(ref, live))
        if len(text) > room:
            yield Flaw(
                (), f"its {field} has {len(text)} characters; with the ownership mark, at most {room} fit"
            )

    def _unreachable(self, before: Resource, words: Json) -> Iterator[Flaw]:
        for word, value in _fields(before, words):
            parts: list[tuple[DataPath, Any]] = [((word,), value)]
            if isinstance(words[word], list) and isinstance(value, tuple):
                parts = [((word, place), item) for place, item in enumerate(value)]
            for path, part in parts:
                for ref in sorted(references(part)):
                    if ref not in self.expressible:
                        yield Flaw(path, _missing(ref))

    def _obstacles(self, kind: Kind[Any], live: Live, before: Resource, words: Json) -> Iterator[Flaw]:
        """What could be said, but never changed. What an object needs is said all the same."""
        for word, name in before.object_fields().items():
            if word in words and not _is_needed(kind, word):
                for text in kind.obstacles(before, live, {name}, self.id_index, adopt=True):
                    yield Flaw((word,), text.removeprefix(f"{word}: "))


def _words(kind: Kind[Any], before: Resource) -> Json:
    fields = before.managed & (before.non_default_fields | kind.defaults_spelled_out)
    return before.restricted_to(fields).model_dump(
        mode="json", by_alias=True, exclude_unset=True, warnings=False
    )


def _fields(before: Resource, words: Json) -> Iterator[tuple[str, Any]]:
    """The values behind the words, by how the file spells their fields."""
    return ((word, getattr(before, name)) for word, name in before.object_fields().items() if word in words)


# --- flaws -----------------------------------------------------------------------------------------


def _missing(ref: Ref) -> str:
    kind = KIND_NAMED.get(ref.kind)  # none, for what PagerDuty has and we have never heard of
    title = kind.title if kind else ref.kind.replace("_", " ")
    if isinstance(ref.key, Outsider):
        return f"it refers to the {title} {ref.key.name!r}, which does not exist or is not visible"
    return f"it refers to the {title} {str(ref.key)!r}, which a file cannot refer to"


def _hidden(ref: Ref, before: Resource) -> Iterator[Flaw]:
    """What a vendor keeps to itself, and how to write it."""
    for word, name in before.object_fields().items():
        value = getattr(before, name, None)
        if isinstance(value, dict) and any(isinstance(text, SecretText) for text in value.values()):
            written = json.dumps({key: f"${{{_variable(ref, key)}}}" for key in value})
            yield Flaw(
                (word,), f"its values cannot be read: set PDSLACK_VAR_… for each, and write {word}: {written}"
            )


def _variable(ref: Ref, name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", f"{ref}_{name}".upper())


def _unsafe(words: Json) -> Iterator[Flaw]:
    """Texts that must not stand in a file, and those that would not be read as they are."""
    for path, text in _texts(words, ()):
        if token := find_token(escaped(text)):
            yield Flaw(path, f"it contains what looks like {token}")
        elif PREFIX in text:
            yield Flaw(path, "it contains what looks like a mark of pdslack")
        elif path[-1] == text and "${" in text:
            yield Flaw(path, "a key cannot contain a variable, or what looks like one")
        elif len(path) > 1 and path[-2] == "headers" and _SECRET_HEADER.search(str(path[-1])):
            yield Flaw(path, "its value may be a secret")


def _texts(value: Any, path: DataPath) -> Iterator[tuple[DataPath, str]]:
    """Every text in it and its path; the path of a key ends with it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key), key
            yield from _texts(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _texts(inner, (*path, place))


def _read(kind: Kind[Any], key: str, words: Json) -> Resource:
    """What a run makes of these words; raises a validation error."""
    spec = kind.spec.model_validate(words)
    ((_, spec),) = kind.entries(key, spec.model_copy(update={"name": spec.name or key}))
    resolved: Resource = kind.resolved(spec, {})
    return resolved


def _culprits(kind: Kind[Any], key: str, words: Json, place: DataPath) -> Iterable[DataPath]:
    """What to leave out for an error at that place: an item, if it is about a list as a whole."""
    if not place:
        return [next(((word,) for word in words if _is_valid(kind, key, _without(words, {(word,)}))), ())]
    word = str(place[0])
    if len(place) > 1 or not isinstance(words.get(word), list) or len(words[word]) > MOST_TRIED:
        return [place]
    needed = {name: value for name, value in words.items() if _is_needed(kind, name)}
    kept: list[Any] = []
    found: list[DataPath] = []
    for number, item in enumerate(words[word]):
        if _is_valid(kind, key, {**needed, word: [*kept, item]}):
            kept.append(item)
        else:
            found.append((word, number))
    return found or [place]


def _is_valid(kind: Kind[Any], key: str, words: Json) -> bool:
    try:
        _read(kind, key, words)
    except (ValidationError, PydanticCustomError):
        return False
    return True


def _is_needed(kind: Kind[Any], word: str) -> bool:
    """Whether an object cannot be without that field."""
    name = kind.spec.object_fields()[word]
    return name == "name" or kind.spec.model_fields[name].is_required()


def _message(detail: ErrorDetails) -> str:
    return str(detail.get("ctx", {}).get("message") or detail["msg"])


# --- leaving out -----------------------------------------------------------------------------------


def _place(path: DataPath) -> str:
    """A path as people write it: rules[0].then.note"""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)[1:]


def _piece(path: DataPath, words: Json) -> DataPath:
    """What is left out for a flaw there: an item of a list, or the whole field."""
    is_item = isinstance(words.get(str(path[0])), list) and len(path) > 1 and isinstance(path[1], int)
    return path[:2] if is_item else path[:1]


def _without(words: Json, pieces: Collection[DataPath]) -> Json:
    fields = {piece[0] for piece in pieces if len(piece) == 1}
    shortened = {piece[0] for piece in pieces} - fields
    shorter: Json = {}
    for word, value in words.items():
        if word in shortened:
            value = [item for place, item in enumerate(value) if (word, place) not in pieces]
        if word not in fields and (value or word not in shortened):
            shorter[word] = value
    return shorter
