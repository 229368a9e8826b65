"""Parser of conditions (orchestration.md 1.3, 1.4), by recursive descent, with PagerDuty's limits.

    either    both ("or" both)*
    both      negation ("and" negation)*
    negation  "not"* test
    test      "now" "in" DAYS TIME "to" TIME ZONE
            | path "exists"
            | operand "matches" "regex" ["exactly"] STRING
            | operand "matches" ["part"] ["exactly"] operand
            | operand COMPARISON operand
            | operand
    operand   "(" either ")" | STRING | INTEGER | FLOAT | "true" | "false" | "now" | path
            | DATE TIME ZONE | COUNTER "over" (AMOUNT UNIT)+

A word is a keyword only where the language expects one; elsewhere it is a path.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from pdslack_cli.routing.pcl import ast
from pdslack_cli.routing.pcl.mistakes import PclError, explain
from pdslack_cli.routing.pcl.regex import RegexError, compile_regex
from pdslack_cli.routing.pcl.schedule import Weekly, ZonedMoment
from pdslack_cli.routing.pcl.tokens import (
    END_OF_OPERAND,
    END_OF_TEST,
    OPERAND,
    Token,
    clock,
    content,
    field_path,
    pattern_of,
    zone,
)

MAX_BYTES = 2048  # of a condition
MAX_FACTORS = 64  # joined by `and` and `or`; the 65th is (unverified), so we refuse it
MAX_DEPTH = 32  # of parentheses
_INTEGERS = range(-(2**63), 2**63)
_SPACES = re.compile(r"[ \t\r\n]*")


def tree_of(text: str) -> ast.ConditionNode:
    """Parse a condition to its tree; raises PclError."""
    check_size(text)
    if not text.strip(" \t\r\n"):
        raise PclError(
            "the condition is empty", 0, "leave it out for a rule that always matches, or write true"
        )
    return Parser(text).condition()


def path_of(text: str) -> ast.FieldPath:
    """Parse a path on its own, as in templates; raises PclError."""
    check_size(text)
    return Parser(text).path()


def check_size(text: str) -> None:
    """Raise PclError for a condition that exceeds PagerDuty's limit, before it is parsed."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise PclError(
            "it contains half of a surrogate pair", error.start, "remove it: conditions are Unicode text"
        ) from None
    if size > MAX_BYTES:
        raise PclError(
            f"the condition has {size} bytes, PagerDuty takes {MAX_BYTES}",
            0,
            "spread it over several conditions of the rule, of which any may hold",
        )


class Parser:
    """Parses one text. Each method parses a rule of the grammar, and returns its node or raises PclError.

    What is wrong in a value (a number, a regular expression) is reported after what is wrong behind it.
    """

    sugar = False

    def __init__(self, text: str) -> None:
        self.text = text
        self._position = 0
        self._depth = 0
        self._factors = 1

    def condition(self) -> ast.ConditionNode:
        """Parse the whole text as a condition."""
        node = self._either()
        self._end()
        return node

    def path(self) -> ast.FieldPath:
        """Parse the whole text as a path."""
        token = self._expect("PATH")
        self._look_ahead(END_OF_OPERAND)
        path = field_path(token)
        self._end()
        return path

    def _either(self) -> ast.ConditionNode:
        return self._joined("OR", self._both, ast.Or)

    def _both(self) -> ast.ConditionNode:
        return self._joined("AND", self._negation, ast.And)

    def _joined(
        self, word: str, part: Callable[[], ast.ConditionNode], node: type[ast.And | ast.Or]
    ) -> ast.ConditionNode:
        parts = [part()]
        while token := self._accept(word):
            self._joint(token)
            parts.append(part())
        return parts[0] if len(parts) == 1 else node(tuple(parts), span=_span(parts[0], parts[-1]))

    def _joint(self, token: Token) -> None:
        """Called with each `and` and `or`."""

    def _negation(self) -> ast.ConditionNode:
        words = []
        while word := self._accept("NOT"):  # a loop, for there may be hundreds
            words.append(word)
        node, inner = self._test(), None
        for word in reversed(words):
            node, inner = self._negated(word, inner, node), word
        return node

    def _negated(self, word: Token, inner: Token | None, operand: ast.ConditionNode) -> ast.ConditionNode:
        """Negate an operand; `inner` is the word before it that negates it already."""
        span = (word.start(), operand.span[1])
        if isinstance(operand, ast.Not) and isinstance(operand.operand, ast.Not):
            return replace(operand.operand, span=span)  # three are as one: a row of them never gets deep
        return ast.Not(operand, span=span)

    def _test(self) -> ast.ConditionNode:
        start = self._position
        if (now := self._accept("NOW")) and self._accept("IN"):
            return self._in_schedule(now)
        self._position = start
        left = self._operand()
        if (
            isinstance(left, ast.FieldPath)
            and self.text[left.span[0]] != "("
            and (end := self._accept("EXISTS"))
        ):
            return ast.Exists(left, span=(left.span[0], end.end()))
        if self._accept("MATCHES"):
            return self._matches(left)
        if operator := self._accept("COMPARISON"):
            return self._comparison(left, operator, self._operand())
        return left

    def _comparison(
        self, left: ast.ConditionNode, operator: Token, right: ast.ConditionNode
    ) -> ast.ConditionNode:
        return ast.Comparison(left, operator[0], right, span=_span(left, right))

    def _matches(self, left: ast.ConditionNode) -> ast.ConditionNode:
        part = self._accept("PART")
        if not part and self._accept("REGEX"):
            return self._matches_regex(left, exactly=bool(self._accept("EXACTLY")))
        exactly = self._accept("EXACTLY")
        right = self._operand()
        return ast.Matches(left, right, part is not None, exactly is not None, span=_span(left, right))

    def _matches_regex(self, left: ast.ConditionNode, *, exactly: bool) -> ast.ConditionNode:
        pattern = self._expect("STRING")
        self._look_ahead(END_OF_TEST)
        text = content(pattern)
        try:
            regex = compile_regex(text, ignore_case=not exactly)
        except RegexError as error:
            hint = "close it, or escape a literal character with a backslash: \\\\("
            if re.search(r"\(\?[=!<]|\\[1-9]", text):
                hint = "RE2 has no lookahead, lookbehind and back references"
            raise PclError(f"not a regular expression of RE2: {error}", pattern.start(), hint) from None
        return ast.MatchesRegex(left, text, exactly, regex=regex, span=(left.span[0], pattern.end()))

    def _in_schedule(self, now: Token) -> ast.ConditionNode:
        days, since, _, to, where = map(self._expect, ("DAYS", "TIME", "TO", "TIME", "ZONE"))
        self._look_ahead(END_OF_TEST)
        weekly = Weekly(tuple(days[0].split(",")), clock(since), clock(to), zone(where))
        return ast.InWeekly(weekly, span=(now.start(), where.end()))

    def _operand(self) -> ast.ConditionNode:
        token = self._accept(OPERAND)
        if token is None:
            raise self._unexpected("PATH")
        match token.lastgroup:
            case "LPAR":
                return self._group(token)
            case "DATE":
                return self._moment(token)
            case "COUNTER":
                return self._threshold(token)
        self._look_ahead(END_OF_OPERAND)
        return self._value(token)

    def _value(self, token: Token) -> ast.ConditionNode:
        """Return the node of an operand that is one token."""
        text, span = token[0], token.span()
        match token.lastgroup:
            case "STRING":
                return ast.Text(content(token), span=span)
            case "INTEGER":
                if int(text) not in _INTEGERS:
                    raise PclError("the number is too large", span[0], "integers have at most 64 bits")
                return ast.Integer(int(text), span=span)
            case "FLOAT":
                if math.isinf(float(text)):
                    raise PclError(
                        "the number is too large", span[0], "numbers with a point go up to 1.7e308"
                    )
                return ast.Float(float(text), span=span)
            case "TRUE" | "FALSE":
                return ast.Boolean(text == "true", span=span)
            case "NOW":
                return ast.Now(span=span)
        return field_path(token)

    def _group(self, opening: Token) -> ast.ConditionNode:
        node = self._either()
        closing = self._expect("RPAR", named="")
        self._look_ahead(END_OF_OPERAND)
        return replace(node, span=(opening.start(), closing.end()))

    def _moment(self, date: Token) -> ast.ConditionNode:
        at, where = self._expect("TIME"), self._expect("ZONE")
        self._look_ahead(END_OF_OPERAND)
        time = clock(at)
        try:
            moment = ZonedMoment(datetime.combine(datetime.strptime(date[0], "%Y-%m-%d"), time), zone(where))
            _ = moment.instant
        except (ValueError, OverflowError):
            raise PclError(f"there is no day {date[0]}", date.start()) from None
        return ast.Date(moment, span=(date.start(), where.end()))

    def _threshold(self, counter: Token) -> ast.ConditionNode:
        self._expect("OVER")
        spans = [(self._expect("AMOUNT"), self._expect("UNIT"))]
        while amount := self._accept("AMOUNT"):
            spans.append((amount, self._expect("UNIT")))
        self._look_ahead(END_OF_OPERAND)
        for amount, _ in spans:
            if int(amount[0]) == 0:
                raise PclError("a duration of 0", amount.start(), "durations are positive")
        read = tuple((int(amount[0]), unit[0].removesuffix("s")) for amount, unit in spans)
        if len({unit for _, unit in read}) < len(read):
            raise PclError("a unit of time is used twice", spans[-1][0].start(), "write each unit once")
        return ast.Threshold(counter[0], read, span=(counter.start(), spans[-1][1].end()))

    def _accept(self, names: str) -> Token | None:
        """Take the next token if it is one of these."""
        found = self._next(names)
        if found:
            self._position = found.end()
            self._count(found)
        return found

    def _expect(self, name: str, *, named: str | None = None) -> Token:
        """Take the next token, which must be this one; errors speak of it as `named`."""
        if found := self._accept(name):
            return found
        raise self._unexpected(name if named is None else named)

    def _look_ahead(self, names: str) -> None:
        """Raise PclError unless one of these tokens follows, or the end."""
        if not self._next(names):
            self._end()

    def _end(self) -> None:
        """Raise PclError unless the text ends here."""
        self._skip_spaces()
        if self._position < len(self.text):
            raise self._unexpected("")

    def _next(self, names: str) -> Token | None:
        self._skip_spaces()
        return pattern_of(names, sugar=self.sugar).match(self.text, self._position)

    def _skip_spaces(self) -> None:
        spaces = _SPACES.match(self.text, self._position)
        assert spaces is not None  # it also matches none
        self._position = spaces.end()

    def _count(self, token: Token) -> None:
        """Refuse too many parentheses and factors, before a tree is built of them."""
        name = token.lastgroup
        self._depth += (name == "LPAR") - (name == "RPAR")
        self._factors += name in ("AND", "OR")
        if self._depth > MAX_DEPTH:
            raise PclError(f"parentheses nest deeper than {MAX_DEPTH}", token.start())
        if self._factors > MAX_FACTORS:
            raise PclError(
                f"more than {MAX_FACTORS} tests are joined by `and` and `or`",
                token.start(),
                "spread them over several conditions of the rule, of which any may hold",
            )

    def _unexpected(self, wanted: str) -> PclError:
        """Return the error for what stands here instead of a token; "" for an operator or the end."""
        return explain(self.text, self._position, {wanted} - {""})


def _span(first: ast.ConditionNode, last: ast.ConditionNode) -> tuple[int, int]:
    return first.span[0], last.span[1]
