"""What all parts of a condition share, and what one evaluation of them gathers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from pdslack_cli.routing.pcl.unverified import Unverified
from pdslack_cli.routing.pcl.values import ValueKind

if TYPE_CHECKING:
    from pdslack_cli.routing.pcl.ast.operands import Threshold


class EvaluationWarning(NamedTuple):
    """A part that made no sense and counted as false: where, which operator, on which kinds of value."""

    message: str
    position: int
    operator: str
    left: ValueKind
    right: ValueKind | None = None


class Read(NamedTuple):
    """A value that the outside gave: a path's, a counter's, or the clock's."""

    source: ConditionNode
    value: object


class Evaluation:
    """What one evaluation works on, and what it noticed on the way."""

    __slots__ = ("now", "reads", "reset", "roots", "unverified", "warnings")

    def __init__(self, roots: Mapping[str, object], now: datetime) -> None:
        self.roots = roots
        self.now = now if now.tzinfo else now.replace(tzinfo=UTC)
        self.reads: list[Read] = []
        self.warnings: list[EvaluationWarning] = []
        self.reset: list[Threshold] = []
        self.unverified: dict[Unverified, None] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionNode(ABC):
    """A part of a condition; `span` is its start and end in the text, parentheses around it included."""

    span: tuple[int, int] = field(default=(0, 0), compare=False, repr=False)

    precedence: ClassVar[int]  # tighter binds higher: or, and, not, tests, operands

    @property
    def parts(self) -> tuple[ConditionNode, ...]:
        return ()

    @property
    def parenthesised(self) -> bool:
        return bool(self.parts) and self.span[0] < self.parts[0].span[0]

    @abstractmethod
    def value(self, evaluation: Evaluation) -> object:
        """The value; None stands for nil and for a non-boolean evaluation."""

    def walk(self) -> Iterator[ConditionNode]:
        """This node and all below it."""
        rest: list[ConditionNode] = [self]
        while rest:
            node = rest.pop()
            yield node
            rest += reversed(node.parts)

    def _inside(self, part: ConditionNode) -> str:
        """The text of a part that stands where only what binds tighter than this node may."""
        return str(part) if part.precedence > self.precedence else f"({part})"
