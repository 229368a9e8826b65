"""Conditions, templates, paths and patterns: checked as the file is read, kept as PagerDuty gets them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from pdslack_cli.kinds.fields import problem
from pdslack_cli.routing.mistakes import PclError
from pdslack_cli.routing.pcl import parse_path
from pdslack_cli.routing.regex import RegexError, compile_regex
from pdslack_cli.routing.sugar import desugar, desugar_template, parse_sugared
from pdslack_cli.routing.templates import parse_template


def _condition(text: str) -> str:
    return parse_sugared(text)[1].pcl.strip()


def _template(text: str) -> str:
    desugared = desugar_template(text)
    try:
        parse_template(desugared.pcl)
    except PclError as error:
        raise PclError(error.message, desugared.offset(error.position), error.hint) from None
    return desugared.pcl


def _path(text: str) -> str:
    desugared = desugar(text)
    try:
        parse_path(desugared.pcl)
    except PclError as error:
        raise PclError(error.message, desugared.offset(error.position), error.hint) from None
    return desugared.pcl


def _regex(pattern: str) -> str:
    try:
        compile_regex(pattern, ignore_case=False)
    except RegexError as error:
        raise problem(f"{pattern!r} is not a pattern: {error}", "PagerDuty's patterns are RE2's") from None
    return pattern


def _read_by(read: Callable[[str], str]) -> AfterValidator:
    """Errors carry their `offset`, the place inside the text that the user wrote."""

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


Condition = Annotated[
    str,
    _read_by(_condition),
    WithJsonSchema(
        {
            "type": "string",
            "description": "a condition in PagerDuty's condition language",
            "examples": ["event.severity matches 'critical'"],
        }
    ),
]
"""A condition; its value is the PCL that PagerDuty gets (orchestration.md 1)."""

Template = Annotated[
    str,
    _read_by(_template),
    WithJsonSchema({"type": "string", "examples": ["{{event.source}} is down"]}),
]
"""Text with `{{path}}` in it; its value is the text that PagerDuty gets (orchestration.md 2.7)."""

EventPath = Annotated[
    str, _read_by(_path), WithJsonSchema({"type": "string", "examples": ["event.custom_details.host"]})
]
"""A field of the event, as PagerDuty names it (orchestration.md 1.5)."""

EventTarget = Annotated[str, AfterValidator(_target)]
"""The same, as the key of a mapping."""

Regex = Annotated[str, AfterValidator(_regex), WithJsonSchema({"type": "string", "format": "regex"})]
"""An RE2 pattern (orchestration.md 1.8)."""
