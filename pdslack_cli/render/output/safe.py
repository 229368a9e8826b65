"""Text that others wrote, made safe for whoever reads it: a terminal, a log of CI, a reviewer, a parser.

Control characters move a terminal's cursor, those that turn the direction of writing hide from a reviewer
what a line says, and GitHub takes lines of a log for commands. None of them leaves the program.
"""

from __future__ import annotations

import json
import re
from typing import Any

from pdslack_cli.config.tokens import mask_tokens

# What GitHub's runner takes for a command: `::name` at the start of a line, `##[name]` anywhere in one.
_LINE_COMMAND = re.compile(r"^( *):(?=:)", re.MULTILINE)
_COMMAND = "##["


def one_line(text: str) -> str:
    """Return `text` on one line, without control characters."""
    return visible(text.replace("\n", " "))


def safe_line(text: str) -> str:
    """Return `text` on one line, without control characters and without secrets."""
    return one_line(mask_tokens(text))


def visible(text: str) -> str:
    """Return the lines of `text` with nothing in them but what can be seen, and no command to a runner."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(char if char.isprintable() or char == "\n" else " " for char in text)
    if "::" in text:
        text = _LINE_COMMAND.sub(r"\1: ", text)
    return text.replace(_COMMAND, "## [") if _COMMAND in text else text


def has_hidden(text: str) -> bool:
    """Whether a text of a document holds what has to be escaped there."""
    return visible(text) != text


def json_text(document: Any, *, indent: int | None = 2) -> str:
    """Return a document as JSON in which whatever cannot be seen is escaped."""
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    return _escaped(text, _json_escape, r"\u0023#[")


def yaml_text(text: str) -> str:
    """Return YAML, whose texts with hidden characters stand in double quotes, with those escaped."""
    return _escaped(text, _yaml_escape, r"\x23#[")


def _escaped(text: str, escape: Any, command: str) -> str:
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        text = "".join(char if char.isprintable() or char == "\n" else escape(char) for char in text)
    return text.replace(_COMMAND, command)


def _json_escape(char: str) -> str:
    return json.dumps(char)[1:-1] if ord(char) != 0x7F else r"\u007f"


def _yaml_escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"
