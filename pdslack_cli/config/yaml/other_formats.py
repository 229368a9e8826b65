"""Lines of other languages in a file: they are pasted with YAML, or taken for it."""

from __future__ import annotations

import re

from pdslack_cli.config.yaml.positions import location_at
from pdslack_cli.errors import Problem

_BLOCKS = "resource|data|terraform|provider|module|variable|output|locals"
_TAGS = "range|if|else|end|with|define|include"
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
        "this is Terraform's language, not YAML",
        "`pdslack export` writes what the account has as YAML",
    ),
    (
        r"<(?:!doctype|html|\?xml)\b",
        "this is a web page, not YAML",
        "it may be the answer of a failed download",
    ),
    (r"[a-z_]+ = ", "this is not YAML: it has no 'key: '", "write `key: value`, with a colon"),
)
_COMPILED = [
    (re.compile(f"^[ \\t]*({begin})", re.MULTILINE | re.IGNORECASE), message, hint)
    for begin, message, hint in _FORMATS
]


def other_format(file: str, text: str, start: int = 0, end: int | None = None) -> Problem | None:
    """Return the problem of a line of another language in a range of a text; None if there is none."""
    for pattern, message, hint in _COMPILED:
        if found := pattern.search(text, start, len(text) if end is None else end):
            return Problem(message, location_at(file, text, found.start(1)), hint)
    return None
