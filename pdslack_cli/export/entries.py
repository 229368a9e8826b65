"""Write one live object as an entry of a file, such that a plan of the file changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from pdslack_cli.config.expand.variables import escaped
from pdslack_cli.config.tokens import find_token
from pdslack_cli.export.verify import ExportFault
from pdslack_cli.kinds import KIND_NAMED
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.fields.secret import SecretText
from pdslack_cli.kinds.id_index import IdIndex, Outsider
from pdslack_cli.kinds.mark import PREFIX, room_beside_mark
from pdslack_cli.masking import mask_secrets
from pdslack_cli.model import DataPath, Json, Live, OwnershipMark, Ref

# Rules send requests with headers, which PagerDuty shows to everybody; some of them open doors.
_SECRET_HEADER = re.compile(r"auth|cookie|api-?key|passw|secret|signature|token", re.IGNORECASE)

# What leads from an entry to its rules; `rules` also leads from a rule to those below it.
HOLD_RULES = frozenset({"rules", "routes", "unrouted", "triggers"})

MOST_TRIED = 50  # items of a list, to find those that do not validate beside others


class Flaw(NamedTuple):
    """Something that a file cannot hold: its place in the entry, and the reason."""

    path: DataPath
    reason: str

    def __str__(self) -> str:
        return f"{_place(self.path)}: {self.reason}" if self.path else self.reason


@dataclass(frozen=True)
class LiveObject:
    """A live object of a kind that files can manage: its ref, and the fields that it decodes to."""

    ref: Ref
    kind: Kind[Any]
    live: Live
    before: Resource

    @property
    def identity(self) -> tuple[str, Hashable]:
        """What identifies it among objects without a mark."""
        return self.kind.name, self.kind.identity(self.live)

    @property
    def mark_address(self) -> tuple[str, tuple[str, str] | None]:
        """Owner and key of its mark."""
        return self.kind.name, self.live.owned.address if self.live.owned else None

    def is_marked_by(self, owner: str) -> bool:
        """Whether it carries a mark of this owner and is not archived."""
        return self.live.owned is not None and self.live.owned.owner == owner and not self.live.retired


@dataclass(frozen=True)
class WrittenEntry:
    """The content of an entry (None: a file cannot manage the object), and what it leaves out."""

    content: Json | None
    flaws: tuple[Flaw, ...] = ()

    @property
    def left_out(self) -> Iterator[str]:
        """What is left out, in the smallest possible pieces, with the reasons."""
        for flaw in self.flaws:
            if self.content is None:
                yield str(flaw)
                continue
            piece = _piece(flaw.path, self.content)
            yield f"`{_place(piece)}` is left out: {flaw.reason if piece == flaw.path else flaw}"

    def without(self, flaws: Iterable[Flaw]) -> WrittenEntry:
        """Leave out the pieces that have these flaws; all of the entry if it needs one of them."""
        flaws, content = [*dict.fromkeys(flaws)], self.content or {}
        known = {flaw.path[0] for flaw in self.flaws if flaw.path}
        noted = (*self.flaws, *(flaw for flaw in flaws if len(flaw.path) != 1 or flaw.path[0] not in known))
        if not all(flaw.path and flaw.path[0] in content for flaw in flaws):
            return WrittenEntry(None, noted)
        return WrittenEntry(_without(content, {_piece(flaw.path, content) for flaw in flaws}), noted)

    def corrected(self, faults: Iterable[ExportFault]) -> WrittenEntry:
        """Leave out what the check of the whole export refused, or switch off the lint that did."""
        content, flaws = self.content or {}, []
        for fault in faults:
            if fault.lint and _rule_at(content, fault.path) is not None:
                content = _ignoring(content, fault.path, fault.lint)
            else:
                flaws.append(Flaw(fault.path, fault.reason))
        return replace(self, content=content).without(flaws)


@dataclass(frozen=True)
class EntryWriter:
    """Write live objects as entries; `referable` are the objects that the file can refer to."""

    owner: str
    id_index: IdIndex
    referable: Collection[Ref]

    def write(self, found: LiveObject) -> WrittenEntry:
        """Return all fields of an object that a file can hold.

        The others are left out in the smallest piece that a plan does not miss: an item of a list that is
        only added to, else a field. Without a field that it needs, the object cannot be managed.
        """
        hidden = _hidden_values(found)
        content = _without(_content(found), {flaw.path for flaw in hidden})
        written = WrittenEntry(content)
        flaws = [
            *self._no_room_for_mark(found),
            *self._missing_references(found, content),
            *self._obstacles(found, content),
            *_unsafe_texts(content),
        ]
        while flaws := flaws or [*_read_back_flaws(found, content)]:
            written = written.without(flaws)
            if written.content is None:
                return written
            content, flaws = written.content, []
        return WrittenEntry(content, (*hidden, *written.flaws))

    def _mark(self, found: LiveObject) -> OwnershipMark:
        return OwnershipMark.bound(self.owner, found.ref.key, found.live.name)

    def _no_room_for_mark(self, found: LiveObject) -> Iterator[Flaw]:
        limit = found.kind.mark_limit
        if limit is None or found.live.owned:
            return
        field, text = found.kind.marked_text(found.before)
        room = room_beside_mark(limit, self._mark(found))
        if len(text) > room:
            yield Flaw(
                (), f"its {field} has {len(text)} characters; with the ownership mark, at most {room} fit"
            )

    def _missing_references(self, found: LiveObject, content: Json) -> Iterator[Flaw]:
        for word, name in found.before.object_fields().items():
            if word not in content:
                continue
            value = getattr(found.before, name)
            parts: list[tuple[DataPath, Any]] = [((word,), value)]
            if isinstance(content[word], list) and isinstance(value, tuple):
                parts = [((word, place), item) for place, item in enumerate(value)]
            for path, part in parts:
                for ref in sorted(references(part)):
                    if ref not in self.referable:
                        yield Flaw(path, _missing(ref))

    def _obstacles(self, found: LiveObject, content: Json) -> Iterator[Flaw]:
        """Fields that could be written, but never changed; those that the object needs are written."""
        live = replace(found.live, owned=self._mark(found))
        for word, name in found.before.object_fields().items():
            if word in content and not _is_needed(found.kind, word):
                for text in found.kind.obstacles(found.before, live, {name}, self.id_index, adopt=True):
                    yield Flaw((word,), text.removeprefix(f"{word}: "))


def _content(found: LiveObject) -> Json:
    before = found.before.as_written(found.live.read_at)
    fields = before.managed & (before.non_default_fields | found.kind.defaults_spelled_out)
    return before.restricted_to(fields).model_dump(
        mode="json", by_alias=True, exclude_unset=True, warnings=False
    )


# --- flaws -----------------------------------------------------------------------------------------


def _missing(ref: Ref) -> str:
    kind = KIND_NAMED.get(ref.kind)  # none, for what PagerDuty has and we have never heard of
    title = kind.title if kind else ref.kind.replace("_", " ")
    if isinstance(ref.key, Outsider):
        return f"it refers to the {title} {ref.key.name!r}, which does not exist or is not visible"
    return f"it refers to the {title} {str(ref.key)!r}, which a file cannot refer to"


def _hidden_values(found: LiveObject) -> Sequence[Flaw]:
    """Fields whose values the vendor does not return, each with how to write it."""
    flaws = []
    for word, name in found.before.object_fields().items():
        value = getattr(found.before, name, None)
        if isinstance(value, dict) and _has_secret(value):
            variables = {
                key: _with_variables(inner, f"{found.ref}_{mask_secrets(key, salt='key')}")
                for key, inner in value.items()
            }
            how = f"set PDSLACK_VAR_… for each, and write {word}: {json.dumps(variables)}"
            flaws.append(Flaw((word,), f"its values cannot be read: {how}"))
        elif isinstance(value, SecretText):
            how = f"set PDSLACK_VAR_…, and write {word}: ${{{_variable(f'{found.ref}_{word}')}}}"
            flaws.append(Flaw((word,), f"it cannot be read: {how}"))
    return flaws


def _has_secret(value: Any) -> bool:
    if isinstance(value, dict | tuple):
        return any(map(_has_secret, value.values() if isinstance(value, dict) else value))
    return isinstance(value, SecretText)


def _with_variables(value: Any, path: str) -> Any:
    """Return a value in which variables take the place of secrets."""
    if isinstance(value, dict):
        return {key: _with_variables(inner, f"{path}_{key}") for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_with_variables(inner, f"{path}_{place}") for place, inner in enumerate(value)]
    return f"${{{_variable(path)}}}" if isinstance(value, SecretText) else value


def _variable(path: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", path.upper())


def _unsafe_texts(content: Json) -> Iterator[Flaw]:
    """Texts that must not be in a file, or that would read back differently."""
    for path, text in _texts(content, ()):
        if token := find_token(escaped(text)):
            yield Flaw(path, f"it contains what looks like {token}")
        elif PREFIX in text:
            yield Flaw(path, "it contains what looks like a mark of pdslack")
        elif path[-1] == text and "${" in text:
            yield Flaw(path, "a key cannot contain a variable, or what looks like one")
        elif len(path) > 1 and path[-2] == "headers" and _SECRET_HEADER.search(str(path[-1])):
            yield Flaw(path, "its value may be a secret")


def _texts(value: Any, path: DataPath) -> Iterator[tuple[DataPath, str]]:
    """Every text in a value with its path; the path of a key ends with the key."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key), key
            yield from _texts(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _texts(inner, (*path, place))


def _read_back_flaws(found: LiveObject, content: Json) -> Iterator[Flaw]:
    """Fields that do not validate; if all do, those that a plan would change."""
    kind, key, before = found.kind, found.ref.key, found.before
    try:
        spec = _read(kind, key, content)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            for path in _invalid_paths(kind, key, content, detail["loc"]):
                yield Flaw(path, _message(detail))
        return
    except PydanticCustomError as error:
        for path in _invalid_paths(kind, key, content, ()):
            yield Flaw(path, error.message())
        return
    after = spec.merged_onto(before, found.live.read_at)
    for word, name in spec.object_fields().items():
        if name in spec.managed and getattr(after, name) != getattr(before, name):
            yield Flaw((word,), "it cannot be written exactly as it is")


def _read(kind: Kind[Any], key: str, content: Json) -> Resource:
    """Return the spec of an entry with this content; raises a validation error."""
    spec = kind.spec.model_validate(content)
    ((_, spec),) = kind.entries(key, spec.model_copy(update={"name": spec.name or key}))
    resolved: Resource = kind.resolved(spec, {})
    return resolved


def _invalid_paths(kind: Kind[Any], key: str, content: Json, place: DataPath) -> Iterable[DataPath]:
    """Paths to leave out for a validation error: items, if the error is about a list as a whole."""
    if not place:
        return [next(((word,) for word in content if _is_valid(kind, key, _without(content, {(word,)}))), ())]
    word = str(place[0])
    if len(place) > 1 or not isinstance(content.get(word), list) or len(content[word]) > MOST_TRIED:
        return [place]
    needed = {name: value for name, value in content.items() if _is_needed(kind, name)}
    kept: list[Any] = []
    found: list[DataPath] = []
    for number, item in enumerate(content[word]):
        if _is_valid(kind, key, {**needed, word: [*kept, item]}):
            kept.append(item)
        else:
            found.append((word, number))
    return found or [place]


def _is_valid(kind: Kind[Any], key: str, content: Json) -> bool:
    try:
        _read(kind, key, content)
    except (ValidationError, PydanticCustomError):
        return False
    return True


def _is_needed(kind: Kind[Any], word: str) -> bool:
    """Whether the field is required."""
    name = kind.spec.object_fields()[word]
    return name == "name" or kind.spec.model_fields[name].is_required()


def _message(detail: ErrorDetails) -> str:
    return str(detail.get("ctx", {}).get("message") or detail["msg"])


# --- leaving out -----------------------------------------------------------------------------------


def _place(path: DataPath) -> str:
    """Format a path for people: rules[0].then.note"""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)[1:]


def _piece(path: DataPath, content: Json) -> DataPath:
    """The piece to leave out for a flaw: an item of a list, or the whole field."""
    is_item = isinstance(content.get(str(path[0])), list) and len(path) > 1 and isinstance(path[1], int)
    return path[:2] if is_item else path[:1]


def _without(content: Json, pieces: Collection[DataPath]) -> Json:
    fields = {piece[0] for piece in pieces if len(piece) == 1}
    shortened = {piece[0] for piece in pieces} - fields
    shorter: Json = {}
    for word, value in content.items():
        if word in shortened:
            value = [item for place, item in enumerate(value) if (word, place) not in pieces]
        if word not in fields and (value or word not in shortened):
            shorter[word] = value
    return shorter


# --- lints switched off ----------------------------------------------------------------------------


def _rule_at(content: Json, place: DataPath) -> Json | None:
    """The rule that contains this path; None if no rule does."""
    rule, node = None, content
    for step in place:
        if isinstance(step, str) and step not in HOLD_RULES:
            break
        node = node[step]  # type: ignore[index]  # a list, where the step is a number
        rule = node if isinstance(step, int) else rule
    return rule


def _ignoring(content: Json, place: DataPath, lint: str) -> Json:
    """Copy the entry with a lint switched off in the rule at this path."""
    content = deepcopy(content)
    rule = _rule_at(content, place) or {}
    rule["ignore"] = sorted({*rule.get("ignore", ()), lint})
    for rules in content.values():
        _equalize_sets(rules, {})
    return content


def _equalize_sets(value: Any, sets: dict[str, Any]) -> None:
    """Make all copies of a shared set of rules equal to the first, which is the one that lints check."""
    if isinstance(value, list):
        for item in value:
            _equalize_sets(item, sets)
    elif isinstance(value, dict):
        if value.keys() == {"set", "rules"}:
            value["rules"] = sets.setdefault(value["set"], value["rules"])
        for inner in value.values():
            _equalize_sets(inner, sets)
