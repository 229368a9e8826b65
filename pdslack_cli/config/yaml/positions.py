"""Conversion between character offsets and lines and columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from pdslack_cli.config.yaml.nodes import ScalarNode
from pdslack_cli.errors import Location

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # what libyaml counts as the end of a line
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")  # an anchor or tag stands before the scalar, inside its span

# How one character of a value is written, by the scalar's style.
_UNIT = re.compile(r"\S")
_SINGLE_QUOTED_UNIT = re.compile(r"''|\S")
_DOUBLE_QUOTED_UNIT = re.compile(r"\\(?:x..|u.{4}|U.{8}|\r\n|[\s\S])|\S")
_SPACE_ESCAPES = frozenset(" \t\r\n\x85\u2028\u2029tnrvfNLP_")


def location_at(file: str, text: str, offset: int) -> Location:
    """Return the location of the character at `offset` of a file's `text`."""
    return _location_after(Location(file, 1, 1), 0, text, offset)


def offset_of(text: str, location: Location) -> int:
    """Return the offset of the character at a location in the file `text`."""
    starts = _line_starts(text)
    return starts[min(location.line, len(starts)) - 1] + location.column - 1


@lru_cache(maxsize=16)  # a file of thousands of problems is asked for as many places
def _line_starts(text: str) -> Sequence[int]:
    return [0, *(found.end() for found in _BREAK.finditer(text))]


def _location_after(location: Location, begin: int, text: str, offset: int) -> Location:
    """The location of the character at `offset`; `mark` is the location of the one at `begin`."""
    line, start = location.line, begin - location.column + 1
    for found in _BREAK.finditer(text, begin, offset):
        line, start = line + 1, found.end()
    return location._replace(line=line, column=offset - start + 1)


def lines(text: str) -> list[str]:
    """Return the lines of a file's `text`, numbered as in locations."""
    return _BREAK.split(text)


def location_inside(scalar: ScalarNode, text: str, offset: int) -> Location:
    """Return the location of the character at `offset` of the value of a text scalar in the file `text`.

    YAML folds and strips white space and decodes escapes, but keeps all other characters in order: so we
    count non-blank characters from the start. White space has the location of the last non-blank before it,
    and the end of the value that after its last non-blank.
    """
    value = str(scalar.value)
    before = value[:offset]
    blanks = len(before) - len(before.rstrip())
    wanted = sum(not character.isspace() for character in before)
    spans = _non_blank_spans(scalar, text)
    at = _content_start(scalar, text)
    for _ in range(wanted):
        at = next(spans)[1]
    if offset < len(value) and not value[offset].isspace():
        return _location_after(scalar.location, scalar.start, text, next(spans)[0])
    return _location_after(scalar.location, scalar.start, text, min(at + blanks, scalar.end))


def _content_start(scalar: ScalarNode, text: str) -> int:
    properties = _PROPERTIES.match(text, scalar.start, scalar.end)
    start = properties.end() if properties else scalar.start
    if scalar.style in ("'", '"'):
        return start + 1
    if scalar.style in ("|", ">"):
        header = _BREAK.search(text, start, scalar.end)
        return header.end() if header else scalar.end
    return start


def _non_blank_spans(scalar: ScalarNode, text: str) -> Iterator[tuple[int, int]]:
    """Yield the source spans of the value's non-blank characters, in order."""
    unit = {"'": _SINGLE_QUOTED_UNIT, '"': _DOUBLE_QUOTED_UNIT}.get(scalar.style, _UNIT)
    for found in unit.finditer(text, _content_start(scalar, text), scalar.end):
        if scalar.style != '"' or not _is_blank_escape(found.group()):
            yield found.span()


def _is_blank_escape(unit: str) -> bool:
    if len(unit) < 2:
        return False
    if unit[1] in "xuU":
        return chr(int(unit[2:], 16)).isspace()
    return unit[1] in _SPACE_ESCAPES
