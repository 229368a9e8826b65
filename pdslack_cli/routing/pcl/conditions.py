"""PCL, PagerDuty's condition language: parsing and evaluation (orchestration.md 1).

`parse` is strict: it accepts what PagerDuty documents and rejects everything else, with the correct spelling
as a hint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import NamedTuple

from pdslack_cli.routing.pcl import ast
from pdslack_cli.routing.pcl.ast import EvaluationWarning, Read
from pdslack_cli.routing.pcl.mistakes import PclError
from pdslack_cli.routing.pcl.parser import MAX_BYTES, path_of, tree_of
from pdslack_cli.routing.pcl.unverified import Unverified

__all__ = ["Condition", "EvaluationWarning", "PclError", "Read", "Verdict", "parse", "parse_path"]


class Verdict(NamedTuple):
    """The result of a condition, and why.

    `warnings`: parts that could not be evaluated and count as false. `reads`: the values that were read, in
    order. `reset`: the resetting thresholds whose comparison was true, so that their counters restart.
    `unverified`: undocumented behaviour that the result depends on.
    """

    value: bool
    warnings: tuple[EvaluationWarning, ...] = ()
    reads: tuple[Read, ...] = ()
    reset: tuple[ast.Threshold, ...] = ()
    unverified: tuple[Unverified, ...] = ()


@dataclass(frozen=True)
class Condition:
    """A parsed condition; equal if the trees are equal. `str` prints PCL that parses to an equal one."""

    tree: ast.ConditionNode
    text: str = field(compare=False)

    def evaluate(self, roots: Mapping[str, object], now: datetime) -> Verdict:
        """Evaluate for an event; never fails. `now` is aware (a naive one is taken as UTC).

        `roots` maps `event`, `raw_event`, `cache_var`, `incident` to plain JSON data. Thresholds are read
        from `trigger_count` and `resetting_trigger_count`: a count of events, the current one included, for
        all thresholds of that name, or a mapping from the seconds of each to its count. Left out: 1.
        """
        evaluation = ast.Evaluation(roots, now)
        value = ast.truth(self.tree, "condition", evaluation)
        return Verdict(
            value,
            tuple(evaluation.warnings),
            tuple(evaluation.reads),
            tuple(evaluation.reset),
            tuple(evaluation.unverified),
        )

    @cached_property
    def thresholds(self) -> tuple[ast.Threshold, ...]:
        """The counters it reads; the caller keeps them between events (orchestration.md 1.10)."""
        return tuple(node for node in self.tree.walk() if isinstance(node, ast.Threshold))

    def __str__(self) -> str:
        text = str(self.tree)
        # Usual spacing can take a condition that was written without any past the limit.
        return text if len(text.encode()) <= MAX_BYTES else self.text


@lru_cache(maxsize=10_000)
def parse(text: str) -> Condition:
    """Parse a condition; raises PclError with the position of what PagerDuty would reject."""
    return Condition(tree_of(text), text)


@lru_cache(maxsize=10_000)
def parse_path(text: str) -> ast.FieldPath:
    """Parse a path on its own, as in templates and extractions; raises PclError."""
    return path_of(text)
