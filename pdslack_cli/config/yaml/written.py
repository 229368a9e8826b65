"""The source text around a YAML syntax error."""

from __future__ import annotations

import re

_QUOTED = r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\""
_TOKEN = re.compile(rf"{_QUOTED}|#[^\n]*|.", re.DOTALL)
_TEMPLATE = re.compile(r"\{\{[^{}\n]*\}\}")
_FLOW_END = re.compile(r"[,\]}]|\s#|$", re.MULTILINE)
_BLOCK_END = re.compile(r"\s+#|\s*$", re.MULTILINE)


def quoted(text: str) -> str:
    """Return `text` as a quoted YAML scalar."""
    if "'" in text and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def indentation(text: str, index: int) -> int:
    """Return the indentation of the line of the character at `index`."""
    start = line_start(text, index)
    return len(text) - start - len(text[start:].lstrip(" "))


def in_brackets(text: str, index: int) -> bool:
    """Return whether a bracket opened before `index`, on the same line, is still open there."""
    depth = 0
    for found in _TOKEN.finditer(text, line_start(text, index), index):
        depth += (found.group() in "[{") - (found.group() in "]}")
    return depth > 0


def value_at(text: str, index: int, *, after: int = 0) -> str:
    """Return the text that was probably meant as one value.

    It extends from `index` to the end of the line, or to the next comma or bracket inside brackets, but
    beyond `after`.
    """
    ends = _FLOW_END if in_brackets(text, index) else _BLOCK_END
    found = ends.search(text, max(index, after))
    return text[index : found.start() if found else len(text)].strip()


def template_before(text: str, start: int, index: int) -> tuple[int, str]:
    """Return the position of the first unquoted template in a range, and its text; or ""."""
    end = text.find("\n", index)
    for found in _TEMPLATE.finditer(text, start, end if end >= 0 else len(text)):
        if found.start() > index:
            break
        before = text[line_start(text, found.start()) : found.start()]
        if re.search(r"(?:[:,\[{]|^\s*-)\s*$", before):
            return found.start(), value_at(text, found.start(), after=found.end())
    return 0, ""


def comment_in_brackets(text: str, start: int, index: int) -> int:
    """Return the position of a comment in a range that was probably meant as text; or -1.

    It is in place of a value, or hides the bracket that ends its line.
    """
    before = ""
    for found in _TOKEN.finditer(text, start, index + 1):
        token = found.group()
        if token[0] == "#" and (not before.strip() or before[-1] in " \t[{,"):
            if before.rstrip()[-1:] == ":" or re.search(r"[\]}]", token):
                return found.start()
        elif token[0] != "#":
            before = (before + token)[-20:]
    return -1
