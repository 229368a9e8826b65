"""Parser of conditions: `pcl.lark` run by lark, with PagerDuty's limits.

Imported on first use only, because importing lark takes longer than most commands.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time
from functools import lru_cache
from importlib.resources import files

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args
from lark.lark import PostLex

from pdslack_cli.routing.pcl import ast
from pdslack_cli.routing.pcl.mistakes import KEYWORDS, PclError, explain, misplaced
from pdslack_cli.routing.pcl.regex import RegexError, compile_regex
from pdslack_cli.routing.pcl.schedule import Weekly, ZonedMoment, zone_named, zone_names

MAX_BYTES = 2048  # of a condition
MAX_STRING_BYTES = 1024  # of a string's content, without quotes and escapes
MAX_FACTORS = 64  # joined by `and` and `or`; the 65th is (unverified), so we refuse it
MAX_DEPTH = 32  # of parentheses
MAX_ELEMENTS = 32  # of a path, the root included
_INTEGERS = range(-(2**63), 2**63)

_ELEMENT = re.compile(r"\.(?P<name>[A-Za-z0-9_]+)|\[(?P<index>[0-9]+)\]|\['(?P<key>(?:\\.|[^'\\])*)'\]", re.S)


def tree_of(text: str) -> ast.ConditionNode:
    """Parse a condition to its tree; raises PclError."""
    check_size(text)
    if not text.strip(" \t\r\n"):
        raise PclError(
            "the condition is empty", 0, "leave it out for a rule that always matches, or write true"
        )
    return _parsed(text, "start")


def path_of(text: str) -> ast.FieldPath:
    """Parse a path on its own, as in templates; raises PclError."""
    check_size(text)
    path = _parsed(text, "path")
    assert isinstance(path, ast.FieldPath)  # the grammar's rule `path` makes nothing else
    return path


def _parsed(text: str, rule: str) -> ast.ConditionNode:
    try:
        node: ast.ConditionNode = _parser().parse(text, rule)  # type: ignore[assignment]  # the builder makes nodes
    except UnexpectedInput as error:
        raise unexpected(text, error) from None
    return node


def check_size(text: str) -> None:
    """Raise PclError for a condition that is empty or exceeds PagerDuty's limit, before it is parsed."""
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


def unexpected(text: str, error: UnexpectedInput) -> PclError:
    """Convert lark's error to ours."""
    if isinstance(error, UnexpectedToken):
        at_end = error.token.type == "$END"
        return explain(text, len(text) if at_end else error.token.start_pos or 0, error.expected)
    allowed = error.allowed if isinstance(error, UnexpectedCharacters) else None
    return explain(text, error.pos_in_stream or 0, allowed or set())


def grammar_text(name: str) -> str:
    return (files("pdslack_cli.routing.pcl") / name).read_text()


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(
        grammar_text("pcl.lark"),
        parser="lalr",
        start=["start", "path"],
        transformer=_Builder(),
        postlex=TokenLimits(),
    )


class TokenLimits(PostLex):
    """Counts parentheses and factors in the token stream, before a tree is built."""

    always_accept = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth, factors = 0, 1
        for token in stream:
            depth += (token.type == "LPAR") - (token.type == "RPAR")
            factors += token.type in ("_AND", "_OR")
            if depth > MAX_DEPTH:
                raise PclError(f"parentheses nest deeper than {MAX_DEPTH}", token.start_pos or 0)
            if factors > MAX_FACTORS:
                raise PclError(
                    f"more than {MAX_FACTORS} tests are joined by `and` and `or`",
                    token.start_pos or 0,
                    "spread them over several conditions of the rule, of which any may hold",
                )
            yield token


def _start(token: Token) -> int:
    return token.start_pos or 0


def _span(first: Token | ast.ConditionNode, last: Token | ast.ConditionNode) -> tuple[int, int]:
    start = first.span[0] if isinstance(first, ast.ConditionNode) else _start(first)
    return start, last.span[1] if isinstance(last, ast.ConditionNode) else _start(last) + len(last)


@v_args(inline=True)
class _Builder(Transformer[Token, ast.ConditionNode]):
    """Builds the node of each rule of the grammar, and checks what the grammar cannot express."""

    def start(self, node: ast.ConditionNode) -> ast.ConditionNode:
        return node

    def either(self, *factors: ast.ConditionNode) -> ast.ConditionNode:
        return ast.Or(factors, span=_span(factors[0], factors[-1]))

    def both(self, *factors: ast.ConditionNode) -> ast.ConditionNode:
        return ast.And(factors, span=_span(factors[0], factors[-1]))

    def negation(self, word: Token, operand: ast.ConditionNode) -> ast.ConditionNode:
        span = _span(word, operand)
        if isinstance(operand, ast.Not) and isinstance(operand.operand, ast.Not):
            return replace(operand.operand, span=span)  # three are as one: a row of them never gets deep
        return ast.Not(operand, span=span)

    def group(self, opening: Token, node: ast.ConditionNode, closing: Token) -> ast.ConditionNode:
        return replace(node, span=_span(opening, closing))

    def exists(self, path: ast.FieldPath, word: Token) -> ast.ConditionNode:
        return ast.Exists(path, span=_span(path, word))

    def matches(
        self,
        left: ast.ConditionNode,
        _: Token,
        part: Token | None,
        exactly: Token | None,
        right: ast.ConditionNode,
    ) -> ast.ConditionNode:
        return ast.Matches(left, right, part is not None, exactly is not None, span=_span(left, right))

    def matches_regex(
        self, left: ast.ConditionNode, _: Token, __: Token, exactly: Token | None, pattern: Token
    ) -> ast.ConditionNode:
        text = _content(pattern)
        try:
            regex = compile_regex(text, ignore_case=exactly is None)
        except RegexError as error:
            hint = "close it, or escape a literal character with a backslash: \\\\("
            if re.search(r"\(\?[=!<]|\\[1-9]", text):
                hint = "RE2 has no lookahead, lookbehind and back references"
            raise PclError(f"not a regular expression of RE2: {error}", _start(pattern), hint) from None
        return ast.MatchesRegex(left, text, exactly is not None, regex=regex, span=_span(left, pattern))

    def comparison(
        self, left: ast.ConditionNode, operator: Token, right: ast.ConditionNode
    ) -> ast.ConditionNode:
        return ast.Comparison(left, str(operator), right, span=_span(left, right))

    def in_schedule(
        self, now: Token, _: Token, days: Token, since: Token, __: Token, to: Token, zone: Token
    ) -> ast.ConditionNode:
        weekly = Weekly(tuple(days.split(",")), _time(since), _time(to), _zone(zone))
        return ast.InWeekly(weekly, span=_span(now, zone))

    def string(self, token: Token) -> ast.ConditionNode:
        return ast.Text(_content(token), span=_span(token, token))

    def integer(self, token: Token) -> ast.ConditionNode:
        if int(token) not in _INTEGERS:
            raise PclError("the number is too large", _start(token), "integers have at most 64 bits")
        return ast.Integer(int(token), span=_span(token, token))

    def float_(self, token: Token) -> ast.ConditionNode:
        if math.isinf(float(token)):
            raise PclError("the number is too large", _start(token), "numbers with a point go up to 1.7e308")
        return ast.Float(float(token), span=_span(token, token))

    def true(self, token: Token) -> ast.ConditionNode:
        return ast.Boolean(True, span=_span(token, token))

    def false(self, token: Token) -> ast.ConditionNode:
        return ast.Boolean(False, span=_span(token, token))

    def now(self, token: Token) -> ast.ConditionNode:
        return ast.Now(span=_span(token, token))

    def moment(self, date: Token, clock: Token, zone: Token) -> ast.ConditionNode:
        span = _span(date, zone)
        at = _time(clock)
        try:
            moment = ZonedMoment(datetime.combine(datetime.strptime(date, "%Y-%m-%d"), at), _zone(zone))
            _ = moment.instant
        except (ValueError, OverflowError):
            raise PclError(f"there is no day {date}", span[0]) from None
        return ast.Date(moment, span=span)

    def threshold(self, counter: Token, _: Token, *tokens: Token) -> ast.ConditionNode:
        amounts, units = tokens[::2], [unit.removesuffix("s") for unit in tokens[1::2]]
        for amount in amounts:
            if int(amount) == 0:
                raise PclError("a duration of 0", _start(amount), "durations are positive")
        if len(set(units)) < len(units):
            raise PclError("a unit of time is used twice", _start(amounts[-1]), "write each unit once")
        spans = tuple((int(amount), unit) for amount, unit in zip(amounts, units, strict=True))
        return ast.Threshold(str(counter), spans, span=_span(counter, tokens[-1]))

    def path(self, token: Token) -> ast.ConditionNode:
        root = re.split(r"[.\[]", token, maxsplit=1)[0]
        if token.lower() in KEYWORDS:
            raise misplaced(token, _start(token))
        if root in ast.RESERVED:
            raise PclError(f"`{root}` is a reserved word", _start(token), "text needs quotes: 'text'")
        return ast.FieldPath(root, _elements(token, len(root)), span=_span(token, token))


def _elements(token: Token, start: int) -> tuple[str | int, ...]:
    elements: list[str | int] = []
    for found in _ELEMENT.finditer(token, start):
        name = found["name"]
        if name in ast.RESERVED:
            raise PclError(
                f"`{name}` is a reserved word",
                _start(token) + found.start("name"),
                f"write it in brackets: {token[: found.start()]}['{name}']",
            )
        elements.append(name or (int(found["index"]) if found["index"] else _unescaped(found["key"])))
    if len(elements) >= MAX_ELEMENTS:
        raise PclError(f"the path has more than {MAX_ELEMENTS} elements", _start(token))
    return tuple(elements)


def _content(token: Token) -> str:
    text = _unescaped(token[1:-1])
    if len(text.encode()) > MAX_STRING_BYTES:
        raise PclError(f"the string has more than {MAX_STRING_BYTES} bytes", _start(token))
    return text


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.S)


def _time(token: Token) -> time:
    try:
        return time.fromisoformat(token)
    except ValueError:
        raise PclError(f"{token} is not a time", _start(token), "times are 00:00:00 to 23:59:59") from None


def _zone(token: Token) -> str:
    if zone_named(token):
        return str(token)
    names = zone_names()
    near = difflib.get_close_matches(token.lower(), names, n=1)
    hint = f"did you mean {names[near[0]]}?" if near else "name one of the tz database, such as Europe/Berlin"
    raise PclError(f"there is no time zone {token}", _start(token), hint)
