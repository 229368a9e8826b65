"""References of the file to other entries, and to what the vendors have by a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.scalars import not_a, problem
from pdslack_cli.model import Json, Name, Ref
from pdslack_cli.suggest import a, all_of

UNKNOWN_REFERENCE = "unknown_reference"
"""The type of the error of a reference to nothing."""


@lru_cache(maxsize=4)  # thousands of unknown references ask for the same
def _sorted_keys(refs: frozenset[Ref]) -> Mapping[str, Sequence[str]]:
    keys: dict[str, list[str]] = {}
    for ref in sorted(refs):
        keys.setdefault(ref.kind, []).append(ref.key)
    return keys


class KnownRefs(NamedTuple):
    """The context of a validation: what references may refer to.

    `unread` are the kinds whose section could not be read and may therefore contain any key.
    """

    refs: frozenset[Ref]
    unread: frozenset[str] = frozenset()
    addresses: Mapping[str, str] = {}  # keys of people, by e-mail address
    called: Mapping[Ref, Ref] = {}  # entries by what their product calls them, where a file may write that

    def __repr__(self) -> str:
        """Short: pydantic writes the whole context of each error, and each unknown reference is one."""
        return f"<{len(self.refs)} refs>"

    def has(self, ref: Ref) -> bool:
        return ref in self.refs or ref.kind in self.unread

    def keys(self, kind: str) -> Sequence[str]:
        return _sorted_keys(self.refs).get(kind, ())

    def words(self, kind: str) -> list[str]:
        """Return what a file may call the entries of a kind: by their keys, and as their product does."""
        return [*(str(ref.key) for ref in self.called if ref.kind == kind), *self.keys(kind)]


NO_REFS = KnownRefs(frozenset())


_TITLES = {"routing": "event orchestration", "slack_user": "person"}


def kind_title(kind: str) -> str:
    """Return the noun that messages use for a kind."""
    return _TITLES.get(kind, kind.replace("_", " "))


class RefTo:
    """Annotation of a reference: a key if one kind is allowed, `kind/key` if several are.

    `word` is what the field takes in the place of one.
    """

    def __init__(self, *kinds: str, word: str = "") -> None:
        self.kinds, self.word = kinds, word

    def read(self, value: object, known: KnownRefs | None = None) -> Ref:
        """Parse the reference in `value`; if `known` is given, the reference must be one of them."""
        text = value if isinstance(value, str) else ""
        about = {"written": text, "kinds": self.kinds, "write": self.write, "known": known, "word": self.word}
        try:
            ref = self._read(value)
        except PydanticCustomError as error:
            raise PydanticCustomError("pdslack", "{message}", {**(error.context or {}), **about}) from None
        if known and not isinstance(value, Ref) and not known.has(ref):
            raise PydanticCustomError(UNKNOWN_REFERENCE, "{ref}", {**about, "ref": ref})
        return ref

    def _read(self, value: object) -> Ref:
        if isinstance(value, Ref):
            return value
        if not isinstance(value, str):
            shown = "nothing" if value is None else repr(value)
            raise problem(f"{shown} is not a reference", self._hint())
        value = self._without_sigil(value)
        kind, slash, key = value.partition("/")
        if slash and kind in self.kinds:
            return Ref(kind, key)
        if slash or len(self.kinds) > 1:
            raise problem(f"{value!r} is not a reference to {self._choice()}", self._hint())
        return Ref(self.kinds[0], value)

    def _hint(self) -> str:
        if len(self.kinds) == 1:
            return f"write the key of {self._choice()}"
        return "write " + " or ".join(f"{kind}/KEY" for kind in self.kinds)

    def _without_sigil(self, value: str) -> str:
        """Remove the `#` or `@` that Slack shows before a name: `#ops` is `ops`."""
        kind = written.SIGILS.get(value[:1])
        if kind not in self.kinds or "/" in value:
            return value
        return value[1:] if len(self.kinds) == 1 else f"{kind}/{value[1:]}"

    def write(self, ref: Ref) -> str:
        return ref.key if len(self.kinds) == 1 else str(ref)

    def _choice(self) -> str:
        return a(all_of(map(kind_title, self.kinds), "or"))

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            lambda value, info: self.read(value, info.context),
            serialization=core_schema.plain_serializer_function_ser_schema(self.write),
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> Json:
        pattern = written.reference(*self.kinds, bare=len(self.kinds) == 1)
        return written.text_schema(f"reference to {self._choice()}", pattern)


class CatalogRef:
    """Annotation of the key of an entry, or else of a name that the vendor has, looked up in any case."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def read(self, value: object, known: KnownRefs | None = None) -> Ref:
        """Parse the reference in `value`; if `known` has an entry of that key or name, it is meant."""
        if isinstance(value, Ref):
            return value
        if not isinstance(value, str) or not value.strip():
            written = str(value).lower() if isinstance(value, bool) else str(value)
            hint = f"put it in quotes: '{written}'" if isinstance(value, int | float) else "write its name"
            if self.kind == "priority" and type(value) is int:
                hint = f"write P{value}"
            raise not_a(f"name of {a(self.kind.replace('_', ' '))}", value, hint, article="the")
        entry, named = Ref(self.kind, value), Ref(self.kind, Name(value))
        if known is None:
            return named
        return entry if known.has(entry) else known.called.get(named, named)

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            lambda value, info: self.read(value, info.context),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda ref: str(ref.key)),
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> Json:
        return {**written.text_schema(f"name of {a(self.kind.replace('_', ' '))}"), "minLength": 1}


_SCALARS = frozenset({type(None), str, bool, int, float})


def references(value: object) -> set[Ref]:
    """Return every reference in a value, including nested models."""
    found: set[Ref] = set()
    left = [value]
    while left:
        value = left.pop()
        if type(value) in _SCALARS:
            continue  # first, for most values are
        if isinstance(value, Ref):
            found.add(value)
        elif isinstance(value, BaseModel):
            left += [getattr(value, field) for field in value.model_fields_set]
        elif isinstance(value, dict):
            left += value.keys()
            left += value.values()
        elif isinstance(value, list | tuple | set | frozenset):
            left += value
    return found
