"""Texts of the file: names, keys, addresses; and the errors of values.

Each type is a pydantic annotation that accepts the spellings people use, and normalizes them.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from pdslack_cli.kinds.fields import written
from pdslack_cli.model import DataPath, Json, host_of
from pdslack_cli.suggest import a


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
