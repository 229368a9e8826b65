"""The tree of a parsed condition: what each construct is, how it prints, and what it evaluates to.

Nodes are equal when they say the same, wherever they stood; `span` is where that was.
"""

from pdslack_cli.routing.pcl.ast.logic import (
    And,
    Comparison,
    Exists,
    InWeekly,
    Matches,
    MatchesRegex,
    Not,
    Or,
    Test,
    truth,
)
from pdslack_cli.routing.pcl.ast.node import ConditionNode, Evaluation, EvaluationWarning, Read
from pdslack_cli.routing.pcl.ast.operands import (
    RESERVED,
    Boolean,
    Date,
    FieldPath,
    Float,
    Integer,
    Now,
    Operand,
    Text,
    Threshold,
    quote,
)

__all__ = [
    "RESERVED",
    "And",
    "Boolean",
    "Comparison",
    "ConditionNode",
    "Date",
    "Evaluation",
    "EvaluationWarning",
    "Exists",
    "FieldPath",
    "Float",
    "InWeekly",
    "Integer",
    "Matches",
    "MatchesRegex",
    "Not",
    "Now",
    "Operand",
    "Or",
    "Read",
    "Test",
    "Text",
    "Threshold",
    "quote",
    "truth",
]
