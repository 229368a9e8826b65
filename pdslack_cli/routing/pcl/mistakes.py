"""Errors in conditions, with the correct spelling of common mistakes (orchestration.md 1.4, 1.7).

A mistake is a row of a table: the text before it, the text that identifies it, and the hint.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import NamedTuple

from pdslack_cli.errors import PdslackError

_KEYWORDS = """
and or not matches part regex exactly exists now in true false over to trigger_count resetting_trigger_count
"""
KEYWORDS = frozenset(_KEYWORDS.split())


class PclError(PdslackError):
    """A text that PagerDuty would reject.

    `message` describes the error, `position` is the character from 0, `hint` the correct spelling (or empty).
    """

    def __init__(self, message: str, position: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.hint = hint


_A_TEST = "write a test, such as event.class matches 'text'"
_LOOK_BACK = 40  # characters before the position that a mistake may look at


class _Mistake(NamedTuple):
    """A row: what is expected before the position and at it, and the hint."""

    after: str  # ends the text before the position (a regular expression)
    at: str  # begins the text at the position
    hint: str  # groups of `at` may be used


_QUOTE = "write text in single quotes: 'text'"
_UNITS = "write whole numbers of days, hours, minutes or seconds: 1 hour 30 minutes"
_DAYS = "write days as Mon,Tue,Wed,Thu,Fri,Sat,Sun, without spaces around the commas"
_TIME = "write times as 09:00:00, from 00:00:00 to 23:59:59"
_DATE = "write a date as 2022-01-01 08:00:00 Etc/UTC"
_REGEX_WORD = "use `matches regex`: event.summary matches regex '^text'"
_NAME_IN_BRACKETS = (
    "names with other characters than letters, digits and _ need brackets: event.custom_details['load-avg']"
)

# One table for values, one for operators, one for each fixed word of a construct; the first row that fits
# counts. Where a value or an operator is expected, these come first.
_ANYWHERE = (
    _Mistake("", r'"([^"\']+)(?:"|$)', r"write text in single quotes: '\1'"),
    _Mistake("", r"[‘’“”´`]([^'\"‘’“”´`]+)(?:[‘’“”´`]|$)", r"write text in single quotes: '\1'"),
    _Mistake("", r'"', _QUOTE),
    _Mistake("", r"[‘’“”´`]", _QUOTE),
    _Mistake("", r"[^\S \t\r\n]|\u200b|\ufeff", "use an ordinary space"),
    _Mistake("", r"&", "write `and`"),
    _Mistake("", r"\|\s*\w+\s*(?:\}\}|$)", "there are no filters: write the path alone"),
    _Mistake("", r"\|", "write `or`"),
    _Mistake("", r"!=|<>|=!", "write `not` before the whole test: not event.class == 'text'"),
    _Mistake("", r"!", "write `not`"),
    _Mistake("", r"#|//|--|/\*", "there are no comments in conditions"),
    _Mistake("", r"\{\{", "write the path alone; {{…}} belongs in templates"),
    _Mistake("", r"\$", "write the path alone, without $"),
    _Mistake(
        "", r"(?i:does\s*not|doesn't)\s+exists?\b", "write `not` before the path: not event.class exists"
    ),
    _Mistake(
        "",
        r"(?i:does\s*not|doesn't)\s+(?:contain|include)s?\b",
        "write `not` before the whole test: not event.class matches part 'text'",
    ),
    _Mistake(
        "",
        r"(?i:does\s*not|doesn't)\s+match(?:es)?(\s+part|\s+regex|)",
        r"write `not` before the whole test: not event.class matches\1 'text'",
    ),
)
_INSTEAD_OF_OPERATOR = (
    _Mistake(r"'", r"'", r"a quote inside a string is written \\': 'it\\'s'"),
    _Mistake(r"\b[0-9]{4}", r"-[0-9]", _DATE),
    _Mistake(r"[A-Za-z0-9_]", r"-[A-Za-z0-9_]", _NAME_IN_BRACKETS + ", and text needs quotes"),
    _Mistake(r"[0-9]", r"[A-Za-z_]", "numbers are written 5, -5, 0.5 or 1.0e5; " + _QUOTE),
    _Mistake(r"[0-9]", r"\.[0-9]+E", "write a large number as 1.0e5, with a small e"),
    _Mistake(r"(?<![A-Za-z0-9_\]])-?[0-9]+", r"\.", "a decimal point must be between digits: 5.0"),
    _Mistake("", r"\.[0-9]", _NAME_IN_BRACKETS.replace("load-avg", "2xx")),
    _Mistake(
        "",
        r"\[\s*(?:[-:*?]|[0-9]*\s*:)",
        "an index is one whole number from 0: event.custom_details.hosts[0]",
    ),
    _Mistake(
        "", r'\[\s*["\'A-Za-z]', "write the name in brackets in single quotes: event.custom_details['name']"
    ),
    _Mistake("", r"\.", "a name must follow the point, without spaces: event.custom_details.host"),
    _Mistake(
        "",
        r"(?i:not)\s+(?:matches|exists|in|contains)\b",
        "write `not` before the whole test: not event.class …",
    ),
    _Mistake("", r"(?i:contains?|includes?|has)\b", "write `matches part`: event.class matches part 'text'"),
    _Mistake("", r"(?i:is\s+not|isn't|ne|not\s+equals?)\b", "write not event.class matches 'text'"),
    _Mistake("", r"(?i:is|eq|equals?|equal\s+to)\b", "write `==`, or `matches` to ignore case"),
    _Mistake("", r"=~|~", "write `matches regex`"),
    _Mistake("", r"[=><]=|>|<", "compare two values at a time and join the tests with `and`"),
    _Mistake("", r"=", "write `==`, or `matches` to ignore case"),
    _Mistake("", r"(?i:like|ilike|(?:starts?|ends?|begins?)[ _]?with)\b", _REGEX_WORD),
    _Mistake("", r"(?i:gte?)\b", "write `>` or `>=`"),
    _Mistake("", r"(?i:lte?)\b", "write `<` or `<=`"),
    _Mistake("", r"(?:matches|in)$", "a value is missing after it"),
    _Mistake("", r"in\b", "there are no lists: join tests with `or`, or use `matches regex '^(a|b)$'`"),
    _Mistake("", r"match\b", "write `matches`"),
    _Mistake("", r"exist\b", "write `exists`"),
    _Mistake(r"\bexactly\s+(?:part|regex)\s+", "", "the order is: matches, then part or regex, then exactly"),
    _Mistake("", r"(?:part|regex|exactly)\b", "the order is: matches, then part or regex, then exactly"),
    _Mistake(r"\S", r"(?:matches|exists|in)\b", "put a space before it"),
    _Mistake("", r"(?:matches|in)\b(?!\s)", "put a space after it"),
    _Mistake("", r"\)", "there is no matching ("),
    _Mistake(r"[A-Za-z0-9_]", r"\(", "there are no functions: use `matches part` or `matches regex`"),
    _Mistake("", r":", "write `matches`: event.class matches 'text'"),
    _Mistake(
        r"\bnow\s+",
        r"[<>=]?=?",
        "compare `now` with a date, or write: now in Mon,Tue 09:00:00 to 17:00:00 Etc/UTC",
    ),
    _Mistake("", r"[A-Za-z0-9_'(]", "join tests with `and` or `or`; " + _QUOTE),
)
_INSTEAD_OF_VALUE = (
    _Mistake("=", r"=", "write `==`"),
    _Mistake("<", r">", "write `not` before the whole test: not event.class == 'text'"),
    _Mistake("", r"\.[0-9]", "write a digit before the point: 0.5"),
    _Mistake("", r"\+[0-9]", "write the number without +"),
    _Mistake("", r"-\s+[0-9]", "write the minus right before the number"),
    _Mistake("", r"[0-9]+_[0-9]", "write the number without _"),
    _Mistake("", r"-?[0-9]+(?:\.[0-9]+)?[eE]", "write a large number as 1.0e5, with a small e"),
    _Mistake("", r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", _DATE),
    _Mistake(
        "", r"[0-9]{1,2}:[0-9]{2}", "a time alone is not a value: now in Mon,Tue 09:00:00 to 17:00:00 Etc/UTC"
    ),
    _Mistake("", r"[0-9]+\s*(?:%|[A-Za-z_])", _QUOTE),
    _Mistake("", r"\[|\{", "there are no lists: join tests with `or`"),
    _Mistake("", r"\*|\?|/|\^", _QUOTE + "; there are no wildcards, use `matches part` or `matches regex`"),
    _Mistake("", r"\)|(?:and|or|matches|exists)\b", "a value is missing before it"),
    _Mistake("", r"$", "the condition stops too early"),
)
_FIXED = {
    "STRING": (_Mistake("", "", "a regular expression is always a string in single quotes"),),
    "DAYS": (
        _Mistake("", "", "`in` takes a weekly window: now in Mon,Tue 09:00:00 to 17:00:00 Etc/UTC; " + _DAYS),
    ),
    "TIME": (_Mistake("", ",| |-", _DAYS), _Mistake(",", "", _DAYS), _Mistake("", "", _TIME)),
    "TO": (_Mistake("", "", "write a window as: now in Mon,Tue 09:00:00 to 17:00:00 Etc/UTC"),),
    "ZONE": (_Mistake("", "", "name a time zone: Etc/UTC, Europe/Berlin, …"),),
    "OVER": (_Mistake("", "", "expected a time window: trigger_count over 5 minutes > 10"),),
    "AMOUNT": (_Mistake("", "", _UNITS),),
    "UNIT": (_Mistake("", "", _UNITS),),
}
_OPERATOR = "an operator or the end"
_NAMES = {
    "STRING": "a string",
    "DAYS": "days of the week",
    "TIME": "a time",
    "TO": "`to`",
    "ZONE": "a time zone",
    "OVER": "`over`",
    "AMOUNT": "a number",
    "UNIT": "a unit of time",
}


def explain(text: str, position: int, expected: Set[str]) -> PclError:
    """Return the error for a position at which the grammar expected other tokens."""
    if expected & {"PATH", "STRING"} and text[position : position + 1] == "'":
        return _string_error(text, position)
    before, word = text[:position], _word_at(text, position)
    wanted, mistakes = _what_was_expected(expected)
    taken = re.search(r"(?<![A-Za-z0-9_.])([A-Za-z_]+)\s+$", before[-_LOOK_BACK:])
    if (
        taken
        and wanted == _OPERATOR
        and (taken[1] in ("and", "or", "not") or _is_keyword_in_capitals(taken[1]))
    ):
        return misplaced(taken[1], position - len(taken[0]))
    if _is_keyword_in_capitals(word):
        return misplaced(word, position)
    message = f"expected {wanted}, found {f'`{word}`' if word else 'the end'}"
    if not word and before.count("(") > before.count(")"):
        return PclError(message, position, "a ( is not closed")
    for mistake in mistakes:
        found = re.compile(mistake.at).match(text, position)
        if found and (not mistake.after or re.search(f"(?:{mistake.after})$", before[-_LOOK_BACK:])):
            return PclError(message, position, found.expand(mistake.hint))
    return PclError(message, position, _A_TEST if wanted == _OPERATOR and word else "")


def _is_keyword_in_capitals(word: str) -> bool:
    return word.lower() in KEYWORDS - {word}


def misplaced(keyword: str, position: int) -> PclError:
    """Return the error for a keyword, in any case, that was parsed as a path."""
    small = keyword.lower()
    if keyword != small:
        return PclError(f"`{keyword}` is not a keyword", position, f"keywords are lower case: `{small}`")
    return PclError(f"`{keyword}` is in the place of a value", position, "expected a test before it")


def _what_was_expected(expected: Set[str]) -> tuple[str, tuple[_Mistake, ...]]:
    if "PATH" in expected:
        return "a value", _ANYWHERE + _INSTEAD_OF_VALUE
    for token, mistakes in _FIXED.items():
        if token in expected and "COMPARISON" not in expected:
            return _NAMES[token], mistakes
    return _OPERATOR, _ANYWHERE + _INSTEAD_OF_OPERATOR


def _word_at(text: str, position: int) -> str:
    found = re.compile(r"\w+|[^\s\w]+|\s").match(text, position)
    return found[0] if found else ""


def _string_error(text: str, start: int) -> PclError:
    """Return why no string literal starts here: a single backslash, or a missing end."""
    body = re.compile(r"'(?:\\['\\]|[^'\\])*").match(text, start)
    stop = body.end() if body else start
    if stop >= len(text) or stop + 1 == len(text):
        return PclError(
            "a string is not closed",
            start,
            "end it with '; in YAML, a condition that holds a `: `, a ` #` or, inside {…}, a comma "
            "needs a block or quotes around it",
        )
    return PclError(
        f"`{text[stop : stop + 2]}` is not an escape",
        stop,
        f"write the backslash twice: `\\\\{text[stop + 1]}`",
    )
