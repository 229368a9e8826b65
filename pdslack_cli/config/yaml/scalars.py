"""Types of plain (unquoted) YAML scalars, restricted to what nobody mistakes for text.

YAML 1.1 reads `no` as false, `17:00` as 1020, `012` as 10 and `2026-01-05` as a date. Here those are text;
numbers have the syntax of JSON, without exponents.
"""

from __future__ import annotations

import re

from pdslack_cli.config.yaml.written import quoted

_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# Longer runs of digits are ids, and would lose digits as numbers.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
# What needs no quotes in a list or mapping of one line.
_PLAIN = re.compile(r"[A-Za-z0-9_./][\w./@*+-]*(?: [\w./@*+-]+)*|https?://[\w./?=-]+")


def resolve_plain(text: str) -> str | int | float | bool | None:
    """Return the number, boolean or null that the plain scalar `text` represents, or the text itself."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "-0123456789":
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
    return text


def as_text(value: str | float | bool | None) -> str:
    """Format a scalar as YAML, without quotes."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_yaml(value: object) -> str:
    """Format a value as one line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_yaml(key)}: {as_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and isinstance(resolve_plain(value), str)
        return value if plain else quoted(value)
    return "null" if value is None else as_text(value)  # type: ignore[arg-type]  # a scalar
