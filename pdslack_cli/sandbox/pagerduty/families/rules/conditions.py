"""Validation of conditions when they are written, by PCL (orchestration.md 1.1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pdslack_cli.routing.pcl import conditions as pcl
from pdslack_cli.routing.simulate.read_rules import RulesError
from pdslack_cli.sandbox.pagerduty.fields import Exists, Field, Fields, WrongError, list_of, record
from pdslack_cli.sandbox.pagerduty.refusals import invalid

PER_RULE = 25


@contextmanager
def unreadable_refused() -> Iterator[None]:
    """Refuse rules that no event could be tried on, or every later event would fail. Raises Refused."""
    try:
        yield
    except RulesError as error:
        raise invalid(*(problem.message for problem in error.problems)) from None


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
