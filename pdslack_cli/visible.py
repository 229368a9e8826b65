"""Texts from others with visible characters only, for terminals, logs, reviewers and browsers.

Control characters move a terminal's cursor, characters that change the direction of writing hide the content
of a line from a reviewer, and runners of pipelines take lines of a log for commands. None of them is printed.
"""

from __future__ import annotations

import json
import re
from typing import Any

# What runners of pipelines take for a command: `::name` at the start of a line (GitHub), and `##[name]`,
# `##vso[name]` and `##teamcity[name]` anywhere in one (GitHub, Azure, TeamCity).
_LINE_COMMAND = re.compile(r"^( *):(?=:)", re.MULTILINE)
_COMMAND = re.compile(r"##(?=\w*\[)")
_CURLY_DOUBLE, _CURLY_SINGLE = "“„‟”", "‘‚‛’"


def visible(text: str) -> str:
    """Return the lines of `text` with only visible characters, and without workflow commands."""
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        text = "".join(char if char.isprintable() or char == "\n" else " " for char in text)
    if "::" in text:
        text = _LINE_COMMAND.sub(r"\1: ", text)
    return _COMMAND.sub("## ", text) if "##" in text else text


def one_line(text: str) -> str:
    """Return `text` on one line, without control characters."""
    return visible(text.replace("\n", " "))


def has_hidden(text: str) -> bool:
    """Return whether a text contains characters that must be escaped in a document."""
    return visible(text) != text


def json_text(document: Any, *, indent: int | None = 2) -> str:
    """Serialize a document as JSON with all invisible characters escaped."""
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    return _escaped(text, _json_escape, r"\\u0023#")


def yaml_text(text: str) -> str:
    """Return YAML with texts that have invisible characters double-quoted and escaped."""
    return _escaped(text, _yaml_escape, r"\\x23#")


def _escaped(text: str, escape: Any, mark: str) -> str:
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        text = "".join(char if char.isprintable() or char == "\n" else escape(char) for char in text)
    return _COMMAND.sub(mark, text) if "##" in text else text


def _json_escape(char: str) -> str:
    return json.dumps(char)[1:-1] if ord(char) != 0x7F else r"\u007f"


def _yaml_escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def inside_curly_quotes(text: str) -> str:
    """Return what stands between the quotes of a word processor that begin and end a text, or ""."""
    inside = text[1:-1]
    quoted = len(text) > 1 and (text[0] in _CURLY_DOUBLE and text[-1] in _CURLY_DOUBLE)
    single = len(text) > 1 and (text[0] in _CURLY_SINGLE and text[-1] in _CURLY_SINGLE)
    own = _CURLY_DOUBLE if quoted else _CURLY_SINGLE[:-1]  # ’ is an apostrophe as well
    return inside if (quoted or single) and not any(quote in inside for quote in own) else ""
