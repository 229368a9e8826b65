"""Boolean nodes of a condition: tests and logical operators."""

from __future__ import annotations

import operator
from abc import ABC
from collections.abc import Callable
from dataclasses import dataclass, field

from pdslack_cli.routing.pcl.ast.operands import (
    ConditionNode,
    Evaluation,
    EvaluationWarning,
    FieldPath,
    Now,
    Read,
    Threshold,
    quote,
)
from pdslack_cli.routing.pcl.regex import Regex
from pdslack_cli.routing.pcl.schedule import Weekly
from pdslack_cli.routing.pcl.unverified import Unverified
from pdslack_cli.routing.pcl.values import (
    ValueKind,
    comparable,
    equal,
    have_order,
    kind_of,
    searched_text,
    text_of,
)

_ORDERINGS: dict[str, Callable[..., bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_TEXT_IS_CERTAIN = frozenset({str, int, type(None)})


class Test(ConditionNode, ABC):
    __slots__ = ()
    precedence = 3


@dataclass(frozen=True, slots=True)
class Exists(Test):
    path: FieldPath

    @property
    def parts(self) -> tuple[ConditionNode, ...]:
        return (self.path,)

    def value(self, evaluation: Evaluation) -> bool:
        self.path.value(evaluation)
        return self.path.exists_in(evaluation.roots)

    def __str__(self) -> str:
        return f"{self.path} exists"


@dataclass(frozen=True, slots=True)
class Matches(Test):
    """`matches`, or `matches part` where `part` is set; both ignore case unless `exactly`."""

    left: ConditionNode
    right: ConditionNode
    part: bool = False
    exactly: bool = False

    @property
    def parts(self) -> tuple[ConditionNode, ...]:
        return (self.left, self.right)

    def value(self, evaluation: Evaluation) -> bool:
        left, right = self.left.value(evaluation), self.right.value(evaluation)
        _note_text_of(left, evaluation)
        _note_text_of(right, evaluation)
        text, wanted = searched_text(left), text_of(right)
        if text is None or wanted is None:
            return False
        if not self.exactly:
            text, wanted = text.lower(), wanted.lower()
        return wanted in text if self.part else wanted == text

    def __str__(self) -> str:
        words = ["matches", *["part"] * self.part, *["exactly"] * self.exactly]
        return f"{self._inside(self.left)} {' '.join(words)} {self._inside(self.right)}"


@dataclass(frozen=True, slots=True)
class MatchesRegex(Test):
    left: ConditionNode
    pattern: str
    exactly: bool = False
    regex: Regex = field(compare=False, repr=False, kw_only=True)

    @property
    def parts(self) -> tuple[ConditionNode, ...]:
        return (self.left,)

    def value(self, evaluation: Evaluation) -> bool:
        left = self.left.value(evaluation)
        _note_text_of(left, evaluation)
        text = text_of(left)
        return text is not None and self.regex.found_in(text)

    def __str__(self) -> str:
        words = "matches regex exactly" if self.exactly else "matches regex"
        return f"{self._inside(self.left)} {words} {quote(self.pattern)}"


@dataclass(frozen=True, slots=True)
class Comparison(Test):
    left: ConditionNode
    operator: str
    right: ConditionNode

    @property
    def parts(self) -> tuple[ConditionNode, ...]:
        return (self.left, self.right)

    def value(self, evaluation: Evaluation) -> bool | None:
        left, right = self.left.value(evaluation), self.right.value(evaluation)
        kinds = kind_of(left), kind_of(right)
        if self.operator == "==":
            if not comparable(*kinds):
                if kinds == (ValueKind.NIL, ValueKind.NIL):
                    evaluation.unverified[Unverified.NIL_EQUALS_NIL] = None
                self._warn("are never equal", kinds, evaluation)
                return False
            holds = equal(left, right)
        elif have_order(*kinds):
            holds = _ORDERINGS[self.operator](left, right)
        else:
            self._warn("have no order", kinds, evaluation)
            return None
        if holds:
            evaluation.reset += [
                part for part in self.parts if isinstance(part, Threshold) and part.resetting
            ]
        return holds

    def _warn(self, why: str, kinds: tuple[ValueKind, ValueKind], evaluation: Evaluation) -> None:
        message = f"{kinds[0]} and {kinds[1]} {why}"
        evaluation.warnings.append(EvaluationWarning(message, self.span[0], self.operator, *kinds))

    def __str__(self) -> str:
        return f"{self._inside(self.left)} {self.operator} {self._inside(self.right)}"


@dataclass(frozen=True, slots=True)
class InWeekly(Test):
    """`now in Mon,Tue 09:00:00 to 17:00:00 Europe/Berlin`."""

    weekly: Weekly

    def value(self, evaluation: Evaluation) -> bool:
        evaluation.reads.append(Read(Now(span=self.span), evaluation.now))
        if evaluation.now.microsecond:
            evaluation.unverified[Unverified.WINDOW_END] = None
        return self.weekly.contains(evaluation.now)

    def __str__(self) -> str:
        return f"now in {self.weekly}"


@dataclass(frozen=True, slots=True)
class Not(ConditionNode):
    precedence = 2

    operand: ConditionNode

    @property
    def parts(self) -> tuple[ConditionNode, ...]:
        return (self.operand,)

    def value(self, evaluation: Evaluation) -> bool:
        return not truth(self.operand, "not", evaluation)

    def __str__(self) -> str:
        return f"not {self.operand if isinstance(self.operand, Not) else self._inside(self.operand)}"


@dataclass(frozen=True, slots=True)
class And(ConditionNode):
    precedence = 1

    factors: tuple[ConditionNode, ...]

    @property
    def parts(self) -> tuple[ConditionNode, ...]:
        return self.factors

    def value(self, evaluation: Evaluation) -> bool:
        return all(truth(factor, "and", evaluation) for factor in self.factors)

    def __str__(self) -> str:
        return " and ".join(self._inside(factor) for factor in self.factors)


@dataclass(frozen=True, slots=True)
class Or(ConditionNode):
    precedence = 0

    factors: tuple[ConditionNode, ...]

    @property
    def parts(self) -> tuple[ConditionNode, ...]:
        return self.factors

    def value(self, evaluation: Evaluation) -> bool:
        return any(truth(factor, "or", evaluation) for factor in self.factors)

    def __str__(self) -> str:
        return " or ".join(self._inside(factor) for factor in self.factors)


def truth(node: ConditionNode, operator: str, evaluation: Evaluation) -> bool:
    """Return the value of a node used as a boolean: other types count as false, with a warning."""
    value = node.value(evaluation)
    if isinstance(value, bool):
        return value
    if not isinstance(node, Comparison):  # which has given its own
        kind = kind_of(value)
        if operator == "or" and kind is ValueKind.STRING:
            evaluation.unverified[Unverified.TEXT_IN_OR] = None
        message = f"{kind} is not a boolean"
        evaluation.warnings.append(EvaluationWarning(message, node.span[0], operator, kind))
    return False


def _note_text_of(value: object, evaluation: Evaluation) -> None:
    if type(value) not in _TEXT_IS_CERTAIN:
        evaluation.unverified[Unverified.TEXT_OF_VALUE] = None
