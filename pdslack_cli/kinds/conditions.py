"""Conditions and templates of rules, in the words of the file."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from pdslack_cli.kinds.fields import problem

MOST_BYTES = 2048


def _condition(text: str) -> str:
    text = text.strip()
    if not text:
        raise problem("a condition is empty", "leave `if` out for a rule that always matches")
    if len(text.encode()) > MOST_BYTES:
        raise problem(
            f"a condition is longer than {MOST_BYTES} bytes",
            "split it: `if` may be a list, of which any has to hold",
        )
    return text


Condition = Annotated[
    str,
    AfterValidator(_condition),
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
    WithJsonSchema({"type": "string", "examples": ["{{event.source}} is down"]}),
]
"""Text with `{{path}}` in it; its value is the text that PagerDuty gets (orchestration.md 2.7)."""
