"""Nodes of a condition: the base class, the state of an evaluation, and the operands of tests."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, NamedTuple

from pdslack_cli.routing.pcl.schedule import ClockChange, ZonedMoment
from pdslack_cli.routing.pcl.unverified import Unverified
from pdslack_cli.routing.pcl.values import ValueKind, float_text

_RESERVED = """
as at break const continue def do else end eq for function gt gte if import is let loop lt lte
namespace package require return var void when while
"""
RESERVED = frozenset(_RESERVED.split())  # in a path only in brackets (orchestration.md 1.4)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


class EvaluationWarning(NamedTuple):
    """A part that could not be evaluated and counts as false: its span, operator and value kinds."""

    message: str
    position: int
    operator: str
    left: ValueKind
    right: ValueKind | None = None


class Read(NamedTuple):
    """An external value that was read: of a path, a counter or the clock."""

    source: ConditionNode
    value: object


class Evaluation:
    """The inputs of one evaluation, and its warnings."""

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
    """A part of a condition; `span` is its start and end in the text, including parentheses."""

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
        """Evaluate; None stands for nil and for a non-boolean evaluation."""

    def walk(self) -> Iterator[ConditionNode]:
        """Yield this node and all nodes below it."""
        rest: list[ConditionNode] = [self]
        while rest:
            node = rest.pop()
            yield node
            rest += reversed(node.parts)

    def _inside(self, part: ConditionNode) -> str:
        """Return the text of a child, in parentheses if it binds less tightly than this node."""
        return str(part) if part.precedence > self.precedence else f"({part})"


class Operand(ConditionNode, ABC):
    __slots__ = ()
    precedence = 4


@dataclass(frozen=True, slots=True)
class Text(Operand):
    text: str

    def value(self, evaluation: Evaluation) -> str:
        return self.text

    def __str__(self) -> str:
        return quote(self.text)


@dataclass(frozen=True, slots=True)
class Integer(Operand):
    number: int

    def value(self, evaluation: Evaluation) -> int:
        return self.number

    def __str__(self) -> str:
        return str(self.number)


@dataclass(frozen=True, slots=True)
class Float(Operand):
    number: float

    def value(self, evaluation: Evaluation) -> float:
        return self.number

    def __str__(self) -> str:
        return float_text(self.number)


@dataclass(frozen=True, slots=True)
class Boolean(Operand):
    truth: bool

    def value(self, evaluation: Evaluation) -> bool:
        return self.truth

    def __str__(self) -> str:
        return "true" if self.truth else "false"


@dataclass(frozen=True, slots=True)
class Date(Operand):
    """A literal such as `2022-01-01 08:00:00 Etc/UTC`."""

    moment: ZonedMoment

    def value(self, evaluation: Evaluation) -> datetime:
        if self.moment.clock is not ClockChange.ORDINARY:
            evaluation.unverified[Unverified.CLOCK_CHANGE] = None
        return self.moment.instant

    def __str__(self) -> str:
        return str(self.moment)


@dataclass(frozen=True, slots=True)
class Now(Operand):
    def value(self, evaluation: Evaluation) -> datetime:
        evaluation.reads.append(Read(self, evaluation.now))
        return evaluation.now

    def __str__(self) -> str:
        return "now"


@dataclass(frozen=True, slots=True)
class FieldPath(Operand):
    """A root followed by keys and indexes."""

    root: str
    rest: tuple[str | int, ...] = ()

    def value(self, evaluation: Evaluation) -> object:
        value = self.look_up(evaluation.roots)
        evaluation.reads.append(Read(self, value))
        if self.root == "variables":
            evaluation.unverified[Unverified.RULE_VARIABLES] = None
        return value

    def look_up(self, roots: Mapping[str, object]) -> object:
        """Return the value; None if the path does not exist or leads through a string or a number."""
        found, value = self._follow(roots)
        return value if found else None

    def exists_in(self, roots: Mapping[str, object]) -> bool:
        """Return whether the last key exists, even with the value null."""
        return self._follow(roots)[0]

    def _follow(self, roots: Mapping[str, object]) -> tuple[bool, object]:
        value: object = roots.get(self.root)
        found = self.root in roots
        for element in self.rest:
            if isinstance(value, dict):
                found = isinstance(element, str) and element in value
                value = value.get(element) if found else None
            elif isinstance(value, list):
                found = isinstance(element, int) and element < len(value)
                value = value[element] if found else None  # type: ignore[index]  # an int where found
            else:
                return False, None
        return found, value

    def __str__(self) -> str:
        return self.root + "".join(_element_text(element) for element in self.rest)


@dataclass(frozen=True, slots=True)
class Threshold(Operand):
    """`trigger_count over 5 minutes`: how many triggers reached this condition within that time."""

    counter: str
    spans: tuple[tuple[int, str], ...]  # (5, "minute")

    @property
    def seconds(self) -> int:
        return sum(amount * _SECONDS[unit] for amount, unit in self.spans)

    @property
    def resetting(self) -> bool:
        return self.counter == "resetting_trigger_count"

    def value(self, evaluation: Evaluation) -> int:
        counts = evaluation.roots.get(self.counter, 1)
        count = counts.get(self.seconds, 1) if isinstance(counts, Mapping) else counts
        count = max(count, 1) if type(count) is int else 1  # the current trigger is always counted
        evaluation.reads.append(Read(self, count))
        return count

    def __str__(self) -> str:
        spans = (f"{amount} {unit}{'' if amount == 1 else 's'}" for amount, unit in self.spans)
        return f"{self.counter} over {' '.join(spans)}"


def quote(text: str) -> str:
    """Format a string literal of PCL, which has two escapes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _element_text(element: str | int) -> str:
    if isinstance(element, int):
        return f"[{element}]"
    if _NAME.fullmatch(element) and element not in RESERVED:
        return f".{element}"
    return f"[{quote(element)}]"
