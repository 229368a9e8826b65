"""Lines of other languages in a file: they are pasted with YAML, or taken for it."""

from __future__ import annotations

import re

from pdslack_cli.config.yaml.positions import location_at
from pdslack_cli.errors import Problem

_BLOCKS = "resource|data|terraform|provider|module|variable|output|locals"
_TAGS = "range|if|else|end|with|define|include"
_TERRAFORM = "this is Terraform's language, not YAML"
_FORMATS = (  # what begins a line, the message, and the hint
    ("```|~~~", "a Markdown fence is left in this file", "remove the lines with ```"),
    (r"//|/\*", "this is no comment in YAML", "begin comments with #"),
    (
        rf"\{{\{{-? *(?:{_TAGS})\b|\{{%",
        "a template of another program begins here",
        "write plain YAML: `each` repeats entries for rows, and ${name} stands for a variable",
    ),
    (
        rf"(?:{_BLOCKS})\b[\w\" -]*\{{",
        _TERRAFORM,
        "`pdslack export` writes what the account has as YAML",
    ),
    (
        r"<(?:!doctype|html|\?xml)\b",
        "this is a web page, not YAML",
        "it may be the answer of a failed download",
    ),
    (
        r"(?P<key>[a-z_]+) = (?P<value>[^\n]*)",
        "this is not YAML: it has no 'key: '",
        "write `{key}: {value}`, with a colon",
    ),
)
_COMPILED = [
    (re.compile(f"^[ \\t]*({begin})", re.MULTILINE | re.IGNORECASE), message, hint)
    for begin, message, hint in _FORMATS
]


def other_format(file: str, text: str, start: int = 0, end: int | None = None) -> Problem | None:
    """Return the problem of a line of another language in a range of a text; None if there is none."""
    for pattern, message, hint in _COMPILED:
        begin = 0 if message == _TERRAFORM else start  # whose blocks begin far above
        if found := pattern.search(text, begin, len(text) if end is None else end):
            for name, value in found.groupdict().items():
                hint = hint.replace(f"{{{name}}}", value)
            return Problem(message, location_at(file, text, found.start(1)), hint)
    return None


_PASTED = (  # what begins each line, the message, and the hint
    ("+", "this is a diff: each line begins with +", "remove the + at the beginning of each line"),
    (">", "this is quoted: each line begins with >", "remove the > at the beginning of each line"),
)
_NUMBERED = re.compile(r"\s*(\d+)(?:[:|.]|\s|$)")


def pasted(file: str, text: str) -> Problem | None:
    """Return the problem of a text in which something was put before each line; None if it is plain."""
    if not text[:8].strip() or text.lstrip()[0] not in "+>0123456789":
        return None
    lines = [line for line in text.splitlines() if line.strip()]
    start = location_at(file, text, text.index(lines[0]))
    for mark, message, hint in _PASTED:
        if len(lines) > 1 and all(line.startswith(mark) for line in lines):
            return Problem(message, start, hint)
    numbers = [int(found[1]) if (found := _NUMBERED.match(line)) else -1 for line in text.splitlines()]
    if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return Problem("each line begins with its number", start, "remove the line numbers")
    return None
