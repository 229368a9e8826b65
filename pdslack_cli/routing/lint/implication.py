"""Implication between conditions. Sound but incomplete: what cannot be proved is treated as false."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Iterator

from pdslack_cli.routing.pcl import ast
from pdslack_cli.routing.pcl.conditions import Condition
from pdslack_cli.routing.simulate.rules import PathRule


class Coverage:
    """The rules of a set so far, to find one that matches all events of the next."""

    def __init__(self) -> None:
        # A rule that demands a whole text can only cover rules that demand the same one. Looking only at
        # those makes a router of a thousand services quick to check.
        self._by_text: defaultdict[_Demand | None, list[PathRule]] = defaultdict(list)

    def add(self, rule: PathRule) -> None:
        for demand in {_first_demand(condition) for condition in rule.conditions} or {None}:
            self._by_text[demand].append(rule)

    def of(self, rule: PathRule) -> PathRule | None:
        """Return a rule that matches every event that this one matches; None if none is known to."""
        demands = {demand for condition in rule.conditions[:1] for demand in _demands(condition)}
        rivals = (rival for demand in (None, *demands) for rival in self._by_text.get(demand, ()))
        return next((rival for rival in rivals if covers(rival, rule)), None)


_Demand = tuple[ast.ConditionNode, str]


def _first_demand(condition: Condition) -> _Demand | None:
    tree = condition.tree
    factors = tree.factors if isinstance(tree, ast.And) else (tree,)
    return next((demand for factor in factors if (demand := _demand(factor))), None)


def _demands(condition: Condition) -> Iterator[_Demand]:
    return (demand for node in condition.tree.walk() if (demand := _demand(node)))


def _demand(node: ast.ConditionNode) -> _Demand | None:
    """Return the operand and the lower-case text that a test for equality compares, if it is one."""
    text, whole, _ = _known_text(node)
    return (node.parts[0], text.lower()) if whole and text is not None else None


def covers(general: PathRule, special: PathRule) -> bool:
    """Return whether a rule provably matches every event that another one matches."""
    if not general.conditions:
        return True
    return bool(special.conditions) and all(
        any(_covers(wide, narrow) for wide in general.conditions) for narrow in special.conditions
    )


def _covers(general: Condition, special: Condition) -> bool:
    # A counter belongs to its condition, so that two equal ones count differently.
    return not general.thresholds and implies(special.tree, general.tree)


def implies(narrow: ast.ConditionNode, wide: ast.ConditionNode) -> bool:
    """Return whether the second condition is true for every event for which the first one is."""
    if narrow == wide or wide == ast.Boolean(True) or narrow == ast.Boolean(False):
        return True
    if isinstance(narrow, ast.Or):
        return all(implies(factor, wide) for factor in narrow.factors)
    if isinstance(wide, ast.And):
        return all(implies(narrow, factor) for factor in wide.factors)
    if isinstance(narrow, ast.And) and any(implies(factor, wide) for factor in narrow.factors):
        return True
    if isinstance(wide, ast.Or):
        return any(implies(narrow, factor) for factor in wide.factors)
    if isinstance(narrow, ast.Not) and isinstance(wide, ast.Not):
        return implies(wide.operand, narrow.operand)
    return _test_implies(narrow, wide)


def _test_implies(narrow: ast.ConditionNode, wide: ast.ConditionNode) -> bool:
    """Return the same for two single tests of one path."""
    if not isinstance(narrow, ast.Test) or not isinstance(wide, ast.Test):
        return False
    if isinstance(wide, ast.Exists):
        return wide.path in narrow.parts
    if narrow.parts[:1] != wide.parts[:1]:
        return False
    if isinstance(narrow, ast.Comparison) and isinstance(wide, ast.Comparison):
        return _order_implies(narrow, wide)
    text, whole, exactly = _known_text(narrow)
    match wide:
        case ast.Matches(right=ast.Text(wanted)) if text is not None and (exactly or not wide.exactly):
            if not wide.exactly:
                text, wanted = text.lower(), wanted.lower()
            return wanted in text if wide.part else whole and wanted == text
        case ast.MatchesRegex() if text is not None:
            return whole and exactly and wide.regex.found_in(text)
    return False


def _known_text(test: ast.ConditionNode) -> tuple[str | None, bool, bool]:
    """Return the text that a test requires of its left side, if any; whether whole; whether case counts."""
    match test:
        case ast.Matches(right=ast.Text(text)):
            return text, not test.part, test.exactly
        case ast.Comparison(operator="==", right=ast.Text(text)):
            return text, True, True
    return None, False, False


def _order_implies(narrow: ast.Comparison, wide: ast.Comparison) -> bool:
    """Return whether one comparison implies another: `x > 5` implies `x >= 5` and `x > 3`."""
    if not isinstance(narrow.right, ast.Integer | ast.Float) or not isinstance(
        wide.right, ast.Integer | ast.Float
    ):
        return False
    bound, limit = narrow.right.number, wide.right.number
    match narrow.operator, wide.operator:
        case "==", _:
            return _HOLDS[wide.operator](bound, limit)
        case (">" | ">=") as one, (">" | ">=") as other:
            return bound > limit or (bound == limit and (one, other) != (">=", ">"))
        case ("<" | "<=") as one, ("<" | "<=") as other:
            return bound < limit or (bound == limit and (one, other) != ("<=", "<"))
    return False


_HOLDS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
