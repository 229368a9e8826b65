"""What a YAML parser's error means to the person who wrote the file."""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from pdslack_cli.errors import Location, Problem


class _Cause(NamedTuple):
    pattern: re.Pattern[str]  # of the parser's "context: problem"; libyaml and the Python parser differ
    message: str  # {written} is what stands at the place, {opened} where the construct begins
    hint: str
    at_context: bool = False  # the mistake is where the construct begins, not where the parser gave up


_QUOTE_WHOLE = "put the whole text in quotes"
_CAUSES = (
    _Cause(
        re.compile("quoted scalar: found unexpected"),
        "this quote is never closed",
        "close it; inside '…' a quote is written ''",
        at_context=True,
    ),
    _Cause(
        re.compile("unknown escape"),
        "a backslash in double quotes begins an escape, and this one does not exist",
        "use single quotes, where a backslash is plain text",
    ),
    _Cause(
        re.compile("invalid Unicode|hexdecimal|hexadecimal"),
        "this escape is not a valid character",
        "use single quotes, where a backslash is plain text",
    ),
    _Cause(
        re.compile("mapping values are not allowed"),
        "': ' is not allowed here",
        "put text that contains ': ' in quotes, and check the indentation",
    ),
    _Cause(
        re.compile("xpected ',' or"),
        "the bracket opened at {opened} is not closed here, or text in it needs quotes",
        "in {…} and […], put text with any of , : { } [ ] in quotes: '${name}', '{{event.summary}}'",
    ),
    _Cause(
        re.compile("node content"),
        "a value is missing here",
        "in {…} and […], separate values by one comma; put a text with commas in quotes",
    ),
    _Cause(
        re.compile("sequence entries are not allowed"),
        "a list cannot begin on this line",
        "begin each '- ' on a line of its own, or put a text that begins with '- ' in quotes",
    ),
    _Cause(
        re.compile("'-' indicator|block collection: expected <block end>"),
        "a list item was expected here",
        "begin it with '- ', or check the indentation",
    ),
    _Cause(
        re.compile("expected key|expected <block end>"),
        "a key was expected here",
        "check the indentation; text that begins with a quote, { or [ goes in quotes as a whole",
    ),
    _Cause(
        re.compile("could not find expected ':'"),
        "this line has no 'key: '",
        "write `key: value`, with a space after the colon",
        at_context=True,
    ),
    _Cause(
        re.compile("scanning an alias"), "an unquoted '*' begins a YAML alias", _QUOTE_WHOLE, at_context=True
    ),
    _Cause(
        re.compile("scanning an anchor"),
        "an unquoted '&' begins a YAML anchor",
        _QUOTE_WHOLE,
        at_context=True,
    ),
    _Cause(
        re.compile("(scanning|parsing) a tag|tag handle"),
        "an unquoted '!' begins a YAML tag",
        _QUOTE_WHOLE,
        at_context=True,
    ),
    _Cause(
        re.compile("block scalar"),
        "an unquoted '|' or '>' begins text on the lines below it",
        "begin the text on the next line, or " + _QUOTE_WHOLE,
    ),
    _Cause(re.compile("cannot start any token"), "text cannot begin with {written}", _QUOTE_WHOLE),
    _Cause(
        re.compile("<document start>"),
        "unexpected content after the end of the document",
        "check the indentation",
    ),
)
_TAB = _Cause(re.compile("token|indentation"), "a tab cannot indent YAML", "use spaces")


def syntax_problem(error: yaml.MarkedYAMLError, file: str, text: str) -> Problem:
    """Say in the user's terms what the parser could not read in `text`, where, and the likely cure."""
    found = f"{error.context or ''}: {error.problem or ''}"
    place = error.problem_mark or error.context_mark
    written = text[place.index : place.index + 1] if place else ""
    causes = (_TAB, *_CAUSES) if written == "\t" else _CAUSES
    for cause in causes:
        if cause.pattern.search(found):
            began = _location(file, error.context_mark or place)
            message = cause.message.format(written=written, opened=f"{began.line}:{began.column}")
            return Problem(message, began if cause.at_context else _location(file, place), cause.hint)
    return Problem(f"this is not YAML: {error.problem}", _location(file, place))


def _location(file: str, location: yaml.Mark | None) -> Location:
    return Location(file, location.line + 1, location.column + 1) if location else Location(file, 1, 1)
