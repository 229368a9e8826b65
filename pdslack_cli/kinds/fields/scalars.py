"""Scalar types of the file: texts, addresses, and references to other entries.

Each is a pydantic annotation that accepts the spellings people use, normalizes them, and prints them back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from pdslack_cli.kinds.fields import written
from pdslack_cli.model import DataPath, Json, Name, Ref, host_of
from pdslack_cli.suggest import all_of


def problem(
    message: str,
    hint: str = "",
    at: DataPath = (),
    *,
    needs: tuple[str, ...] | None = None,
    beside: bool = False,
    respell: bool = False,
    rule: str = "",
) -> PydanticCustomError:
    """Build a validation error with our own message; `at` is the path below the value to the mistake.

    A check of several fields names those that it `needs`: its error is omitted where one of these is invalid
    itself. By default it needs all of them. Set `beside` where a check of one field needs others beside it.
    Set `respell` where a text has a form of its own, which another spelling of it may have (lower case,
    without spaces): the hint then names that one, and keeps the `rule`.
    """
    context = {
        "message": message,
        "hint": hint or rule,
        "at": at,
        "needs": needs and tuple(name.rstrip("_") for name in needs),  # `from_` is `from` in a file
        "beside": beside,
        "respell": respell,
        "rule": rule,
    }
    return PydanticCustomError("pdslack", "{message}", context)


def not_a(noun: str, value: object, hint: str, *, article: str = "") -> PydanticCustomError:
    """Build the error of a value that is no time, or name, of the expected form."""
    shown = "nothing" if value is None else repr(value)
    return problem(f"{shown} is not {f'{article} {noun}' if article else a(noun)}", hint)


# --- texts -----------------------------------------------------------------------------------------


# Control, no-break and zero-width characters, typographic dashes and quotes: never part of an address.
_NO_LETTER = re.compile("[\x00-\x1f\x7f-\xa0\xad\u200b-\u201f\u2028-\u202f\u2060-\u206f\ufeff]")
EMAIL_PATTERN = r"[^@\s<>:;,]+@[^@\s<>:;,]+\.[^@\s.<>:;,]+"


def _email(value: str) -> str:
    if not re.fullmatch(EMAIL_PATTERN, value) or _NO_LETTER.search(value):
        inside = re.findall(EMAIL_PATTERN, _NO_LETTER.sub("", value))  # Maya <maya@acme.example>
        likely = inside[0].lower() if len(inside) == 1 else "it like maya@acme.example"
        raise problem(f"{value!r} is not an e-mail address", f"write {likely}")
    return value.lower()


def mailbox(address: str) -> str:
    """Return the normal form of an e-mail address, for comparisons.

    Case is ignored, and so is the encoding of accented letters and international domains.
    """
    local, _, domain = unicodedata.normalize("NFC", address).lower().rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}" if local else domain


Email = Annotated[str, AfterValidator(_email), written.text("e-mail address", EMAIL_PATTERN)]


URL_PATTERN = r"https?://[^\s/?#]+\S*"


def _url(value: str) -> str:
    if not re.fullmatch(URL_PATTERN, value) or _NO_LETTER.search(value) or not host_of(value):
        rule = "it begins with https:// or http://"
        raise problem(f"{value!r} is not a web address", rule=rule, respell=True)
    return value


Url = Annotated[str, AfterValidator(_url), written.text("URL", URL_PATTERN)]


def _whole_text(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else "" if value is None else value


Text = Annotated[str, BeforeValidator(_whole_text), WithJsonSchema({"type": ["string", "null"]})]
"""Free text; null clears it, and the vendors treat null and empty as equal (pagerduty.md 15)."""


Description = Annotated[
    Text, Field(description="free text; ownership marks are kept at its end, out of sight")
]


TRIMMED = BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value)
"""Annotation of a name that the mark follows: white space before the mark is none of it."""


class _Filled:
    def check(self, value: str | None) -> str | None:
        if value is not None and not value.strip():
            raise problem(f"must not be empty, got {value!r}", "write a value, or leave it out")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        return {**handler(schema), "minLength": 1}


FILLED = _Filled()
"""Annotation of a text, if any, that is more than white space: vendors take a blank one for none."""


class Pattern:
    """Annotation of a text, if any, that must match a pattern: what it is, and how to write it."""

    def __init__(self, pattern: str, what: str, hint: str = "", *, rule: str = "") -> None:
        self.pattern, self.what, self.hint, self.rule = pattern, what, hint, rule

    def check(self, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(self.pattern, value):
            raise problem(f"{value!r} is not a valid {self.what}", self.hint, respell=True, rule=self.rule)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        return {**handler(schema), "pattern": self.pattern}


KEY_PATTERN = f"^{written.KEY}$"
KEY_HINT = "use a-z, 0-9, `.`, `_`, `-`, at most 40"
Key = Annotated[str, Pattern(KEY_PATTERN, "key", rule=KEY_HINT)]

# --- references ------------------------------------------------------------------------------------

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


def a(noun: str) -> str:
    """Return the noun with its indefinite article."""
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"  # all of ours in u begin with a y: user, URL


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
        forms = " or ".join(f"{kind}/KEY" for kind in self.kinds)
        hint = f"write {forms}" if len(self.kinds) > 1 else f"write the key of {self._choice()}"
        if not isinstance(value, str):
            shown = "nothing" if value is None else repr(value)
            raise problem(f"{shown} is not a reference", hint)
        value = self._without_sigil(value)
        kind, slash, key = value.partition("/")
        if slash and kind in self.kinds:
            return Ref(kind, key)
        if slash or len(self.kinds) > 1:
            raise problem(f"{value!r} is not a reference to {self._choice()}", hint)
        return Ref(self.kinds[0], value)

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


_EMOJI_JOINTS = re.compile("[\\u200d\\U000e0020-\\U000e007f]")  # what joins the parts of one emoji


def is_printable(name: str) -> bool:
    """Return whether a name has no hidden characters. An emoji may be newer than Python's table."""
    return name.isprintable() or all(
        char.isprintable() or unicodedata.category(char) == "Cn" or _EMOJI_JOINTS.match(char) for char in name
    )


def printable(name: str) -> str:
    """Validate a name: PagerDuty refuses control characters and surrounding spaces."""
    if not is_printable(name) or name != name.strip():
        rule = "remove control characters and surrounding spaces"
        raise problem(f"{name!r} is not a valid name", rule=rule, respell=True)
    return name
