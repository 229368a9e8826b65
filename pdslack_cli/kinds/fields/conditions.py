"""Types for conditions, templates, paths and patterns: validated on load, kept in PagerDuty's form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.fields.shorthand import OneOrSeveral
from pdslack_cli.routing.pcl.ast import quote
from pdslack_cli.routing.pcl.conditions import parse_path
from pdslack_cli.routing.pcl.fields import ROOTS, likely_path
from pdslack_cli.routing.pcl.mistakes import PclError
from pdslack_cli.routing.pcl.regex import RegexError, compile_regex
from pdslack_cli.routing.pcl.sugar import Desugared, desugar, desugar_template, parse_sugared
from pdslack_cli.routing.pcl.templates import parse_template


class CompiledText(str):
    """A text in PagerDuty's form, with a map from its characters to those of the user's text."""

    _desugared: Desugared
    _skipped: int  # characters at the start of what desugaring gave

    @classmethod
    def of(cls, desugared: Desugared, skipped: int = 0, end: int | None = None) -> Self:
        sent = cls(desugared.pcl[skipped:end])
        sent._desugared, sent._skipped = desugared, skipped
        return sent

    def offset(self, position: int) -> int:
        """Return the character of the user's text that the one at `position` comes from."""
        return self._desugared.offset(position + self._skipped)


def _condition(text: str) -> str:
    desugared = parse_sugared(text)[1]
    pcl = desugared.pcl
    return CompiledText.of(desugared, len(pcl) - len(pcl.lstrip()), len(pcl.rstrip()))


def _checked(desugared: Desugared, parse: Callable[[str], object]) -> str:
    try:
        parse(desugared.pcl)
    except PclError as error:
        raise PclError(error.message, desugared.offset(error.position), error.hint) from None
    return CompiledText.of(desugared)


def _template(text: str) -> str:
    return _checked(desugar_template(text), parse_template)


def _path(text: str) -> str:
    return _checked(desugar(text), parse_path)


def _regex(pattern: str) -> str:
    if not pattern:
        raise problem("the pattern is empty", "write `(.*)` for the whole text")
    try:
        compile_regex(pattern, ignore_case=False)
    except RegexError as error:
        raise problem(f"{pattern!r} is not a pattern: {error}", "PagerDuty's patterns are RE2's") from None
    return pattern


def _read_by(read: Callable[[str], str]) -> AfterValidator:
    """Build a validator from a parser whose errors have an `offset` into the user's text."""

    def check(text: str) -> str:
        try:
            return read(text)
        except PclError as error:
            context = {"message": error.message, "hint": error.hint, "offset": error.position}
            raise PydanticCustomError("pdslack", "{message}", context) from None

    return AfterValidator(check)


def _target(text: str) -> str:
    # A key of a mapping, which is marked whole.
    try:
        return _path(text)
    except PclError as error:
        raise problem(f"{text!r} is not a field of the event: {error.message}", error.hint) from None


def _no_mapping(value: object) -> object:
    """Refuse `{severity: critical}`, which other tools take as a condition."""
    if not isinstance(value, dict):
        return value
    raise problem("expected a condition, got a mapping", f'write "{_joined(value)}"')


_JOINED_BY = {"all": "and", "and": "and", "any": "or", "or": "or"}


def _joined(value: object, word: str = "and") -> str:
    """Return the condition that other tools write as a mapping or a list of tests."""
    if isinstance(value, list):
        return f" {word} ".join(f"({part})" if " or " in (part := _joined(item)) else part for item in value)
    if not isinstance(value, dict):
        return str(value)
    return f" {word} ".join(
        _joined(text, _JOINED_BY[str(field)])
        if str(field) in _JOINED_BY
        else f"{_tested(str(field))} matches {quote(str(text))}"
        for field, text in value.items()
    )


def _tested(field: str) -> str:
    try:
        path = parse_path(field)
    except PclError:
        return f"event.custom_details[{quote(field)}]"
    return field if path.root in ROOTS and path.rest else likely_path(path)


Condition = Annotated[
    str,
    BeforeValidator(_no_mapping),
    _read_by(_condition),
    written.text("condition", "", "event.severity matches 'critical'"),
]
"""A condition; its value is the PCL sent to PagerDuty (orchestration.md 1)."""
Conditions = Annotated[
    tuple[Condition, ...],
    OneOrSeveral(),
    Field(alias="if", description="conditions, any of which must match; without any, it always matches"),
]

Template = Annotated[
    str,
    _read_by(_template),
    written.text("template", "", "{{event.source}} is down"),
]
"""Text with `{{path}}` in it; its value is the text that PagerDuty gets (orchestration.md 2.7)."""

EventPath = Annotated[
    str,
    _read_by(_path),
    written.text("event field", "", "event.custom_details.host"),
]
"""A field of the event, as PagerDuty names it (orchestration.md 1.5)."""

EventTarget = Annotated[str, AfterValidator(_target)]
"""The same, as the key of a mapping."""

Regex = Annotated[str, AfterValidator(_regex), written.text("RE2 pattern")]
"""An RE2 pattern (orchestration.md 1.8)."""
