"""Tokens of conditions as regular expressions, and what their texts mean (orchestration.md 1.3, 1.4)."""

from __future__ import annotations

import difflib
import re
from datetime import time
from functools import cache

from pdslack_cli.routing.pcl import ast
from pdslack_cli.routing.pcl.mistakes import KEYWORDS, PclError, misplaced
from pdslack_cli.routing.pcl.schedule import zone_named, zone_names

MAX_STRING_BYTES = 1024  # of a string's content, without quotes and escapes
MAX_ELEMENTS = 32  # of a path, the root included

Token = re.Match[str]

_END = r"(?![A-Za-z0-9_])"
_AFTER_SPACE = r"(?<=[ \t\r\n])"
_BEFORE_SPACE = r"(?=[ \t\r\n])"
_STRING = r"'(?:[^'\\]|\\['\\])*'"
_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"

TOKENS = {
    "AND": f"and{_END}",
    "OR": f"or{_END}",
    "NOT": f"not{_END}",
    "EXISTS": f"{_AFTER_SPACE}exists{_END}",
    "MATCHES": f"{_AFTER_SPACE}matches{_BEFORE_SPACE}",
    "PART": f"part{_BEFORE_SPACE}",
    "REGEX": f"regex{_BEFORE_SPACE}",
    "EXACTLY": f"exactly{_BEFORE_SPACE}",
    "COMPARISON": "==|>=|<=|>|<",
    "LPAR": r"\(",
    "RPAR": r"\)",
    "DATE": f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_BEFORE_SPACE}",
    "FLOAT": rf"-?[0-9]+\.[0-9]+(?:e[+-]?[0-9]+)?{_END}",
    "INTEGER": f"-?[0-9]+{_END}",
    "TRUE": f"true{_END}",
    "FALSE": f"false{_END}",
    "STRING": _STRING,
    "PATH": rf"{_NAME}(?:\.{_NAME}|\[(?:[0-9]+|{_STRING})\])*",
    "NOW": f"now{_END}",
    "IN": f"{_AFTER_SPACE}in{_BEFORE_SPACE}",
    "DAYS": f"{_DAY}(?:,{_DAY})*{_END}",
    "TIME": f"{_AFTER_SPACE}[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}{_END}",
    "TO": f"{_AFTER_SPACE}to{_END}",
    "ZONE": f"{_AFTER_SPACE}[A-Za-z][A-Za-z0-9_+/-]*",
    "COUNTER": f"(?:trigger_count|resetting_trigger_count){_BEFORE_SPACE}",
    "OVER": f"over{_BEFORE_SPACE}",
    "AMOUNT": f"[0-9]+{_BEFORE_SPACE}",
    "UNIT": f"(?:second|minute|hour|day)s?{_END}",
}
SUGAR = {
    "AND": rf"{TOKENS['AND']}|&&",
    "OR": rf"{TOKENS['OR']}|\|\|",
    "NOT": f"{TOKENS['NOT']}|!",
    "UNEQUAL": "!=",
}
"""Spellings that we take beyond PagerDuty's (`sugar.py`)."""

OPERAND = "LPAR DATE FLOAT TRUE FALSE NOW COUNTER STRING INTEGER PATH"  # keywords win over paths
END_OF_TEST = "AND OR RPAR"
END_OF_OPERAND = f"{END_OF_TEST} EXISTS MATCHES COMPARISON"

_ELEMENT = re.compile(r"\.(?P<name>[A-Za-z0-9_]+)|\[(?P<index>[0-9]+)\]|\['(?P<key>(?:\\.|[^'\\])*)'\]", re.S)


@cache
def pattern_of(names: str, *, sugar: bool) -> re.Pattern[str]:
    """Return the pattern of tokens of these names, in a group each; the first one that fits counts."""
    tokens = TOKENS | SUGAR if sugar else TOKENS
    wanted = [*names.split(), *(["UNEQUAL"] if sugar and "COMPARISON" in names else [])]
    return re.compile("|".join(f"(?P<{name}>{tokens[name]})" for name in wanted))


def content(token: Token) -> str:
    """Return the text of a string; raises PclError if it is too long."""
    text = _unescaped(token[0][1:-1])
    if len(text.encode()) > MAX_STRING_BYTES:
        raise PclError(f"the string has more than {MAX_STRING_BYTES} bytes", token.start())
    return text


def field_path(token: Token) -> ast.FieldPath:
    """Return the path of a token; raises PclError for reserved words and too many elements."""
    text, start = token[0], token.start()
    root = re.split(r"[.\[]", text, maxsplit=1)[0]
    if text.lower() in KEYWORDS:
        raise misplaced(text, start)
    if root in ast.RESERVED:
        raise PclError(f"`{root}` is a reserved word", start, "text needs quotes: 'text'")
    found: list[str | int] = []
    for element in _ELEMENT.finditer(text, len(root)):
        name = element["name"]
        if name in ast.RESERVED:
            raise PclError(
                f"`{name}` is a reserved word",
                start + element.start("name"),
                f"write it in brackets: {text[: element.start()]}['{name}']",
            )
        found.append(name or (int(element["index"]) if element["index"] else _unescaped(element["key"])))
    if len(found) >= MAX_ELEMENTS:
        raise PclError(f"the path has more than {MAX_ELEMENTS} elements", start)
    return ast.FieldPath(root, tuple(found), span=token.span())


def clock(token: Token) -> time:
    """Return the time of a token; raises PclError if no day has it."""
    try:
        return time.fromisoformat(token[0])
    except ValueError:
        raise PclError(f"{token[0]} is not a time", token.start(), "times are 00:00:00 to 23:59:59") from None


def zone(token: Token) -> str:
    """Return the name of a time zone; raises PclError if there is none of that name."""
    if zone_named(token[0]):
        return token[0]
    names = zone_names()
    near = difflib.get_close_matches(token[0].lower(), names, n=1)
    hint = f"did you mean {names[near[0]]}?" if near else "name one of the tz database, such as Europe/Berlin"
    raise PclError(f"there is no time zone {token[0]}", token.start(), hint)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.S)
