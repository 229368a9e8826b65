"""Lints for conditions that PagerDuty accepts but that rarely do what was meant (orchestration.md 1.11)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache

from pdslack_cli.routing.lint.findings import LintFinding
from pdslack_cli.routing.pcl import ast
from pdslack_cli.routing.pcl.conditions import Condition, parse
from pdslack_cli.routing.pcl.fields import (
    FIELDS,
    INCIDENT_FIELDS,
    ROOTS,
    TEXTS,
    UNCERTAIN,
    field_of,
    intended_path,
    is_always_there,
    is_free,
    likely_path,
    unknown_field_hint,
    unknown_incident_field_hint,
    values_of,
)
from pdslack_cli.routing.pcl.schedule import ClockChange
from pdslack_cli.routing.pcl.values import ValueKind, comparable, have_order

INCIDENT_ROOTS = frozenset({"incident"})  # of workflow triggers

_DIGITS = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_BRACKETED_WORD = re.compile(r"(?<!\\)\[([A-Z]{2,}|[A-Za-z]{4,})\](?![*+?{])")


def lint_condition(condition: Condition, *, roots: Collection[str] = ROOTS) -> tuple[LintFinding, ...]:
    """Return the findings in a condition, by position.

    `roots` are the roots that such a condition can read: those of rules, or INCIDENT_ROOTS. Positions are
    those in the condition's own text.
    """
    return _lint(condition.text, frozenset(roots))


@lru_cache(maxsize=10_000)  # rules of many services test the same
def _lint(text: str, roots: frozenset[str]) -> tuple[LintFinding, ...]:
    tree = parse(text).tree
    found = [*_unknown_roots(tree, roots)]
    if "incident" in roots:
        found += _unknown_incident_field(tree)
    found += [finding for check in _CHECKS for finding in check(tree)]
    return tuple(sorted(found, key=lambda one: one.position))


def _found(lint: str, node: ast.ConditionNode, message: str, hint: str = "") -> LintFinding:
    return LintFinding(lint, node.span[0], message, hint)


def _comparisons(
    tree: ast.ConditionNode,
) -> Iterator[tuple[ast.Comparison, ast.ConditionNode, ast.ConditionNode]]:
    """Yield every comparison, in both directions."""
    for node in tree.walk():
        if isinstance(node, ast.Comparison):
            yield node, node.left, node.right
            yield node, node.right, node.left


def _literal_star(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    for node in tree.walk():
        if isinstance(node, ast.Matches) and isinstance(node.right, ast.Text) and "*" in node.right.text:
            inner = node.right.text.strip(".*")
            hint = f"write `matches part {ast.quote(inner)}`, or `matches regex`"
            yield _found(
                "literal-star", node.right, f"the star in {node.right} is literal, not a wildcard", hint
            )


def _text_order(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    for test, side, other in _comparisons(tree):
        number = isinstance(other, ast.Integer | ast.Float)
        if test.operator != "==" and number and isinstance(side, ast.FieldPath) and is_free(side):
            message = f"never true where {side} is text, even '{other}'"
            yield _found("text-order", test, message, "make sure that every sender sends a number")


def _number_equals(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    for test, side, other in _comparisons(tree):
        digits = other.text if isinstance(other, ast.Text) and _DIGITS.fullmatch(other.text) else ""
        number = str(other) if isinstance(other, ast.Integer | ast.Float) else digits
        if test.operator == "==" and number and isinstance(side, ast.FieldPath) and is_free(side):
            kind = "a number" if digits else "text"
            message = f"false where {side} is {kind}"
            yield _found("number-equals", test, message, f"`{side} matches '{number}'` is true for both")


def _missing_field(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    yield from _negative_tests(tree, negated=False, present=frozenset())


def _negative_tests(
    node: ast.ConditionNode, *, negated: bool, present: frozenset[ast.ConditionNode]
) -> Iterator[LintFinding]:
    match node:
        case ast.Not():
            yield from _negative_tests(node.operand, negated=not negated, present=present)
        case ast.And() | ast.Or():
            if isinstance(node, ast.And) is not negated:  # all factors have to hold, as written or as negated
                present |= {path for factor in node.factors for path in _proven(factor, negated=negated)}
            for factor in node.factors:
                yield from _negative_tests(factor, negated=negated, present=present)
        case ast.Matches() | ast.MatchesRegex() | ast.Comparison() if negated:
            for path in node.parts:
                if isinstance(path, ast.FieldPath) and path not in present and not is_always_there(path):
                    yield _found(
                        "missing-field",
                        node,
                        f"its negation is also true for events without {path}",
                        f"write: {path} exists and not …",
                    )


def _proven(node: ast.ConditionNode, *, negated: bool) -> Iterator[ast.ConditionNode]:
    """Return the paths that exist whenever a test is true (or, if negated, false)."""
    if isinstance(node, ast.Not):
        yield from _proven(node.operand, negated=not negated)
    elif isinstance(node, ast.Test) and not negated:
        yield from (part for part in node.parts if isinstance(part, ast.FieldPath))


def _mixed_and_or(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    for node in tree.walk():
        if isinstance(node, ast.Or):
            for factor in node.factors:
                if isinstance(factor, ast.And) and not factor.parenthesised:
                    hint = f"write ({factor}), or put the parentheses where you mean them"
                    yield _found("mixed-and-or", factor, "`and` binds before the `or` beside it", hint)


_ALWAYS = frozenset({"all", "always", "any", "anything", "everything"})  # that people write for no condition
_NOTHING = frozenset({"null", "nil", "none", "undefined"})


def _lone_value(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    for value in _needed_as_boolean(tree):
        if isinstance(value, ast.Operand) and not isinstance(value, ast.FieldPath | ast.Boolean):
            hint = "repeat the field: event.severity matches 'info' or event.severity matches 'warning'"
            yield _found("lone-value", value, f"{value} is not a test and counts as false", hint)


def _needed_as_boolean(tree: ast.ConditionNode) -> Iterator[ast.ConditionNode]:
    yield tree
    for node in tree.walk():
        if isinstance(node, ast.And | ast.Or | ast.Not):
            yield from node.parts


def _unknown_roots(tree: ast.ConditionNode, roots: Collection[str]) -> Iterator[LintFinding]:
    tested = {*map(id, _left_sides(tree))}
    for node in tree.walk():
        if not isinstance(node, ast.FieldPath) or node.root in roots:
            continue
        likely = likely_path(node, roots)
        if not node.rest and node.root not in ROOTS:
            field = likely if id(node) in tested or intended_path(node, roots) else ""
            hint = f"write {field}" if field else _instead_of(str(node))
            yield _found("unquoted-value", node, f"{node} is neither a field nor text in quotes", hint)
        else:
            known = f"paths begin with {', '.join(sorted(roots))}"
            hint = f"write {likely}; {known}" if likely else known
            yield _found("unknown-root", node, f"there is no root {node.root!r} here", hint)


def _instead_of(word: str) -> str:
    if word in _ALWAYS:
        return "leave `if` out to match all"
    if word.lower() in _NOTHING:
        return "there is no null: write `not PATH exists` for a field without a value, or `PATH exists`"
    return f"write '{word}'"


def _left_sides(tree: ast.ConditionNode) -> Iterator[ast.ConditionNode]:
    """Yield what stands where a test has its field."""
    for node in tree.walk():
        if isinstance(node, ast.Exists):
            yield node.path
        elif isinstance(node, ast.Matches | ast.MatchesRegex | ast.Comparison):
            yield node.left


def _unknown_field(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    for node in tree.walk():
        if isinstance(node, ast.FieldPath) and field_of(node) not in FIELDS | {""}:
            field = field_of(node)
            yield _found("unknown-field", node, f"events have no field {field!r}", unknown_field_hint(field))
        elif isinstance(node, ast.FieldPath) and field_of(node) in UNCERTAIN:
            hint = f"the JSON as sent has it for certain: raw_event.{field_of(node)}"
            yield _found("uncertain-field", node, f"whether events hold {node} is undocumented", hint)


def _unknown_incident_field(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    for node in tree.walk():
        field = (
            node.rest[0] if isinstance(node, ast.FieldPath) and node.root == "incident" and node.rest else ""
        )
        if isinstance(field, str) and field not in INCIDENT_FIELDS | {""}:
            hint = unknown_incident_field_hint(field)
            yield _found("unknown-field", node, f"incidents are not known to have a field {field!r}", hint)


def _variables_in_condition(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    for node in tree.walk():
        if isinstance(node, ast.FieldPath) and node.root == "variables":
            hint = "test the field itself, or an event field that a rule above has set"
            yield _found("variables-in-condition", node, f"{node} is not known in conditions", hint)


def _night_window(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    for node in tree.walk():
        if isinstance(node, ast.InWeekly) and node.weekly.over_midnight:
            weekly = node.weekly
            days = ", ".join(weekly.days)
            message = f"opens on {days} at {weekly.since} and closes on the next day at {weekly.to}"
            yield _found("night-window", node, message, "name the days on which it opens")


def _threshold(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    for test, side, other in _comparisons(tree):
        if not isinstance(side, ast.Threshold):
            continue
        word = test.operator if side is test.left else _TURNED[test.operator]
        if isinstance(other, ast.Integer) and (constant := _constant_count(word, other.number)):
            yield _found("constant-threshold", test, f"a count is at least 1, so this is {constant} true")
        elif side.resetting and word in ("<", "<="):
            hint = "write `trigger_count`"
            yield _found(
                "resetting-below", test, "true for every event that is counted, which resets it", hint
            )
    if not isinstance(tree, ast.Comparison):
        for node in tree.walk():
            if isinstance(node, ast.Threshold):
                hint = "make it the only test of its rule, and nest that rule under the others"
                yield _found(
                    "mixed-threshold", node, "a threshold combined with other tests is undocumented", hint
                )


_TURNED = {"==": "==", ">": "<", "<": ">", ">=": "<=", "<=": ">="}


def _constant_count(operator: str, number: int) -> str:
    """Return "always" or "never" if all counts from 1 compare alike; else ""."""
    match operator:
        case ">" | ">=":
            return "always" if number < 1 or (operator == ">=" and number == 1) else ""
        case "<" | "<=" | "==":
            return "never" if number < 1 or (operator == "<" and number == 1) else ""
    return ""


def _unescaped_brackets(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    for node in tree.walk():
        if isinstance(node, ast.MatchesRegex) and (found := _BRACKETED_WORD.search(node.pattern)):
            hint = f"write \\\\[{found[1]}\\\\], with the backslashes doubled, or use `matches part`"
            yield _found("unescaped-brackets", node, f"{found[0]} matches one character of {found[1]}", hint)


def _impossible_value(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    for node in tree.walk():
        if isinstance(node, ast.Matches | ast.Comparison):
            for side, other in ((node.left, node.right), (node.right, node.left)):
                values = values_of(side) if isinstance(side, ast.FieldPath) else ()
                if (
                    values
                    and isinstance(other, ast.Text)
                    and not any(_could_be(node, v, other.text) for v in values)
                ):
                    yield _impossible(node, side, values, other.text)
        elif isinstance(node, ast.MatchesRegex) and isinstance(node.left, ast.FieldPath):
            values = values_of(node.left)
            if values and not any(node.regex.found_in(value) for value in values):
                yield _impossible(node, node.left, values)


def _could_be(test: ast.Matches | ast.Comparison, value: str, text: str) -> bool:
    if isinstance(test, ast.Comparison):
        return test.operator != "==" or value == text
    wanted = text if test.exactly else text.lower()
    return wanted in value if test.part else wanted == value


def _impossible(
    test: ast.ConditionNode, path: ast.ConditionNode, values: tuple[str, ...], text: str = ""
) -> LintFinding:
    near = difflib.get_close_matches(text[:100].lower(), values, 1)
    hint = f"did you mean {ast.quote(near[0])}?" if near else "write one of these"
    return _found("impossible-value", test, f"never true: {path} is one of {', '.join(values)}", hint)


def _constant_test(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    for node in _needed_as_boolean(tree):
        if isinstance(node, ast.FieldPath) and _kind(node) is ValueKind.STRING:
            yield _found(
                "constant-test", node, f"{node} is text, which counts as false", f"write: {node} exists"
            )
    for test in tree.walk():
        if not isinstance(test, ast.Comparison):
            continue
        left, right = _kind(test.left), _kind(test.right)
        if test.operator == "==":
            never = left is not None and right is not None and not comparable(left, right)
        else:
            never = any(kind is not None and not have_order(kind, kind) for kind in (left, right)) or (
                left is not None and right is not None and not have_order(left, right)
            )
        if never:
            kinds = " and ".join(str(kind) for kind in (left, right) if kind)
            verb = (
                "are never equal"
                if test.operator == "=="
                else f"{'have' if left and right else 'has'} no order"
            )
            hint = "" if test.operator == "==" else "compare with each value: … == 'a' or … == 'b'"
            yield _found("constant-test", test, f"never true: {kinds} {verb}", hint)


def _kind(node: ast.ConditionNode) -> ValueKind | None:
    """Return the kind of a value that does not depend on the event, else None."""
    match node:
        case ast.Text():
            return ValueKind.STRING
        case ast.Integer() | ast.Threshold():
            return ValueKind.INTEGER
        case ast.Float():
            return ValueKind.FLOAT
        case ast.Date() | ast.Now():
            return ValueKind.DATETIME
        case ast.Boolean() | ast.Test() | ast.Not() | ast.And() | ast.Or():
            return ValueKind.BOOLEAN
        case ast.FieldPath() if len(node.rest) == 1 and field_of(node) in TEXTS:
            return ValueKind.STRING
    return None


def _clock_change(tree: ast.ConditionNode) -> Iterator[LintFinding]:
    for node in tree.walk():
        if isinstance(node, ast.Date) and node.moment.clock is not ClockChange.ORDINARY:
            message = f"{node} happens {node.moment.clock.value}"
            yield _found("clock-change", node, message, "choose another hour, or write it in Etc/UTC")


_CHECKS: tuple[Callable[[ast.ConditionNode], Iterator[LintFinding]], ...] = (
    _literal_star,
    _text_order,
    _number_equals,
    _missing_field,
    _mixed_and_or,
    _lone_value,
    _unknown_field,
    _variables_in_condition,
    _night_window,
    _threshold,
    _unescaped_brackets,
    _impossible_value,
    _constant_test,
    _clock_change,
)
