"""Validation of conditions when they are written, by PCL (orchestration.md 1.1)."""

from __future__ import annotations

from typing import Any

from pdslack_cli.routing.pcl import conditions as pcl
from pdslack_cli.sandbox.pagerduty.fields import Exists, Field, Fields, WrongError, list_of, record

PER_RULE = 25


def expression(value: Any, exists: Exists) -> str:
    """The text of a condition that PCL can read."""
    if not isinstance(value, str):
        raise WrongError("must be a condition")
    try:
        pcl.parse(value)
    except pcl.PclError as error:
        raise WrongError(f"is not a valid condition: {error}") from None
    return value


CONDITION: Fields = {"expression": Field(expression, required=True)}
conditions = list_of(record(CONDITION), most=PER_RULE)
"""`[{expression}]`, any of which may hold."""
