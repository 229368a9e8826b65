"""The one place where the sandbox judges conditions (orchestration.md 1.2)."""

from __future__ import annotations

from typing import Any

from pdslack_cli.sandbox.pagerduty.fields import Exists, Field, Fields, WrongError, list_of, record

LONGEST = 2048
PER_RULE = 25


def expression(value: Any, exists: Exists) -> str:
    """The text of a condition, at most 2048 bytes."""
    if not isinstance(value, str) or not value.strip():
        raise WrongError("must be a condition")
    if len(value.encode()) > LONGEST:
        raise WrongError(f"is too long (maximum is {LONGEST} bytes)")
    return value


CONDITION: Fields = {"expression": Field(expression, required=True)}
conditions = list_of(record(CONDITION), most=PER_RULE)
"""`[{expression}]`, any of which may hold."""
