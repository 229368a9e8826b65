"""The syntax tree of a condition: how each construct is printed and evaluated.

Nodes are equal if they have the same meaning, regardless of `span`, their place in the text.
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
from pdslack_cli.routing.pcl.ast.operands import (
    RESERVED,
    Boolean,
    ConditionNode,
    Date,
    Evaluation,
    EvaluationWarning,
    FieldPath,
    Float,
    Integer,
    Now,
    Operand,
    Read,
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
