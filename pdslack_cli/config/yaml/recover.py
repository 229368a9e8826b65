"""Compose a text with syntax errors as far as possible: entries that cannot be read are blanked out.

One syntax error must not hide what is wrong elsewhere in the file. Blanks keep every offset in place.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pdslack_cli.config.yaml.compose import compose
from pdslack_cli.config.yaml.nodes import Node
from pdslack_cli.config.yaml.other_formats import pasted
from pdslack_cli.errors import Problem

_MOST_ERRORS = 20
_LINE = re.compile(r"[^\n]*(?:\n|\Z)")
_SECTION = re.compile(r"([a-z_]+):\s*(?:#.*)?$")
_SECTION_IN_LINE = re.compile(r"([a-z_]+):\s*\{.*\}\s*(?:#.*)?$")
_CLOSING = re.compile(r"\s*[}\])]+,?\s*")  # what a block of another language ends with
_ANCHOR = re.compile(r"(?:^|[\s\[{,:-])&\S", re.MULTILINE)
# What other sections depend on: without it they would seem wrong.
_DEPENDED_ON = frozenset({"owner", "vars", "defaults", "bases", "each", "pagerduty", "slack"})
_DEPENDED_ON_LINE = re.compile(rf"^(?:{'|'.join(sorted(_DEPENDED_ON))}|x-\S*|---).*", re.MULTILINE)


class PartlyComposed(NamedTuple):
    """The root of a file, None where nothing of it can be read, and the sections that lack an entry."""

    root: Node | None
    unread: frozenset[str] = frozenset()


class _Blanked(NamedTuple):
    text: str
    section: str


def compose_partly(file: str, text: str, problems: list[Problem]) -> PartlyComposed:
    """Compose the one document of `file` without the entries that are not well-formed YAML.

    Appends every problem to `problems`; only syntax errors where the rest cannot be read.
    """
    if whole := pasted(file, text):
        problems.append(whole)
        return PartlyComposed(None)
    errors: list[Problem] = []
    unread: set[str] = set()
    rest = text
    while len(errors) < _MOST_ERRORS:
        found: list[Problem] = []
        root = compose(file, rest, found)
        if root is not None:
            problems += [*errors, *found]
            return PartlyComposed(root, frozenset(unread))
        errors.append(found[-1])
        blanked = _without_entry(rest, found[-1])
        if blanked is None:
            break
        rest = blanked.text
        unread.add(blanked.section)
    problems += errors
    return PartlyComposed(None)


def is_independent(text: str) -> bool:
    """Return whether other files can be checked without this one, which cannot be read."""
    return not _DEPENDED_ON_LINE.search(text) and not _ANCHOR.search(text)


def _without_entry(text: str, problem: Problem) -> _Blanked | None:
    """Blank the entry in which a problem is, or a section in one line; None where that is not possible."""
    lines = _LINE.findall(text)
    broken = problem.location.line - 1 if problem.location else 0
    if not 0 <= broken < len(lines) or _indentation(lines[broken]) is None:
        return None
    if one_line := _SECTION_IN_LINE.match(lines[broken]):
        return _blanked(lines, broken, broken + 1, one_line[1])
    top = next((number for number in range(broken, -1, -1) if _indentation(lines[number]) == 0), -1)
    section = _SECTION.match(lines[top].rstrip()) if 0 <= top < broken else None
    if section is None:
        return None
    inside = range(top + 1, len(lines))
    depth = next(deep for number in inside if (deep := _indentation(lines[number])) is not None)
    start = next(
        number
        for number in range(broken, top, -1)
        if (deep := _indentation(lines[number])) is not None and (deep <= depth)
    )
    end = next(
        (
            number
            for number in range(broken + 1, len(lines))
            if (deep := _indentation(lines[number])) is not None and deep <= depth
        ),
        len(lines),
    )
    while end < len(lines) and _CLOSING.fullmatch(lines[end]):
        end += 1
    return _blanked(lines, start, end, section[1])


def _blanked(lines: list[str], start: int, end: int, section: str) -> _Blanked | None:
    """Blank the lines of a section, unless other sections may depend on them, or nothing else is there."""
    rest = lines[:start] + lines[end:]
    if all(_indentation(line) is None for line in rest):
        return None
    entry = "".join(lines[start:end])
    if section in _DEPENDED_ON or _ANCHOR.search(entry) or not entry.strip():
        return None
    blank = re.sub(r"[^\n\r]", " ", entry)
    return _Blanked("".join(lines[:start]) + blank + "".join(lines[end:]), section)


def _indentation(line: str) -> int | None:
    """Return how deep a line is indented; None for one without content."""
    content = line.lstrip(" \t")
    if not content.strip() or content.startswith("#"):
        return None
    return len(line[: len(line) - len(content)].expandtabs())
