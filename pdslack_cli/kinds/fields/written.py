"""JSON Schema fragments for texts: the type in words, the pattern, examples."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import WithJsonSchema

from pdslack_cli.model import Json

X_TYPE = "x-type"
"""The keyword of our JSON Schema that holds a type in words (`duration`), for the reference."""

X_LIMIT = "x-limit"
"""The keyword of our JSON Schema that holds limits which it cannot express itself, for the reference."""

SIGILS = {"#": "channel", "@": "person"}
"""What Slack shows before the name of a channel, and of a person."""

KEY = "[a-z0-9][a-z0-9._-]{0,39}"


def text(type_: str, pattern: str = "", *examples: str, limit: str = "") -> WithJsonSchema:
    """A text that matches a pattern as a whole."""
    schema = text_schema(type_, pattern, *examples)
    return WithJsonSchema({**schema, X_LIMIT: limit} if limit else schema)


def text_schema(type_: str, pattern: str = "", *examples: str) -> Json:
    schema: Json = {"type": "string", X_TYPE: type_}
    if pattern:
        schema["pattern"] = f"^({pattern})$"
    return {**schema, "examples": [*examples]} if examples else schema


def either(type_: str, *forms: Json, examples: Sequence[str] = ()) -> WithJsonSchema:
    """One of several forms that count as one type."""
    return WithJsonSchema({X_TYPE: type_, "anyOf": [*forms], "examples": [*examples]})


def time(type_: str, pattern: str, *examples: str) -> WithJsonSchema:
    """A time, quoted or not: YAML 1.1 reads an unquoted 17:00 as the number 1020."""
    minutes: Json = {"type": "integer", "minimum": 600, "maximum": 1440}
    seconds: Json = {"type": "integer", "minimum": 36_000, "maximum": 86_400, "multipleOf": 60}
    return either(type_, text_schema(type_, pattern), minutes, seconds, examples=examples)


def any_case(*words: str) -> str:
    """A pattern of one of some words in any case; the patterns of JSON Schema have no flags."""
    return "|".join("".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in word) for word in words)


def reference(*kinds: str, bare: bool = False) -> str:
    """The pattern of `kind/key`; where the kind is sure, of `key` as well."""
    sigils = "".join(sigil for sigil, kind in SIGILS.items() if kind in kinds)
    return (
        rf"({'|'.join(kinds)})/{KEY}" + (f"|{KEY}" if bare else "") + (f"|[{sigils}]{KEY}" if sigils else "")
    )
